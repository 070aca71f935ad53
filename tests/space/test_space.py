"""Space: saved and opened again as it was, in the same bytes; tables; how it shows itself."""

import tracemalloc
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from armillary.errors import ArmillaryError, DamagedFile, InputError, OutputExists, UnknownFormat
from armillary.formats.labels import Labels
from armillary.formats.store import Store, write_store
from armillary.space import Space
from armillary.text.ngrams import Subwords

finite = st.floats(-(2.0**90), 2.0**90, width=32)
facts = st.dictionaries(st.text(max_size=8), st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=8))


@st.composite
def ingredients(draw: st.DrawFn) -> dict[str, Any]:
    labels = draw(st.lists(st.text(max_size=6), min_size=1, max_size=8, unique=True))
    n, d = len(labels), draw(st.integers(1, 5))
    made: dict[str, Any] = {
        "labels": labels, "vectors": draw(arrays(np.float32, (n, d), elements=finite)), "origin": draw(facts),
        "counts": draw(st.none() | arrays(np.int64, n, elements=st.integers(0, 2**60))),
    }
    if draw(st.booleans()):
        kept = draw(st.none() | st.lists(st.integers(0, 19), min_size=1, unique=True).map(sorted))
        rows = arrays(np.float32, (20 if kept is None else len(kept), d), elements=finite)
        made["subwords"] = (draw(rows), 2, 4, 20, None if kept is None else np.array(kept, np.int64))
    return made


@settings(max_examples=25)
@given(made=ingredients())
def test_what_is_saved_is_opened_again(made: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    subwords = Subwords(*made.pop("subwords")) if "subwords" in made else None
    space = Space(made.pop("labels"), made.pop("vectors"), subwords=subwords, **made)
    path = tmp_path_factory.mktemp("saved") / "a.space"
    space.save(path)
    back = Space.load(path)
    assert list(back) == list(space)
    assert [back.row(label) for label in space] == list(range(len(space)))
    assert back.vectors.tobytes() == space.vectors.tobytes()
    assert back.vectors.dtype == np.float32
    assert np.array_equal(back.norms, space.norms)
    assert (back.counts is None) == (space.counts is None)
    assert space.counts is None or np.array_equal(back.counts, space.counts)
    assert dict(back.origin) == dict(space.origin)
    assert (back.subwords is None) == (space.subwords is None)
    if space.subwords is not None:
        for part in ("minn", "maxn", "buckets"):
            assert getattr(back.subwords, part) == getattr(space.subwords, part)
        assert back.subwords.vectors.tobytes() == space.subwords.vectors.tobytes()
        assert (back.subwords.kept is None) == (space.subwords.kept is None)
        assert space.subwords.kept is None or np.array_equal(back.subwords.kept, space.subwords.kept)


def test_more_is_said_of_the_origin_without_touching_the_space(royal: Space) -> None:
    told = royal.with_origin(sha256="ab")
    assert dict(told.origin) == {"name": "royal", "sha256": "ab"}
    assert dict(royal.origin) == {"name": "royal"}
    assert told.vectors is royal.vectors
    assert list(told) == list(royal)


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_same_space_gives_the_same_bytes(royal: Space, tmp_path: Path) -> None:
    royal.save(tmp_path / "a.space")
    Space(list(royal), np.asfortranarray(royal.vectors), counts=royal.counts, origin=royal.origin).save(
        tmp_path / "b.space"
    )
    Space.load(tmp_path / "a.space").save(tmp_path / "c.space")
    assert content(tmp_path / "a.space") == content(tmp_path / "b.space") == content(tmp_path / "c.space")


def test_saving_over_something_needs_force(royal: Space, tmp_path: Path) -> None:
    royal.save(tmp_path / "a.space")
    with pytest.raises(OutputExists, match="already there"):
        royal.first(2).save(tmp_path / "a.space")
    assert len(Space.load(tmp_path / "a.space")) == 12
    royal.first(2).save(tmp_path / "a.space", force=True)
    assert len(Space.load(tmp_path / "a.space")) == 2


def test_a_space_may_be_saved_over_the_store_it_was_opened_from(royal_store: str) -> None:
    opened = Space.load(royal_store)
    opened.first(5).save(royal_store, force=True)
    assert list(Space.load(royal_store)) == list(opened)[:5]


def test_a_store_is_mapped_and_cannot_be_written_to(royal_store: str) -> None:
    space = Space.load(royal_store)
    for array in (space.vectors, space.norms, space.counts, space.labels.text):
        assert isinstance(array.base, np.memmap) or isinstance(getattr(array.base, "base", None), np.memmap) or (
            "mmap" in type(array.base).__name__
        )
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_store_of_something_else_is_refused(tmp_path: Path) -> None:
    write_store(Store({"a": np.zeros(3)}, {"kind": "model"}), tmp_path / "m.space")
    with pytest.raises(UnknownFormat, match="another kind: model"):
        Space.load(tmp_path / "m.space")
    with pytest.raises(ArmillaryError):
        Space.load(tmp_path / "nothing.space")


def test_a_store_that_lacks_a_part_is_said_to(tmp_path: Path) -> None:
    write_store(Store({"vectors": np.zeros((1, 2), np.float32)}, {"kind": "space", "origin": {}}), tmp_path / "a.space")
    with pytest.raises(DamagedFile, match="lacks a part"):
        Space.load(tmp_path / "a.space")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 200,000 labels, 6 MB of them."""
    path = tmp_path_factory.mktemp("large") / "large.space"
    labels = [f"a rather long label, number {i}" for i in range(200_000)]
    vectors = np.random.default_rng(0).standard_normal((len(labels), 4), np.float32)
    Space(labels, vectors, counts=np.arange(len(labels))).save(path)
    return path


def peak(function: Any) -> int:
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_no_dictionary_of_labels_is_made_neither_when_opening_nor_later(large: Path) -> None:
    """Objects of Python's and arrays of NumPy's are traced; pages of the map are not, and are the system's to drop."""
    Space.load(large)  # imports and caches are not what is measured
    assert peak(lambda: Space.load(large)) < 200_000
    space = Space.load(large)
    assert peak(lambda: space.row("a rather long label, number 123456")) < 20_000
    assert peak(lambda: "not there" in space) < 20_000
    assert peak(lambda: space.key_to_index["a rather long label, number 7"]) < 1_000_000  # beartype looks into it
    assert peak(lambda: sum(map(len, space))) < 2_000_000, "labels come in turns"
    assert peak(lambda: space.labels.near("a rather long lable")) < 12_000_000, "a score for each, and no copy of them"
    eager = peak(lambda: dict.fromkeys(space))
    assert eager > 20_000_000, "a dictionary would be seen"


def test_opening_does_not_grow_with_the_space(large: Path, royal_store: str) -> None:
    Space.load(large), Space.load(royal_store)
    assert peak(lambda: Space.load(large)) < 2 * peak(lambda: Space.load(royal_store))


def test_one_question_touches_no_array_of_all_labels(large: Path) -> None:
    space = Space.load(large)
    question = "a rather long label, number 77"
    space.near(question)
    # 200,000 scores in float32 and what chooses among them; the labels alone are 6 MB.
    assert peak(lambda: space.near(question)) < 6_000_000


def test_tables(royal: Space) -> None:
    frame = royal.to_pandas()
    assert frame.shape == (12, 4)
    assert frame.loc["queen"].tolist() == royal.vector("queen").tolist()
    assert list(frame.index) == list(royal)
    table = royal.to_arrow()
    assert table.column_names == ["word", "vector", "count"]
    assert table["word"].to_pylist() == list(royal)
    assert np.array_equal(np.array(table["vector"].to_pylist(), np.float32), royal.vectors)
    assert table["count"].to_pylist() == royal.counts.tolist()


def test_the_table_handed_out_is_not_the_space(royal: Space) -> None:
    frame = royal.to_pandas().copy()
    frame.iloc[0, 0] = 9
    assert royal.vectors[0, 0] == 4


def test_it_shows_itself_in_one_line(royal: Space) -> None:
    assert repr(royal) == "Space(royal: 12 x 4; king, queen, man, …)"
    assert repr(Space(["a"], np.ones((1, 2), np.float32))) == "Space(1 x 2; a)"
    hostile = Space(["\x1b[31mred", "a\nb"], np.eye(2, dtype=np.float32))
    assert repr(hostile).isprintable()


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_it_shows_itself_in_a_notebook_without_running_anything() -> None:
    hostile = ["<script>alert(1)</script>", "'\" onload=x", "</table><img src=x onerror=y>", "&amp;", "国王", "sixth"]
    space = Space(hostile, np.ones((6, 9), np.float32), origin={"name": "<b>bold</b>"})
    page = Tags()
    page.feed(space._repr_html_())
    assert set(page.tags) == {"table", "caption", "tr", "th", "td"}
    assert page.tags.count("tr") == 5
    for label in hostile[:5]:
        assert label in page.text
    assert "<b>bold</b>" in page.text


def test_without_takes_an_axis_off_and_nothing_else(royal: Space) -> None:
    axis = royal.direction([("man", "woman"), ("king", "queen")])
    less = royal.without(axis)
    unit = axis.vector / np.linalg.norm(axis.vector)
    assert np.abs(less.vectors @ unit).max() < 1e-5
    assert list(less) == list(royal)
    assert np.array_equal(less.counts, royal.counts)
    apart = royal.vectors - less.vectors
    assert np.allclose(apart, np.outer(royal.vectors @ unit, unit), atol=1e-5), "only what lay along it is gone"
    assert less.origin["without"] == [["man", "woman"], ["king", "queen"]]
    assert np.abs([one.value for one in less.direction([("cat", "cats")]).project(["king"])]).max() < 10


def test_labels_of_a_space_are_compared_as_lists(royal: Space) -> None:
    assert royal.labels == list(royal)
    assert royal.labels == Labels.of(list(royal))
    assert royal.labels != list(royal)[:3]
    assert repr(royal.labels) == "Labels(12: 'king', 'queen', 'man', …)"


def test_a_space_that_holds_nothing_cannot_be_made() -> None:
    with pytest.raises(InputError, match="0 x 4"):
        Space([], np.empty((0, 4), np.float32))

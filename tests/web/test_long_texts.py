"""A text longer than a picture: what is shown of it, what falls outside, and where the limits are."""

from collections.abc import Iterator

import numpy as np
import pytest

from armillary.web import library, looked
from tests.speak.tiny import speaking_folder
from tests.web.serving import Client, serving
from tests.web.test_answers import asked, numbers

SHOWN = looked.SHOWN
TEXT = "once upon a time the boat asked the wind to see the sea " * 40


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("long")
    speaking_folder(folder / "long", max_position_embeddings=1200)
    with serving([folder / "long"], folder / "shelf") as found:
        yield found


def patterns(client: Client, last: int, rows: int = SHOWN) -> tuple[np.ndarray, np.ndarray]:
    values = numbers(client, "inside/patterns", id="long", text=TEXT, block=1, last=last)
    heads = len(values) // (rows * (rows + 1))
    squares, outside = values[: heads * rows**2], values[heads * rows**2 :]
    return squares.reshape(heads, rows, rows), outside.reshape(heads, rows)


@pytest.mark.parametrize("last", [-1, 600, 100])
def test_a_picture_of_a_long_text_is_a_window_whose_rows_add_up(client: Client, last: int) -> None:
    count = len(asked(client, "inside/read", id="long", text=TEXT)["tokens"])
    assert count > SHOWN + 100
    squares, outside = patterns(client, last)
    np.testing.assert_allclose(squares.sum(-1) + outside, 1, atol=1e-5)
    end = max(last % count + 1, SHOWN)
    whole = client.library.model("long").trace(TEXT).attention(1).pattern(2)
    np.testing.assert_allclose(squares[2], whole[end - SHOWN : end, end - SHOWN : end], atol=1e-6)
    assert bool(outside[2].any()) == (end > SHOWN)
    about = {"id": "long", "text": TEXT, "block": 1, "head": 2}
    far = asked(client, "inside/product", **about, query=count - 1, key=3)
    assert far["weight"] == pytest.approx(float(whole[-1, 3]), rel=1e-4)
    cell = asked(client, "inside/cell", **about, matrix="pattern", row=count - 1, column=3)
    assert cell["value"] == pytest.approx(far["weight"], rel=1e-4)
    z = asked(client, "inside/cell", **about, matrix="z", row=count - 2, column=5)
    assert len(z["left"]) == count
    assert z["sum"] == pytest.approx(z["value"], abs=1e-4)


def test_the_lens_reads_the_window_and_any_one_position(client: Client) -> None:
    found = asked(client, "inside/lens", id="long", text=TEXT, last=549)
    assert found["positions"] == list(range(550 - SHOWN, 550))
    one = asked(client, "inside/lens", id="long", text=TEXT, position=3)
    assert one["positions"] == [3]
    assert asked(client, "inside/journey", id="long", text=TEXT, position=540)["position"] == 540
    parts = asked(client, "inside/parts", id="long", text=TEXT, position=540)
    assert sum(one["score"] for one in parts["parts"]) == pytest.approx(parts["score"], abs=1e-3)


def test_a_text_beyond_the_context_or_the_memory_is_refused_before_it_is_read(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, said = client.ask("inside/read", {"id": "long", "text": TEXT * 3})
    assert status == 422
    assert "more than the context of 1200" in said["message"]
    monkeypatch.setattr(looked, "MEMORY", 1 << 20)  # of squares, which a pattern that is put to silence asks for
    status, said = client.ask("inside/read", {"id": "long", "text": TEXT, "silent": ["1.pattern.2"]})
    assert status == 422
    assert "MB of memory; this takes 1 MB at most" in said["message"]


def test_what_is_kept_of_long_texts_holds_a_bounded_memory(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "BYTES", 1)
    for text in (TEXT, f"a {TEXT}", f"b {TEXT}"):
        asked(client, "inside/read", id="long", text=text)
    assert [key[2] for key in client.library._kept if key[0] == "run"] == [f"b {TEXT}"]

"""From a text to a space in Python: settings by name, interrupted and gone on with, held out, watched."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import armillary as ar
from armillary.errors import ArmillaryWarning, DamagedFile, FileError, InputError, NotFound, OutputExists, UnknownFormat
from armillary.language import Note
from armillary.learning import Outcome, Report, Watched, items_learned, vectors_learned
from armillary.learning.held_out import parted
from armillary.learning.neural import sample_of
from armillary.space import Space
from armillary.text.encoded import END, Encoded
from tests.learning.texts import ENGLISH, files
from tests.train.words.texts import company

pytest.importorskip("numba")
pytestmark = pytest.mark.filterwarnings("ignore::armillary.errors.ArmillaryWarning")
SMALL: dict[str, Any] = {"vector_size": 16, "epochs": 4, "min_count": 1}
STEPS = {**SMALL, "shards": 2, "period": 50}  # several steps an epoch
METHODS = ["skipgram", "cbow", "glove"]


def settings(method: str, **more: Any) -> dict[str, Any]:
    few = SMALL if method in ("glove", "ppmi") else STEPS
    return {"method": method, **few, **more}


def learned(out: str | None, **said: Any) -> Outcome:
    return vectors_learned("en.txt", out, said)


def interrupted_after(reports: int) -> Any:
    """Ctrl-C when so many steps of learning have been told."""
    seen: list[Report] = []

    def progress(told: Report | Note) -> None:
        if isinstance(told, Report) and told.epoch:
            seen.append(told)
            if len(seen) == reports:
                raise KeyboardInterrupt

    return progress


LONG: dict[str, dict[str, Any]] = {
    "skipgram": {"vector_size": 16, "epochs": 30, "sample": 0.0},
    "cbow": {"vector_size": 16, "epochs": 30, "sample": 0.0},
    "glove": {"vector_size": 16, "epochs": 30}, "ppmi": {"vector_size": 4},
}


@pytest.mark.parametrize("method", LONG)
def test_each_method_gives_a_space_that_says_how_it_came_to_be(method: str) -> None:
    space = ar.learn_vectors("en.txt", method=method, **LONG[method])
    assert space.origin["learned"]["method"] == method
    assert space.origin["text"]["lower"]
    assert space.origin["words"] == 6400
    losses = space.origin.get("loss", [])
    assert len(losses) == LONG[method].get("epochs", 0)
    assert not losses or losses[-1] < losses[0]
    if method in ("skipgram", "ppmi"):  # the others take longer to tell so few words apart; see their own tests
        circle = set(ENGLISH[0].split())
        cosines = {one.label: one.cosine for one in space.near("king", 24)}
        friends = [cosine for label, cosine in cosines.items() if label in circle]
        assert np.mean(friends) > np.mean(list(cosines.values())) + 0.1


def test_gensims_names_are_taken_and_its_old_ones_are_answered() -> None:
    said: dict[str, Any] = {"window": 3, "negative": 2, "ns_exponent": 0.5, "sample": 0.1, "min_count": 2,
                            "epochs": 1, "alpha": 0.03, "min_alpha": 0.01, "seed": 4, "workers": 1, "vector_size": 8}
    origin = ar.learn_vectors("en.txt", **said, hs=False).origin
    told = origin["learned"] | {"min_count": origin["text"]["min_count"], "workers": 1}
    assert {name: told[name] for name in said} == said
    for old, new in (("sg", "method"), ("size", "vector_size"), ("iter", "epochs"), ("vectorsize", "vector_size")):
        with pytest.raises(InputError, match=rf"{old} is no setting of skipgram here; near it: {new}"):
            ar.learn_vectors("en.txt", **{old: 1})


@pytest.mark.parametrize(("method", "wrong"), [
    ("glove", {"alpha": 0.1}), ("glove", {"held_out": 0.1}), ("ppmi", {"watch": ["king"]}), ("ppmi", {"negative": 5}),
    ("skipgram", {"x_max": 10.0}), ("cbow", {"nonsense": 1}), ("word2vec", {}), ("skipgram", {"held_out": 0.9}),
    ("skipgram", {"patience": -1}), ("skipgram", {"vector_size": 0}), ("skipgram", {"min_count": 0}),
])
def test_settings_that_make_no_sense_are_refused_before_any_work(method: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        vectors_learned("missing.txt", "out.space", {"method": method, **wrong})
    assert not Path("out.space").exists()


@pytest.mark.parametrize("method", METHODS)
def test_interrupted_anywhere_and_gone_on_with_equals_uninterrupted(desk: Path, method: str) -> None:
    more: dict[str, Any] = {"watch": ("king", "fish")}
    more |= {"held_out": 0.1, "freeze": ("bread",)} if method != "glove" else {}
    whole = learned("whole.space", **settings(method, **more))
    for after in (1, 3):
        with pytest.raises(KeyboardInterrupt):
            learned(f"{after}.space", **settings(method, **more), progress=interrupted_after(after))
        assert not Path(f"{after}.space").exists()
        again = learned(f"{after}.space", **settings(method, **more, workers=1), resume=True)
        assert (again.loss, again.held_out, again.sha256) == (whole.loss, whole.held_out, whole.sha256)
        for ending in ("space", "space.watch"):
            assert files(desk / f"{after}.{ending}") == files(desk / f"whole.{ending}")
        assert not Path(f"{after}.space.learning").exists()


def test_interrupted_again_and_again() -> None:
    whole = learned(None, **settings("skipgram"))
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            learned("cut.space", **settings("skipgram"), progress=interrupted_after(2), resume=True)
    assert learned("cut.space", **settings("skipgram"), resume=True).sha256 == whole.sha256


def test_what_cannot_be_gone_on_from_is_refused_and_kept(desk: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        learned("a.space", **settings("skipgram"), progress=interrupted_after(1))
    before = files(desk)
    with pytest.raises(FileError, match="--resume goes on with it, --force begins anew"):
        learned("a.space", **settings("skipgram"))
    with pytest.raises(FileError, match="another epochs: 4, not 5"):
        learned("a.space", **settings("skipgram", epochs=5), resume=True)
    with pytest.raises(FileError, match="another method"):
        learned("a.space", **settings("cbow"), resume=True)
    with pytest.raises(FileError, match="another corpus"):
        vectors_learned("zh.txt", "a.space", {**settings("skipgram"), "resume": True})
    with pytest.raises(NotFound):
        vectors_learned("missing.txt", "a.space", {**settings("skipgram"), "force": True})
    assert files(desk) == before
    assert learned("a.space", **settings("skipgram"), force=True).sha256
    assert not Path("a.space.learning").exists()


def test_nothing_to_resume_is_said() -> None:
    notes = learned("a.space", **settings("skipgram"), resume=True).notes
    assert "nothing to resume" in str(notes[0])


def test_what_is_there_is_refused_before_the_text_is_read() -> None:
    Space(["a", "b"], np.eye(2, dtype=np.float32)).save("there.space")
    Path("folder.space").mkdir()
    Path("folder.space/photo").write_bytes(b"photo")
    for out, error in (("there.space", OutputExists), ("folder.space", OutputExists), ("no/where.space", NotFound)):
        with pytest.raises(error):
            vectors_learned("missing.txt", out, settings("skipgram"))
    with pytest.raises(FileError, match="no store"):
        vectors_learned("missing.txt", "folder.space", settings("skipgram", force=True))
    Space(["a", "b"], np.eye(2, dtype=np.float32)).save("new.space.watch")
    with pytest.raises(OutputExists):
        vectors_learned("missing.txt", "new.space", settings("skipgram", watch="king"))


def test_held_out_sentences_are_whole_and_the_same_every_time() -> None:
    whole = company(places=1000)
    first, again = parted(whole, 0.2, seed=3), parted(whole, 0.2, seed=3)
    other = parted(whole, 0.2, seed=4)
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])
    kept, held = first
    assert len(kept.ids) + len(held) == len(whole.ids)
    sentences = {tuple(one) for one in whole.ids.reshape(-1, 10).tolist()}
    for part in (kept.ids, held):
        assert {tuple(one) for one in part.reshape(-1, 10).tolist()} <= sentences
    assert kept.counts.sum() + (held >= 0).sum() == whole.words
    assert 10 <= len(held) // 10 <= 35
    one = Encoded(np.array([0, 1, END, 1, 0, END], np.int32), ["a", "b"], np.array([2, 2]))
    assert len(parted(one, 0.001, seed=1)[1]) == 3, "one sentence at least"
    with pytest.raises(InputError, match="too few sentences"):
        parted(Encoded(np.array([0, 1, END], np.int32), ["a", "b"], np.array([1, 1])), 0.1, seed=1)


def test_losses_fall_and_nothing_is_held_out_unasked() -> None:
    plain = learned(None, **settings("skipgram", epochs=8))
    apart = learned(None, **settings("skipgram", epochs=8, held_out=0.1))
    assert (len(plain.held_out), len(apart.held_out)) == (0, 8)
    assert plain.words == 6400 > apart.words > 5400
    for losses in (plain.loss, apart.loss, apart.held_out):
        assert losses[-1] < losses[0] - 0.05
    assert apart.space.origin["held_out"] == apart.held_out


def test_patience_stops_when_held_out_text_is_not_told_better() -> None:
    random = np.random.default_rng(0)
    noise = [[f"w{word}" for word in random.integers(60, size=9)] for _ in range(300)]  # nothing to learn
    said = {**SMALL, "method": "skipgram", "patience": 2, "epochs": 40, "alpha": 0.2, "sample": 0.0}
    made = vectors_learned(noise, None, said)
    assert len(made.loss) == len(made.held_out) < 40
    assert min(made.held_out[-2:]) >= min(made.held_out[:-2])
    assert f"stopped after epoch {len(made.loss)}" in str(made.notes[-1])
    assert made.space.origin["fraction"] < 1


def test_a_sample_lies_in_the_text() -> None:
    ids = np.arange(200_000, dtype=np.int32)
    sample = sample_of(ids)
    assert (len(sample), sample[0], sample[-1]) == (10_000, 0, 199_999)
    assert len(sample_of(ids[:70])) == 70
    assert len(sample_of(np.zeros(10_000_000, np.int32))) == 50_000


@pytest.mark.parametrize("method", METHODS)
def test_watched_words_can_be_replayed(method: str) -> None:
    made = learned("a.space", **settings(method, watch=["fish", "king", "fish"]))
    assert made.watched == Path("a.space.watch")
    watched = ar.Watched.load("a.space.watch")
    assert watched.words == ("fish", "king")
    assert watched.vectors.shape == (len(watched.fractions), 2, 16)
    assert (watched.fractions[0], watched.fractions[-1]) == (0, 1)
    assert (np.diff(watched.fractions) > 0).all()
    assert np.array_equal(watched.space(-1)["king"].vector, made.space["king"].vector)
    assert 0 < np.abs(watched.vectors[0]).max() <= 1 / 16, "random at first"
    with pytest.raises(UnknownFormat, match="another kind"):
        Watched.load("a.space")
    with pytest.raises(ar.UnknownLabel, match="king"):
        learned("b.space", **settings(method, watch="kign"))


@pytest.mark.parametrize("method", ["skipgram", "glove"])
def test_who_has_seen_enough_keeps_what_is_learned(method: str) -> None:
    seen: list[tuple[tuple[str, ...], float, np.ndarray]] = []
    made = learned("a.space", **settings(method, watch=["fish", "king"], epochs=20),
                   seen=lambda words, fraction, vectors: seen.append((tuple(words), fraction, vectors)),
                   enough=lambda: len(seen) > 3)
    assert 0 < seen[-1][1] < 1
    assert {words for words, _, _ in seen} == {("fish", "king")}
    watched = ar.Watched.load("a.space.watch")
    assert np.array_equal(watched.vectors, [vectors for _, _, vectors in seen])
    assert "somebody asked for that" in str(made.notes[-1])
    assert ar.open("a.space").dim == 16
    assert not Path("a.space.learning").exists()


def test_starting_from_vectors_and_freezing() -> None:
    first = learned("first.space", **settings("skipgram", epochs=20))
    for start in (first.space, "first.space"):
        after = learned(None, method="skipgram", epochs=1, alpha=0.001, min_count=1, start=start, freeze="king")
        assert after.space.dim == 16, "the size of what it starts from"
        assert np.array_equal(after.space["king"].vector, first.space["king"].vector)
        assert not np.array_equal(after.space["queen"].vector, first.space["queen"].vector)
        assert after.space.near("queen", 4).neighbours[0].label in ENGLISH[0]
    with pytest.raises(ar.UnknownLabel):
        learned(None, **settings("skipgram", freeze=["kign"]))


def test_memory_and_oddities_are_told_before_learning_begins() -> None:
    told: list[Report | Note] = []
    made = learned(None, **settings("skipgram"), progress=told.append)
    kinds = [one.stage if isinstance(one, Report) else str(one)[:9] for one in told]
    assert kinds.index("6,400 wor") < kinds.index("memory: 0") < kinds.index("learning")
    assert kinds[0] == "reading"
    assert [str(note)[:9] for note in made.notes] == ["6,400 wor"]
    last = told[-1]
    assert isinstance(last, Report)
    assert (last.fraction, last.epoch, last.epochs) == (1, 4, 4)
    assert last.epoch_loss == made.loss[-1]
    assert "epoch 4 of 4" in str(last)
    with pytest.warns(ArmillaryWarning, match="expect neighbours, not analogies"):
        ar.learn_vectors("en.txt", **SMALL)


def test_items_of_baskets_and_of_columns() -> None:
    baskets = [["bread", "butter", "jam"], ["nail", "hammer", "saw"]] * 60
    space = ar.learn_items(baskets, vector_size=8, epochs=30, sample=0.0, unordered=True, negative=2)
    assert {one.label for one in space.near("bread", 2)} == {"butter", "jam"}
    assert space.origin["learned"]["window"] == 2
    lines = "".join(f"{order},{item}\n" for order, basket in enumerate(baskets) for item in basket)
    Path("orders.csv").write_text(f"order,item\n{lines}", encoding="utf-8")
    said = {"method": "glove", "vector_size": 8, "unordered": True, "columns": ("order", "item")}
    made = items_learned("orders.csv", "items.space", said)
    assert {one.label for one in Space.load("items.space").near("saw", 2)} == {"nail", "hammer"}
    assert made.space.origin["learned"]["window"] == {"size": 2, "weighting": "equal", "symmetric": True}
    assert made.space.origin["text"]["columns"] == ("order", "item")


def test_a_snapshot_that_is_damaged_is_said_to_be() -> None:
    with pytest.raises(KeyboardInterrupt):
        learned("a.space", **settings("skipgram"), progress=interrupted_after(1))
    next(Path("a.space.learning").glob("inputs-*")).unlink()
    with pytest.raises(DamagedFile, match="is missing"):
        learned("a.space", **settings("skipgram"), resume=True)

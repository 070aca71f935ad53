"""Learning: the same bits every time, also when it was stopped, killed or gone on with, and something is learned."""

import lzma
import os
import platform
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from armillary.errors import DamagedFile, FileError, InputError, OutputExists, UnknownFormat
from armillary.formats.store import Store, write_store
from armillary.space import Space
from armillary.text.encoded import Encoded
from armillary.train.words import Plan, Training, corpus, fit, resume
from tests.train.words.child import PLAN
from tests.train.words.texts import company

pytest.importorskip("numba")
TEXT = company()
SMALL = Plan(workers=1, **PLAN)
ROOT = Path(__file__).parents[3]


def learned(encoded: Encoded, plan: Plan, **how: object) -> Training:
    *_, last = fit(encoded, plan, **how)
    return last.training


def digest(training: Training) -> str:
    return sha256(training.vectors.tobytes()).hexdigest()


def child(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.train.words.child", *map(str, arguments)], cwd=environment.get("TMPDIR", ROOT),
        env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True,
    )


@pytest.mark.parametrize("method", ["skipgram", "cbow"])
@pytest.mark.parametrize("hs", [False, True])
def test_threads_change_no_bit(method: str, hs: bool) -> None:
    plans = [Plan(method=method, hs=hs, workers=workers, **PLAN) for workers in (1, 2, 3)]
    assert len({digest(learned(TEXT, plan)) for plan in plans}) == 1


def test_a_thread_that_breaks_ends_the_step_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    training = Training(TEXT, Plan(**{**PLAN, "workers": 2}))
    calls: list[int] = []

    def part(turn: int, *_: object) -> int:
        calls.append(turn)
        if len(calls) == 3:
            raise MemoryError("no room")
        return turn

    monkeypatch.setattr(training._kernels, "take_part", part)
    with pytest.raises(MemoryError, match="no room"):
        next(training.steps())
    assert training.turn == 0


def test_seed_and_shards_change_all() -> None:
    plans = [SMALL, Plan(**{**PLAN, "seed": 2}), Plan(**{**PLAN, "shards": 2}), Plan(**{**PLAN, "shards": 1})]
    assert len({digest(learned(TEXT, plan)) for plan in plans}) == 4


def test_hash_seed_locale_and_folder_change_no_bit(tmp_path: Path) -> None:
    other = child(2, PYTHONHASHSEED="77", LC_ALL="C", PYTHONPATH=str(ROOT), TMPDIR=str(tmp_path))
    assert other.communicate()[0].strip() == digest(learned(TEXT, SMALL))


@pytest.mark.long
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="asks for instructions of x86")
def test_a_machine_without_wide_vectors_gives_the_same_bits(tmp_path: Path) -> None:
    older = child(1, NUMBA_CPU_NAME="haswell", NUMBA_CPU_FEATURES="+sse2,+sse4.2,+avx,+avx2,+fma",
                  NUMBA_CACHE_DIR=str(tmp_path))
    assert older.communicate()[0].strip() == digest(learned(TEXT, SMALL))
    assert all(b"haswell" in index.read_bytes() for index in tmp_path.rglob("*kernels*.nbi"))
    assert list(tmp_path.rglob("*skipgram_kernels.learn*.nbi"))


def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path: Path) -> None:
    whole = learned(TEXT, SMALL)
    for stop in (1, 4):
        for number, step in enumerate(fit(TEXT, SMALL), start=1):
            if number == stop:
                step.training.save(tmp_path / "saved")
                break
        again = resume(tmp_path / "saved", TEXT, workers=2)
        *_, last = again.steps()
        assert last.fraction == 1
        assert digest(again) == digest(whole)
        assert again.losses == whole.losses
        assert again.space().origin == whole.space().origin


def test_killed_and_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    running = child(1, tmp_path / "saved")
    assert running.stdout
    assert [running.stdout.readline() for _ in range(5)][-1] == "saved 5\n"
    running.kill()
    running.communicate()
    again = resume(tmp_path / "saved", TEXT)
    assert again.turn % again.schedule.rounds > 0  # in the middle of an epoch
    assert len(again.losses) == 2
    assert len(list(again.steps())) > 0
    assert digest(again) == digest(learned(TEXT, SMALL))


def test_company_is_learned_and_the_loss_falls() -> None:
    training = learned(TEXT, Plan(vector_size=16, epochs=40, sample=0.0, window=3, workers=2, shards=2, alpha=0.05))
    assert len(training.losses) == 40
    assert training.losses[-1] < training.losses[0] - 0.3
    space = training.space()
    circle = {f"w{row:02}" for row in range(10)}
    assert {one.label for one in space.near("w00").neighbours[:5]} <= circle
    assert space.origin["learned"]["vector_size"] == 16
    assert space.counts is not None
    assert space.counts.sum() == TEXT.words


def test_the_loss_of_other_text_is_lower_where_it_is_alike() -> None:
    training = learned(TEXT, Plan(vector_size=16, epochs=20, sample=0.0, workers=2, shards=2, alpha=0.05))
    before = digest(training)
    shuffled = np.random.default_rng(1).permutation(TEXT.ids)
    assert training.loss_on(TEXT.ids) < training.loss_on(shuffled.astype(np.int32)) - 0.1
    assert digest(training) == before


def test_steps_say_how_far_they_are() -> None:
    steps = list(fit(TEXT, SMALL))
    assert [step.epoch for step in steps] == sorted(step.epoch for step in steps)
    assert [step.fraction for step in steps] == sorted(step.fraction for step in steps)
    assert steps[-1].fraction == 1
    assert sum(step.places for step in steps) == 3 * len(TEXT.ids)
    assert all(step.words_per_second > 0 and step.loss > 0 for step in steps)


def test_frozen_words_and_given_vectors() -> None:
    random = np.random.default_rng(0)
    start = Space(["w00", "w01", "elsewhere"], random.normal(size=(3, 20)).astype(np.float32))
    fresh = Training(TEXT, SMALL, start=start)
    assert np.array_equal(fresh.space()["w00"].vector, start["w00"].vector)
    space = learned(TEXT, SMALL, start=start, frozen=["w00"]).space()
    assert np.array_equal(space["w00"].vector, start["w00"].vector)
    assert not np.array_equal(space["w01"].vector, start["w01"].vector)
    assert space.origin["start"]["words"] == 2
    assert space.origin["frozen"] == ["w00"]


def test_frozen_words_stay_so_when_resumed(tmp_path: Path) -> None:
    step = next(fit(TEXT, SMALL, frozen=["w03"]))
    step.training.save(tmp_path / "saved")
    again = resume(tmp_path / "saved", TEXT)
    list(again.steps())
    assert digest(again) == digest(learned(TEXT, SMALL, frozen=["w03"]))
    assert np.array_equal(again.space()["w03"].vector, Training(TEXT, SMALL).space()["w03"].vector)


def test_shards_fall_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    def free(bytes_: int) -> None:
        monkeypatch.setattr(corpus, "available", lambda: bytes_)

    free(5000)
    shards, notes = corpus.shards_that_fit(Plan(), 10**9, 1000)
    assert shards == 1
    assert "shards would need" in str(notes[0])
    free(10_000)
    assert corpus.shards_that_fit(Plan(shards=9), 10**9, 1000) == (9, [])
    with pytest.raises(InputError, match="needs"):
        corpus.shards_that_fit(Plan(shards=10), 10**9, 1000)
    free(10**12)
    assert corpus.shards_that_fit(Plan(), 10**9, 1000)[1] == []
    assert Training(TEXT, SMALL).bytes == 4 * 2 * 41 * 32 * 4


@pytest.mark.parametrize("wrong", [
    {"vector_size": 0}, {"window": 0}, {"negative": 0}, {"epochs": 0}, {"alpha": float("nan")},
    {"sample": -1.0}, {"seed": -1}, {"shards": 10**6},
])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Plan(**wrong)


def test_what_cannot_be_learned_is_refused(tmp_path: Path) -> None:
    one = Encoded(np.zeros(5, np.int32), ["a"], np.array([5]))
    with pytest.raises(InputError, match="two different words"):
        Training(one, Plan())
    with pytest.raises(InputError, match="cannot be frozen"):
        Training(TEXT, SMALL, frozen=["nowhere"])
    with pytest.raises(InputError, match="vector_size"):
        Training(TEXT, SMALL, start=Space(["w00"], np.ones((1, 3), np.float32)))


def test_only_what_was_saved_from_this_corpus_is_resumed(tmp_path: Path) -> None:
    next(fit(TEXT, SMALL)).training.save(tmp_path / "saved")
    with pytest.raises(FileError, match="another corpus"):
        resume(tmp_path / "saved", company(seed=9))
    Space(["a"], np.ones((1, 3), np.float32)).save(tmp_path / "a.space")
    with pytest.raises(UnknownFormat, match="another kind"):
        resume(tmp_path / "a.space", TEXT)
    with pytest.raises(UnknownFormat):
        resume(tmp_path / "nowhere", TEXT)
    write_store(Store({}, {"kind": "training of word vectors"}), tmp_path / "bare")
    with pytest.raises(DamagedFile, match="corpus_sha256"):
        resume(tmp_path / "bare", TEXT)
    with pytest.raises(OutputExists):
        Space(["a"], np.ones((1, 3), np.float32)).save(tmp_path / "saved")


def test_real_text_gives_sane_neighbours(data: Path) -> None:
    with lzma.open(data / "corpora/en/text8-prefix.txt.xz", "rt") as file:
        words = file.read().split()
    counted = Counter(words)
    labels = sorted((word for word in counted if counted[word] >= 5), key=lambda word: (-counted[word], word))
    rows = {word: row for row, word in enumerate(labels)}
    ids = np.array([rows[word] for word in words if word in rows], np.int32)
    encoded = Encoded(ids, labels, np.array([counted[word] for word in labels]))
    training = learned(encoded, Plan(vector_size=48, epochs=2, workers=2))
    assert training.losses[1] < training.losses[0] < 4.16
    space = training.space()
    numbers = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "zero"}
    assert len(numbers & {one.label for one in space.near("two").neighbours}) >= 5

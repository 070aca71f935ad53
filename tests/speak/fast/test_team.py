"""The threads of an engine: awake between tokens, asleep after a while, called when they are needed again."""

import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from armillary.speak.fast.engine import FastEngine
from tests.speak.fast.tiny import source

IDS, LONGEST = [3, 1, 4, 1, 5, 9, 2, 6], 30.0
"""Seconds that a test waits for a thread to fall asleep: two milliseconds, but where nobody has time for it."""


@pytest.fixture
def engine(tmp_path: Path) -> FastEngine:
    return FastEngine(source(tmp_path / "tiny.gguf", "Q4_1", "llama"), tmp_path, threads=3)


def awake(engine: FastEngine) -> list[bool]:
    """Of each thread but the first."""
    return [bool(state["changes"] % 2) for state in engine._team._states[1:]]


def sleep(engine: FastEngine) -> None:
    """Wait until all others sleep."""
    end = time.monotonic() + LONGEST
    while any(awake(engine)):
        assert time.monotonic() < end
        time.sleep(0.002)


def test_threads_that_fell_asleep_between_tokens_are_called(engine: FastEngine) -> None:
    quick, slow = engine.start(), engine.start()
    expected = [quick.read([one]) for one in IDS]
    found = []
    for one in IDS:
        sleep(engine)
        found.append(slow.read([one]))
    np.testing.assert_array_equal(found, expected)
    assert engine._team._states["done"].tolist() == [0, 2 * len(IDS), 2 * len(IDS)]


def test_threads_that_are_awake_are_not_called(engine: FastEngine) -> None:
    calls: list[int] = []
    serve = engine._team._serve
    engine._team._serve = lambda thread: (calls.append(thread), serve(thread))[1]  # type: ignore[method-assign]
    reading, several = engine.start(), 200
    for place in range(several):
        reading.read([place % 30])
    assert {1, 2} <= set(calls)
    assert len(calls) < several  # most tokens find them awake, however busy the machine is
    assert engine._team._states["done"][1:].tolist() == [several, several]


def test_an_engine_is_let_go_while_its_threads_wait(tmp_path: Path) -> None:
    for _ in range(20):
        reading = FastEngine(source(tmp_path / "tiny.gguf", "Q4_1", "llama"), tmp_path, threads=2).start()
        assert np.isfinite(reading.read(IDS)).all()

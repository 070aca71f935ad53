"""Writing: what is drawn, why it ends, what is forgotten, and characters in one piece."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.shapes import Float32
from armillary.speak.sample import Sampling, softmax
from armillary.speak.write import Limits, Spelling, Writing, surprise
from armillary.text.byte_pairs import BytePairs
from armillary.text.patterns import R50K
from armillary.text.tokenizer import Vocabulary

GREEDY = Sampling(temperature=0.0)


class Counter:
    """An engine whose next token is the last plus one; it notes everything that it is asked to read."""

    n_ctx, d_vocab = 8, 50

    def __init__(self) -> None:
        self.read: list[list[int]] = []

    def start(self) -> "CounterReading":
        return CounterReading(self)


class CounterReading:
    def __init__(self, engine: Counter) -> None:
        self.engine, self.n_tokens = engine, 0

    def read(self, ids: Sequence[int]) -> Float32[np.ndarray, "v"]:
        self.n_tokens += len(ids)
        assert self.n_tokens <= self.engine.n_ctx, "more than the model can place"
        self.engine.read.append(list(ids))
        scores = np.zeros(50, np.float32)
        scores[(ids[-1] + 1) % 50] = 3.0
        return scores

    def rows(self, ids: Sequence[int]) -> Iterator[Float32[np.ndarray, "m v"]]:
        raise NotImplementedError


def test_each_token_is_read_once_and_the_end_is_told() -> None:
    engine = Counter()
    writing = Writing(engine, [3, 4], GREEDY, Limits(most=3))
    steps = list(writing)
    assert [step.id for step in steps] == writing.written == [5, 6, 7]
    assert engine.read == [[3, 4], [5], [6]]  # the last is written and need not be read
    assert (writing.ending, writing.ids, writing.forgotten) == ("most", [3, 4, 5, 6, 7], 0)
    assert list(writing) == []
    assert steps[0].chance == 1.0
    assert steps[0].nats == pytest.approx(math.log(math.exp(3) + 49) - 3)


def test_a_stop_token_ends_and_is_part_of_the_text() -> None:
    writing = Writing(Counter(), [3], GREEDY, Limits(stops=frozenset({6})))
    assert [step.id for step in writing] == [4, 5, 6]
    assert writing.ending == "stop"


def test_a_full_context_ends_the_text() -> None:
    writing = Writing(Counter(), [0, 1, 2], GREEDY)
    assert [step.id for step in writing] == [3, 4, 5, 6, 7]
    assert writing.ending == "full"
    with pytest.raises(InputError, match="8 tokens and fills the context of 8; with --on-full slide"):
        Writing(Counter(), list(range(8)))


def test_a_window_slides_by_half_and_is_read_anew() -> None:
    engine = Counter()
    writing = Writing(engine, [0, 1, 2], GREEDY, Limits(most=11, on_full="slide", frame=1))
    list(writing)
    assert writing.ids == list(range(14))
    # full at eight; the first (the frame) stays, and of the seven others the latest half of the room with the new one
    assert engine.read == [[0, 1, 2], [3], [4], [5], [6], [7], [0, 5, 6, 7, 8], [9], [10], [11], [0, 9, 10, 11, 12]]
    assert writing.forgotten == 8
    assert writing.window == [0, 9, 10, 11, 12, 13]


def test_of_a_text_that_is_too_long_the_end_is_read() -> None:
    engine = Counter()
    writing = Writing(engine, list(range(20)), GREEDY, Limits(most=2, on_full="slide", frame=1, context=6))
    steps = [step.id for step in writing]
    assert engine.read == [[0, 15, 16, 17, 18, 19], [0, 18, 19, 20]]
    assert steps == [20, 21]


@pytest.mark.parametrize("context", [9, 2])
def test_a_context_that_cannot_be_had_is_an_error(context: int) -> None:
    with pytest.raises(InputError, match="from 3 to 8"):
        Writing(Counter(), [1], limits=Limits(context=context, frame=1))


def test_nothing_to_go_on_from_is_an_error() -> None:
    with pytest.raises(InputError, match="no text to go on from"):
        Writing(Counter(), [])


def test_a_seed_repeats_every_draw_and_another_does_not() -> None:
    def drawn(seed: int) -> list[int]:
        return [step.id for step in Writing(Counter(), [1], Sampling(temperature=3.0), Limits(most=7), seed)]

    assert drawn(1) == drawn(1)
    assert len({tuple(drawn(seed)) for seed in range(5)}) == 5


def test_what_was_written_stays_when_the_reader_stops() -> None:
    writing = Writing(Counter(), [1], GREEDY)
    for step in writing:
        if step.id == 3:
            break
    assert writing.written == [2, 3]
    assert [step.id for step in writing] == [4, 5, 6, 7, 8]  # and it can be taken up again


def test_surprise_is_minus_the_logarithm_of_the_chance() -> None:
    scores = np.random.default_rng(0).normal(size=30).astype(np.float32) * 9
    for one in range(30):
        assert surprise(scores, one) == pytest.approx(-math.log(softmax(scores)[one]))


def test_a_split_character_is_given_once_and_whole() -> None:
    pieces = {byte: bytes([byte]) for byte in range(256)} | {256: "小".encode()[:2]}
    spelling = Spelling(BytePairs(Vocabulary(pieces), {piece: one for one, piece in pieces.items()}, R50K))
    sent = [*"船".encode(), 256, "小".encode()[2], *b"a!"]
    assert [spelling.feed(one) for one in sent] == ["", "", "船", "", "小", "a", "!"]
    assert spelling.end() == ""
    assert [spelling.feed(256), spelling.end()] == ["", "�"]
    assert spelling.feed(999) == "<999>"

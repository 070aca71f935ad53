"""What heads are: two factors say the same as the large product, which only these tests make."""

import numpy as np
import pytest
import torch

from armillary.errors import InputError
from armillary.published.configs import named
from armillary.trace.heads import channels, query_map, sizes, value_map, written
from armillary.trace.looking import FRAMES, PAIRS, looking, phrases
from armillary.trace.run import Run
from armillary.trace.text import Piece, Read
from tests.parity.test_models_transformers import one_thread
from tests.trace.small import DECODERS, bytes_only, config, run_of
from tests.transformer.tiny import model

__all__ = ["one_thread"]

@pytest.mark.parametrize("name", DECODERS)
def test_what_a_head_adds_is_its_value_map_times_what_it_listens_to(name: str) -> None:
    made = model(config(name))
    traced, block = run_of(made), made.blocks[1]
    with torch.no_grad():
        normed = block.before_attention(torch.from_numpy(traced["1.resid_pre"]))
    for head in range(4):
        found = value_map(made, 1, head)
        listened = torch.from_numpy(traced.attention(1).pattern(head)) @ normed
        own = slice(6 * head, 6 * head + 6)
        biases = traced.model.config.pattern[0].attention.input_bias
        b_V = block.attention.b_V[6 * (head // 2) : 6 * (head // 2) + 6] if biases else torch.zeros(6)
        expected = torch.from_numpy(traced[f"1.z.{head}"][0]) @ block.attention.W_O[own]
        torch.testing.assert_close(listened @ found.first @ found.second + b_V @ found.second, expected,
                                   rtol=0, atol=1e-5)


def test_the_query_map_gives_the_scores_before_positions_turn_them() -> None:
    made = model(config("learned positions, layer norms"))
    traced, heads = run_of(made), made.blocks[1].attention
    with torch.no_grad():
        normed = made.blocks[1].before_attention(torch.from_numpy(traced["1.resid_pre"]))
    found = query_map(made, 1, 3)
    b_Q, b_K = heads.b_Q[18:], heads.b_K[6:]
    scores = normed @ found.first @ found.second @ normed.T
    scores += (normed @ found.first @ b_K)[:, None] + (b_Q @ found.second @ normed.T) + b_Q @ b_K
    np.testing.assert_allclose(scores, traced.attention(1).scores(3, divided=False), atol=1e-4)


def test_singular_directions_from_the_factors_are_those_of_the_product() -> None:
    found = value_map(model(config("rotary, rms, gated")), 2, 1)
    assert (found.numbers, found.full) == (2 * 12 * 6, 12 * 12)
    reads, strengths, writes = found.singular()
    product = found.first @ found.second
    torch.testing.assert_close((reads * strengths) @ writes, product, rtol=0, atol=1e-5)
    torch.testing.assert_close(strengths, torch.linalg.svdvals(product)[:6], rtol=0, atol=1e-5)
    torch.testing.assert_close(reads.T @ reads, torch.eye(6), rtol=0, atol=1e-5)


@pytest.mark.parametrize("unembedded", [True, False])
def test_channels_name_the_tokens_along_each_direction(unembedded: bool) -> None:
    made = model(config("rotary, rms, gated"))
    found = value_map(made, 0, 0) if unembedded else query_map(made, 0, 0)
    u, s, v = torch.linalg.svd(found.first @ found.second)
    rows = made.table / made.table.norm(dim=1, keepdim=True)
    for one, channel in enumerate(channels(made, found, unembedded, count=3, n=4)):
        read, write = rows @ u[:, one], rows @ v[one]  # W_U is W_E here
        sign = 1 if read.max() > -read.min() else -1
        assert channel.strength == pytest.approx(float(s[one]), rel=1e-4)
        assert [token for token, _ in channel.reads] == (sign * read).topk(4).indices.tolist()
        assert [token for token, _ in channel.writes] == (sign * write).topk(4).indices.tolist()
        assert channel.reads[0][1] > 0


@pytest.mark.parametrize("name", DECODERS)
def test_what_a_head_writes_for_a_token(name: str) -> None:
    made = model(config(name))
    block = made.blocks[0]
    with torch.no_grad():
        point = block.before_attention(made.table[17][None])
        added = point @ block.attention.W_V[:, 6:12] @ block.attention.W_O[12:18]
        for norm in (block.after_attention, made.final_norm):
            if norm is not None:
                centred = added - added.mean() if norm.facts.kind == "layer" else added
                added = centred * (norm.gain + 1 if norm.facts.one_plus else norm.gain)
        expected = (added @ made.table.T)[0].topk(5)
    found = written(made, 0, 2, 17, n=5)
    assert [token for token, _ in found] == expected.indices.tolist()
    np.testing.assert_allclose([score for _, score in found], expected.values, rtol=1e-4)


def test_gpt3s_value_map_in_two_factors() -> None:
    assert sizes(named("gpt-3").config) == {"full": 150_994_944, "factors": 3_145_728}


def test_what_is_no_head_is_said() -> None:
    made = model(config("rotary, rms, gated"))
    for call, told in ((lambda: value_map(made, 3, 0), "no block 3"), (lambda: query_map(made, 0, 4), "no head 4"),
                       (lambda: written(made, 0, 0, 256), "no token 256")):
        with pytest.raises(InputError, match=told):
            call()


def looked(text: str, seed: int = 0, **planted: float) -> Run:
    """A run over the bytes of a text; head 1.2 of the model can be made to look one position back."""
    made = model(config("rotary, rms, gated"), seed)
    pieces = (Piece(byte, chr(byte), at, at + 1) for at, byte in enumerate(text.encode()))
    return Run(made, Read(text, tuple(pieces)), bytes_only(), [Planted(at) for at in planted.values()])


class Planted:
    """A tap that makes head 2 of block 1 look from position `at` to the one before it, and there only."""

    def __init__(self, at: float) -> None:
        self.at = int(at)

    def __call__(self, place: str, x: torch.Tensor) -> torch.Tensor:
        if place == "blocks.1.q":
            x = x.clone()
            x[0, 2, self.at] = 1e3
        if place == "blocks.1.k":
            x = x.clone()
            x[0, 1] = x[0, 1] * 0.1
            x[0, 1, self.at - 1] = 1
        return x

    def wants(self, place: str) -> bool:
        return place in ("blocks.1.q", "blocks.1.k")


TEXTS = [f"{filler}red{noun}" for filler in ("ab", "bca", "c", "acb") for noun in "xyz"]


def test_a_head_that_looks_from_second_words_to_first_is_found() -> None:
    runs = [(looked(text, at=len(text) - 1), "red", text[-1]) for text in TEXTS]
    found = looking(runs)
    assert (found[0].block, found[0].head) == (1, 2)
    assert found[0].looks
    assert found[0].rate > 0.99
    assert found[0].most == 1
    assert found[0].low <= found[0].rate <= found[0].high
    assert found[0].chance == pytest.approx(np.mean([1 / len(text) for text in TEXTS]))
    first = runs[0][0].attention(0).pattern(1)
    mine = next(one for one in looking(runs[:1]) if (one.block, one.head) == (0, 1))
    assert mine.rate == pytest.approx(first[5, 4])
    assert mine.other == pytest.approx(np.diagonal(first, -1)[:-1].mean())


def test_of_random_models_none_does() -> None:
    found = looking([(looked(text, seed), "red", text[-1]) for seed, text in enumerate(TEXTS)])
    assert len(found) == 12
    assert not any(one.looks for one in found)
    with pytest.raises(InputError, match="no phrases"):
        looking([])


@pytest.mark.parametrize("language", PAIRS)
def test_phrases_hold_their_words_once(language: str) -> None:
    listed = phrases(language)
    assert len({text for text, _, _ in listed}) == 30
    for text, first, second in listed:
        assert text.index(first) < text.index(second)
        assert text.count(second) == 1
        assert "{}" not in text
        assert len(text) == len(FRAMES[language]) - 4 + len(first) + len(second)

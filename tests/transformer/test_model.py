"""The transformer against other formulas: PyTorch's own encoder-decoder, positions, what is seen, what is kept."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from armillary.errors import InputError
from armillary.transformer import attention
from armillary.transformer.cache import Cache
from armillary.transformer.config import Attention, Banded, Block, Config, Embedding, Rotary, Unembedding
from armillary.transformer.embed import sinusoids
from armillary.transformer.model import Transformer
from armillary.transformer.rotary import speeds, turn, turns
from armillary.transformer.weights import weights
from tests.transformer.tiny import BASE, CONFIGS, ENCODER, MLP, SOURCE, TOKENS, model, source


@pytest.mark.parametrize("name", CONFIGS)
def test_parameters_are_those_listed(name: str) -> None:
    made = Transformer(CONFIGS[name])
    assert all(parameter.is_meta for parameter in made.parameters()), "nothing is allocated before it is filled"
    real = {name: tuple(parameter.shape) for name, parameter in made.named_parameters()}
    assert real == {one.name: one.shape for one in weights(CONFIGS[name]) if not one.tied_to}


def torch_names(ours: str) -> str:
    """PyTorch's name for the norms, biases and matrices of its encoder-decoder that are not packed."""
    for old, new in (("blocks", "layers"), ("mlp.W_in", "linear1.weight"), ("mlp.b_in", "linear1.bias"),
                     ("mlp.W_out", "linear2.weight"), ("mlp.b_out", "linear2.bias"), (".gain", ".weight"),
                     ("after_attention", "norm1"), ("after_cross", "norm2")):
        ours = ours.replace(old, new)
    if not ours.startswith("encoder."):
        return f"decoder.{ours}".replace("after_mlp", "norm3")
    return ours.replace("after_mlp", "norm2")


@torch.no_grad()
def test_the_encoder_decoder_is_pytorchs() -> None:
    """torch.nn.Transformer is the 2017 model with norms at both ends and biases in attention."""
    heads = Attention(n_heads=2, n_kv_heads=2, d_head=6, scale=6**-0.5, input_bias=True, output_bias=True)
    both_ways = replace(heads, causal=False)
    relu = replace(MLP, activation="relu")
    encoder = replace(ENCODER, pattern=(Block(attention=both_ways, mlp=relu),), final_norm=True)
    config = replace(encoder, encoder=encoder, shared_embedding=True,
                     pattern=(Block(attention=heads, cross=both_ways, mlp=relu),))
    ours = model(config)
    theirs = nn.Transformer(12, 2, 3, 3, 20, dropout=0.0, batch_first=True, norm_first=False).eval()
    state = theirs.state_dict()
    filled = set()
    parameters = dict(ours.named_parameters())
    for name, numbers in parameters.items():
        if "embedding" in name:
            continue
        side, _, part = name.rpartition(".")
        packed = side.replace("blocks", "layers").replace("cross", "multihead_attn").replace("attention", "self_attn")
        packed = packed if name.startswith("encoder.") else f"decoder.{packed}"
        if part in ("W_Q", "W_K", "W_V"):
            key = f"{packed}.in_proj_weight"
            state[key]["QKV".index(part[-1]) * 12 :][:12] = numbers.T
        elif part in ("b_Q", "b_K", "b_V"):
            key = f"{packed}.in_proj_bias"
            state[key]["QKV".index(part[-1]) * 12 :][:12] = numbers
        elif part in ("W_O", "b_O"):
            key = f"{packed}.out_proj.{'weight' if part == 'W_O' else 'bias'}"
            state[key].copy_(numbers.t())
        else:
            key = torch_names(name).replace("final_norm", "norm")
            state[key].copy_(numbers.t())
        filled.add(key)
    assert filled == set(state)
    table = ours.table
    placed = [table[tokens] * 3.0 + sinusoids(torch.arange(tokens.shape[1]), 12)
              for tokens in (source(config)["source"], TOKENS)]
    mask = nn.Transformer.generate_square_subsequent_mask(9)
    expected = theirs(*placed, tgt_mask=mask, tgt_is_causal=True)
    torch.testing.assert_close(ours(TOKENS, **source(config)), expected, rtol=0, atol=1e-5)
    with pytest.raises(InputError, match="source"):
        ours(TOKENS)


def test_sinusoids_are_the_papers() -> None:
    found = sinusoids(torch.tensor([0, 1, 7]), 8)
    for row, position in enumerate((0, 1, 7)):
        for i in range(4):
            angle = position / 10_000 ** (2 * i / 8)
            assert math.isclose(found[row, 2 * i], math.sin(angle), abs_tol=1e-6)
            assert math.isclose(found[row, 2 * i + 1], math.cos(angle), abs_tol=1e-6)
    assert torch.equal(sinusoids(torch.tensor([7]), 8, alternate=False)[0, :4], found[2, ::2])


def test_rotary_positions_tell_distances_only() -> None:
    random = np.random.default_rng(0)
    q, k = (torch.from_numpy(random.standard_normal((1, 1, 1, 6), np.float32)) for _ in range(2))
    rotary = Rotary(base=100.0)

    def score(at_q: int, at_k: int) -> float:
        turned = [turn(x, *turns(rotary, 6, torch.tensor([at]))) for x, at in ((q, at_q), (k, at_k))]
        return float((turned[0] * turned[1]).sum())

    assert score(0, 0) == pytest.approx(float((q * k).sum()), abs=1e-6)
    assert score(9, 4) == pytest.approx(score(25, 20), abs=1e-5)
    assert abs(score(9, 4) - score(9, 5)) > 1e-3
    pair = turn(torch.tensor([1.0, 0, 0, 0, 0, 0]).view(1, 1, 1, 6), *turns(rotary, 6, torch.tensor([1])))
    torch.testing.assert_close(pair.flatten(), torch.tensor([math.cos(1), 0, 0, math.sin(1), 0, 0]))


def test_bands_keep_what_is_fast_and_slow_down_what_is_slow() -> None:
    plain = speeds(Rotary(base=1e4), 64)
    banded = speeds(Rotary(base=1e4, scaling=Banded(factor=8.0, low=1.0, high=4.0, original_n_ctx=512)), 64)
    rounds = 512 * plain / (2 * math.pi)
    assert torch.equal(banded[rounds >= 4], plain[rounds >= 4])
    torch.testing.assert_close(banded[rounds <= 1], plain[rounds <= 1] / 8)
    between = (rounds > 1) & (rounds < 4)
    assert between.any()
    assert ((banded < plain) & (banded > plain / 8))[between].all()


@torch.no_grad()
def test_a_text_that_is_filled_up_changes_nothing_for_the_others() -> None:
    encoder = model(CONFIGS["post, both ways, transform"])
    present = torch.ones(2, 9, dtype=torch.bool)
    present[1, 5:] = False
    torch.testing.assert_close(encoder(TOKENS, present=present)[1, :5], encoder(TOKENS[1:, :5])[0], rtol=0, atol=1e-5)


@torch.no_grad()
def test_a_decoder_sees_back_and_never_ahead() -> None:
    decoder = model(CONFIGS["learned positions, layer norms"])
    other = TOKENS.clone()
    other[:, 6] = (other[:, 6] + 1) % 31
    plain, changed = decoder(TOKENS), decoder(other)
    assert torch.equal(plain[:, :6], changed[:, :6])
    assert ((plain - changed).abs().amax(-1)[:, 6:] > 1e-4).all()


@torch.no_grad()
def test_a_window_forgets_layer_by_layer() -> None:
    short = replace(BASE.pattern[0].attention, window=3)
    config = replace(BASE, n_layers=2, pattern=(Block(attention=short, mlp=MLP),))
    decoder, other = model(config), TOKENS.clone()
    other[:, 0] = (other[:, 0] + 1) % 31
    moved = (decoder(TOKENS) - decoder(other)).abs().amax(-1) > 1e-6
    assert moved[:, :5].all(), "two blocks of three see 2 + 2 back"
    assert not moved[:, 5:].any()


@pytest.mark.parametrize("name", ["learned positions, layer norms", "sandwich, windows, caps", "experts"])
@torch.no_grad()
def test_what_is_kept_gives_what_is_computed_anew(name: str) -> None:
    made, cache = model(CONFIGS[name]), Cache(CONFIGS[name])
    tokens = torch.randint(0, 31, (1, 40), generator=torch.Generator().manual_seed(0))
    pieces = [made(piece, cache=cache) for piece in tokens.split([1] * 13 + [5, 1, 1, 20], dim=1)]
    torch.testing.assert_close(torch.cat(pieces, 1), made(tokens), rtol=0, atol=1e-5)
    for block, kept in zip(CONFIGS[name].blocks, cache.blocks, strict=True):
        assert kept.keys is not None
        room = kept.keys.shape[2]
        assert room <= (2 * 20 + 2 * block.attention.window if block.attention.window else 2 * 40)


@pytest.mark.parametrize("window", [None, 4, 7])
@torch.no_grad()
def test_many_queries_ask_in_pieces(window: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    heads = replace(BASE.pattern[0].attention, window=window)
    config = replace(BASE, pattern=(Block(attention=heads, mlp=MLP),))
    made, looked = model(config), []
    tokens = torch.randint(0, 31, (2, 23), generator=torch.Generator().manual_seed(0))
    expected = made(tokens)
    kernel = nn.functional.scaled_dot_product_attention

    def seen(q: torch.Tensor, k: torch.Tensor, *rest: torch.Tensor, **more: object) -> torch.Tensor:
        looked.append((q.shape[2], k.shape[2]))
        return kernel(q, k, *rest, **more)

    monkeypatch.setattr(attention, "_TOGETHER", 5)
    monkeypatch.setattr(nn.functional, "scaled_dot_product_attention", seen)
    torch.testing.assert_close(made(tokens), expected, rtol=0, atol=1e-5)
    window = window or 99
    assert looked[:5] == [(5, min(end, 5 + window - 1)) for end in (5, 10, 15, 20)] + [(3, min(23, 3 + window - 1))]
    cache = Cache(config)
    pieces = [made(piece, cache=cache) for piece in tokens.split([4, 12, 7], dim=1)]
    torch.testing.assert_close(torch.cat(pieces, 1), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("window", [None, 40])
@torch.no_grad()
def test_pieces_in_bfloat16_are_as_near_to_float32_as_the_kernel(
    window: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = attention.Attention(replace(BASE.pattern[0].attention, window=window))
    random = torch.Generator().manual_seed(0)
    asking, asked = heads.facts.n_heads, heads.facts.n_kv_heads
    q, k, v = (torch.randn(2, n, 100, heads.facts.d_head, generator=random) for n in (asking, asked, asked))
    true = heads._fused(q, k, v, None)
    half = [one.bfloat16() for one in (q, k, v)]
    monkeypatch.setattr(attention, "_TOGETHER", 30)
    by_kernel, found = heads._fused(*half, None), heads._listen(*half, None, None)
    assert not torch.equal(found, by_kernel), "the products were not taken"
    assert found.dtype == torch.bfloat16
    assert (found - true).abs().mean() < 1.5 * (by_kernel - true).abs().mean()


@pytest.mark.parametrize("name", [name for name, one in CONFIGS.items() if one.pattern[0].attention.causal])
@torch.no_grad()
def test_the_last_point_is_the_same_without_the_others(name: str) -> None:
    config = CONFIGS[name]
    made = model(config)
    whole = made.points(TOKENS, **source(config))
    torch.testing.assert_close(made.points(TOKENS, last=True, **source(config)), whole[:, -1:], rtol=0, atol=1e-5)
    one, other = Cache(config), Cache(config)
    for first, end in ((0, 4), (4, 5), (5, 9)):
        tokens = TOKENS[:, first:end]
        all_of_them = made.points(tokens, cache=one, **source(config))
        last = made.points(tokens, cache=other, last=True, **source(config))
        torch.testing.assert_close(last, all_of_them[:, -1:], rtol=0, atol=1e-5)


@torch.no_grad()
def test_scores_of_the_last_point_alone() -> None:
    made = model(BASE)
    points = made.points(TOKENS)
    torch.testing.assert_close(made.scores(points[:, -1:]), made(TOKENS)[:, -1:], rtol=0, atol=1e-6)
    bare = model(replace(BASE, unembedding=None))
    assert bare(TOKENS).shape == (2, 9, 12)
    with pytest.raises(InputError, match="no unembedding"):
        bare.scores(points)
    with pytest.raises(InputError, match="no pooler"):
        bare.pooled(points)


def test_what_cannot_be_computed() -> None:
    made = model(BASE)
    with pytest.raises(InputError, match=r"41 tokens .* 40"):
        made(torch.zeros(1, 41, dtype=torch.long))
    with pytest.raises(InputError, match="no tokens"):
        made(torch.zeros(1, 0, dtype=torch.long))


def test_a_table_is_a_one_hot_product_is_a_linear_layer_bit_for_bit() -> None:
    made = model(replace(BASE, embedding=Embedding(), unembedding=Unembedding(tied=False)))
    table = made.table
    one_hot = nn.functional.one_hot(TOKENS, 31).float()
    linear = nn.Linear(31, 12, bias=False)
    linear.weight = nn.Parameter(table.T)
    embedding = nn.Embedding.from_pretrained(table)
    for found in (one_hot @ table, linear(one_hot), embedding(TOKENS), made.embedding(TOKENS, table)):
        assert torch.equal(found, table[TOKENS])


def test_configs_are_equal_by_facts() -> None:
    assert replace(BASE) == BASE
    assert replace(BASE, n_ctx=41) != BASE
    assert len({BASE, replace(BASE)}) == 1
    with pytest.raises(InputError, match="4 heads"):
        replace(BASE.pattern[0].attention, n_kv_heads=3)
    with pytest.raises(InputError, match="kinds of blocks"):
        Config(**{**vars(BASE), "pattern": BASE.pattern * 4})


@pytest.mark.parametrize("token", [-1, BASE.d_vocab])
def test_a_token_without_a_row_is_refused(token: int) -> None:
    with pytest.raises(InputError, match=f"token {token} is beyond the {BASE.d_vocab} rows"):
        model(BASE)(torch.tensor([[0, token, 1]]))


PAIR = CONFIGS["encoder and decoder"]


@torch.no_grad()
def test_numbers_of_a_piece_take_the_place_of_a_one_hot_vector():
    made = model(PAIR)
    pieces = torch.nn.functional.one_hot(SOURCE, PAIR.d_vocab).float()
    torch.testing.assert_close(made(TOKENS, source=pieces), made(TOKENS, source=SOURCE), rtol=0, atol=1e-5)
    with pytest.raises(InputError, match="pieces of 5 numbers do not go with the 31 rows"):
        made(TOKENS, source=torch.zeros(2, 3, 5))


@torch.no_grad()
def test_what_fills_a_source_up_is_not_listened_to():
    made = model(PAIR)
    filled = torch.cat([SOURCE, torch.randint(0, 31, (2, 5))], dim=1)
    present = torch.arange(12).expand(2, 12) < SOURCE.shape[1]
    memory = made.read(filled, present)
    expected = made(TOKENS, source=SOURCE)
    torch.testing.assert_close(made(TOKENS, source=memory), expected, rtol=0, atol=1e-5)
    assert not torch.allclose(made(TOKENS, source=filled), expected, atol=1e-3)
    with pytest.raises(InputError, match="no encoder"):
        model(CONFIGS["learned positions, layer norms"]).read(SOURCE)

"""Small rows know nothing, large ones are sure of the wrong thing; only rows that were looked up learn, unless tied."""

import math
from dataclasses import replace

import pytest
import torch

from armillary.published.configs import named
from armillary.transformer.config import Config
from armillary.transformer.initial import beginning, drawn, rows_that_learn
from armillary.transformer.weights import weights
from tests.transformer.tiny import CONFIGS


def small_gpt2(tied: bool = True) -> Config:
    """Two blocks as GPT-2 has them, 64 wide, with 1,000 tokens."""
    config = named("gpt2").config
    block = config.pattern[0]
    heads = replace(block.attention, n_heads=4, n_kv_heads=4, d_head=16, scale=0.25)
    return replace(config, d_model=64, d_vocab=1000, n_layers=2, n_ctx=64,
                   pattern=(replace(block, attention=heads, mlp=replace(block.mlp, d_mlp=256)),),
                   unembedding=replace(config.unembedding, tied=tied))


TOKENS = torch.randint(0, 1000, (64,), generator=torch.Generator().manual_seed(1))


def test_small_rows_know_nothing_and_large_ones_are_sure_of_the_wrong_token() -> None:
    small, large = (beginning(drawn(small_gpt2(), rows=deviation), TOKENS) for deviation in (0.02, 1.0))
    assert small.nothing == pytest.approx(math.log(1000))
    assert small.loss == pytest.approx(small.nothing, abs=0.1)
    assert small.entropy > 0.99 * small.nothing
    assert small.deviation == pytest.approx(0.02 * 8, rel=0.05)  # the root of d_model times that of the rows
    assert large.deviation == pytest.approx(8, rel=0.05)
    assert large.entropy < 0.1
    assert large.loss > 5 * large.nothing


def test_what_is_drawn_is_what_is_asked_for() -> None:
    model = drawn(small_gpt2(tied=False), seed=3, rows=1.0, matrices=0.1)
    kinds = {weight.name: weight.kind for weight in weights(model.config)}
    for name, numbers in model.named_parameters():
        if name.endswith("gain"):
            assert (numbers == 1).all()
        elif numbers.ndim == 1:
            assert (numbers == 0).all()
        else:
            wanted = 1.0 if kinds[name] in ("embedding", "positions") else 0.1
            assert numbers.std().item() == pytest.approx(wanted, rel=0.1), name
    again = drawn(small_gpt2(tied=False), seed=3, rows=1.0, matrices=0.1)
    assert torch.equal(model(TOKENS[None]), again(TOKENS[None]))
    one_plus = drawn(CONFIGS["sandwich, windows, caps"])
    assert (one_plus.blocks[0].before_mlp.gain == 0).all()


def test_only_looked_up_rows_learn_unless_the_unembedding_is_tied() -> None:
    """The last token predicts nothing here, so its row learns only if it stands elsewhere too."""
    looked_up = set(TOKENS[:-1].tolist())
    model = drawn(small_gpt2(tied=False))
    assert rows_that_learn(model, TOKENS) == len(looked_up) < 65
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert rows_that_learn(drawn(small_gpt2()), TOKENS) == 1000

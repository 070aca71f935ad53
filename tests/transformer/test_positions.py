"""Positions are those of the papers, number by number."""

import cmath
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from armillary.errors import InputError
from armillary.transformer.config import Block, Embedding
from armillary.transformer.positions import position_kind, position_numbers
from armillary.transformer.rotary import turn, turns
from tests.transformer.tiny import BASE, MLP, TURNED

SINES = replace(BASE, embedding=Embedding(positions="sinusoidal"))
ROTARY = replace(BASE, embedding=Embedding(), pattern=(Block(attention=TURNED, mlp=MLP),))


def test_sinusoids_are_those_of_2017() -> None:
    """PE(pos, 2i) = sin(pos / 10000^(2i/d_model)), PE(pos, 2i + 1) = cos(the same)."""
    d = SINES.d_model
    wanted = [[(math.sin, math.cos)[column % 2](place / 10_000 ** (column // 2 * 2 / d)) for column in range(d)]
              for place in range(40)]
    np.testing.assert_allclose(position_numbers(SINES, 40), wanted, atol=1e-6)
    halved = position_numbers(replace(SINES, embedding=Embedding(positions="halved")), 40)
    np.testing.assert_array_equal(halved, np.array(position_numbers(SINES, 40))[:, [*range(0, d, 2), *range(1, d, 2)]])


def test_turns_are_those_of_2021() -> None:
    """Each pair is a complex number times e^(i m theta); after it only the distance counts, and no length changes."""
    rotary, d_head = TURNED.rotary, TURNED.d_head
    assert rotary is not None
    random = torch.Generator().manual_seed(0)
    q, k = (torch.randn(1, 1, 9, d_head, generator=random) for _ in range(2))
    cosine, sine = turns(rotary, d_head, torch.arange(9))
    turned = turn(q, cosine, sine)
    for place in range(9):
        for pair in range(d_head // 2):
            theta = rotary.base ** (-2 * pair / d_head)
            wanted = complex(q[0, 0, place, pair], q[0, 0, place, pair + d_head // 2]) * cmath.exp(1j * place * theta)
            found = complex(turned[0, 0, place, pair], turned[0, 0, place, pair + d_head // 2])
            assert found == pytest.approx(wanted, abs=1e-5)
    torch.testing.assert_close(turned.norm(dim=-1), q.norm(dim=-1))
    same = q[:, :, :1].expand(-1, -1, 9, -1), k[:, :, :1].expand(-1, -1, 9, -1)
    scores = (turn(same[0], cosine, sine) @ turn(same[1], cosine, sine).transpose(-1, -2))[0, 0]
    for distance in range(-8, 9):
        along = scores.diagonal(distance)
        torch.testing.assert_close(along, along[:1].expand_as(along), atol=1e-4, rtol=0)


def test_turns_are_those_of_transformers() -> None:
    theirs = LlamaRotaryEmbedding(LlamaConfig(
        hidden_size=24, num_attention_heads=4, head_dim=6, max_position_embeddings=64,
        rope_parameters={"rope_type": "default", "rope_theta": 100.0}))
    cosine, sine = theirs(torch.zeros(1, 30, 6), torch.arange(30)[None])
    wanted = torch.cat((cosine[0, :, :3], sine[0, :, :3]), dim=1)
    np.testing.assert_allclose(position_numbers(ROTARY, 30), wanted.numpy(), atol=1e-6)


def test_a_rotary_model_adds_nothing_and_a_learned_one_says_where_its_numbers_are() -> None:
    kinds = [position_kind(one) for one in (BASE, SINES, ROTARY, replace(BASE, embedding=Embedding()))]
    assert kinds == ["learned", "sinusoidal", "rotary", "none"]
    for config, block, problem in ((BASE, 0, "learned"), (ROTARY, 3, "no block 3; they go from 0 to 2"),
                                   (replace(BASE, embedding=Embedding()), 0, "does not tell places apart")):
        with pytest.raises(InputError, match=problem):
            position_numbers(config, 5, block)

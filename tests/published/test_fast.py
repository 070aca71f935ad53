"""The decoder of the recipe fast: written and opened again, read in parts, pairs told from each other."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from armillary.count import count
from armillary.errors import DamagedFile, UnknownFormat
from armillary.published.configs import config_of
from armillary.published.fast import fast_keys
from armillary.published.folder import read_model
from armillary.published.writing import write_model
from armillary.transformer.cache import Cache
from armillary.transformer.initial import drawn, hushed
from armillary.transformer.model import Transformer

KEYS = fast_keys(d_vocab=11, d_model=8, n_layers=2, n_heads=2, n_ctx=16, d_mlp=16)


def model() -> Transformer:
    return drawn(config_of(Path("config.json"), KEYS), seed=3)


@torch.no_grad()
def test_it_is_written_and_opened_again(tmp_path: Path):
    ours = model()
    write_model(ours, tmp_path, KEYS)
    tokens = torch.arange(11)[None]
    torch.testing.assert_close(read_model(tmp_path)(tokens), ours(tokens), rtol=0, atol=1e-6)


@torch.no_grad()
def test_a_text_read_in_parts_is_that_text():
    ours, tokens = model(), torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])
    cache = Cache(ours.config)
    parts = [ours(part, cache=cache) for part in tokens.split([3, 1, 4], dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), ours(tokens), rtol=0, atol=1e-6)


@torch.no_grad()
def test_a_token_is_told_from_the_same_after_another():
    ours = model()
    pairs = torch.cartesian_prod(torch.arange(11), torch.arange(11))
    points = ours.embedding(pairs, ours.table)[:, 1]
    assert len(torch.unique(points, dim=0)) == 121
    without = replace(ours.config, embedding=replace(ours.config.embedding, n_pairs=0))
    assert count(ours.config).by_kind["pairs"] == 121 * 8
    assert count(ours.config).total == count(without).total + 121 * 8
    assert count(ours.config).flops() == count(without).flops()  # a row is picked, nothing is multiplied


@torch.no_grad()
def test_it_begins_by_knowing_nothing():
    ours = hushed(model())
    assert ours(torch.arange(11)[None]).abs().max() == 0


def test_keys_that_are_not_known_are_refused():
    with pytest.raises(UnknownFormat, match="'n_heads_kv'"):
        config_of(Path("config.json"), {**KEYS, "n_heads_kv": 1})
    with pytest.raises(DamagedFile, match="'n_pairs'"):
        config_of(Path("config.json"), {**KEYS, "n_pairs": None})

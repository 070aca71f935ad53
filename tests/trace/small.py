"""Runs of tiny random models, whose tokens are called by their ids."""

from dataclasses import replace

import torch

from armillary.text.byte_pairs import BytePairs
from armillary.text.patterns import R50K
from armillary.text.tokenizer import Tokenizer, Vocabulary
from armillary.trace.run import Run
from armillary.trace.text import Piece, Read
from armillary.transformer.config import Config
from armillary.transformer.model import Transformer
from armillary.transformer.places import Tap
from tests.transformer.tiny import CONFIGS, model

DECODERS = ("learned positions, layer norms", "rotary, rms, gated", "sandwich, windows, caps")
IDS = [3, 1, 4, 1, 5, 9, 2, 6]


def config(name: str) -> Config:
    """One of the tiny configs, with as many tokens as there are bytes."""
    return replace(CONFIGS[name], d_vocab=256)


def run(name: str, *changes: Tap, ids: list[int] = IDS) -> Run:
    """A run of the tiny model of that name over `ids`."""
    return run_of(model(config(name)), *changes, ids=ids)


def run_of(made: Transformer, *changes: Tap, ids: list[int] = IDS) -> Run:
    """A run of a model that is there."""
    read = Read("", tuple(Piece(one, f"t{one}", 0, 0) for one in ids))
    return Run(made, read, bytes_only(), changes)


def bytes_only() -> Tokenizer:
    """A tokenizer whose tokens are the 256 bytes."""
    pieces = {one: bytes([one]) for one in range(256)}
    return BytePairs(Vocabulary(pieces), {piece: one for one, piece in pieces.items()}, R50K)


def tokens(ids: list[int] = IDS) -> torch.Tensor:
    """The same as a batch of one."""
    return torch.tensor([ids])

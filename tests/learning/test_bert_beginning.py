"""An encoder at its beginning: each head looks at one neighbour, whatever stands there."""

from pathlib import Path
from typing import Any

import pytest
import torch

from armillary.learning.bert.beginning import beginning, turning
from armillary.published.configs import config_of
from armillary.published.writing import encoder_keys


class Patterns:
    """Keeps who listens to whom."""

    def __init__(self) -> None:
        self.seen: dict[str, torch.Tensor] = {}

    def __call__(self, place: str, x: Any) -> Any:
        """Keep it."""
        self.seen[place] = x
        return x

    def wants(self, place: str) -> bool:
        """Patterns."""
        return place.endswith("pattern")


def test_each_head_looks_at_a_neighbour_of_its_own():
    keys = encoder_keys(d_vocab=200, d_model=64, n_layers=2, n_heads=2, n_ctx=24, d_mlp=64)
    model = beginning(config_of(Path("config.json"), keys), seed=1)
    patterns = Patterns()
    with torch.no_grad():
        model(torch.randint(200, (8, 24), generator=torch.Generator().manual_seed(0)), tap=patterns)
    middle = torch.arange(6, 18)
    for layer, neighbours in enumerate(((-1, 1), (-2, 2))):
        pattern = patterns.seen[f"blocks.{layer}.pattern"].mean(0)
        for head, neighbour in enumerate(neighbours):
            looked = pattern[head, middle].argmax(-1) == middle + neighbour
            assert looked.float().mean() > 0.7, (layer, head)


def test_turning_goes_on_by_a_place():
    speeds = torch.tensor([1.6, 0.3])
    angles = torch.arange(5)[:, None] * speeds
    places = torch.stack((angles.sin(), angles.cos()), -1).flatten(1)
    torch.testing.assert_close(places[:3] @ turning(2 * speeds), places[2:])


@pytest.mark.parametrize("d_model", [1, 9, 12])
def test_any_width_begins(d_model: int):
    keys = encoder_keys(d_vocab=9, d_model=d_model, n_layers=1, n_heads=1, n_ctx=4, d_mlp=4)
    model = beginning(config_of(Path("config.json"), keys), seed=1)
    assert torch.isfinite(model(torch.zeros(1, 3, dtype=torch.long))).all()

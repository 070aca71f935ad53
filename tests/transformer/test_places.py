"""Taps: places that fire are those declared, of the shapes declared, and looking on changes nothing."""

from typing import Any

import pytest
import torch

from armillary.transformer.places import PLACES, places
from tests.transformer.tiny import CONFIGS, TOKENS, model, source

SHAPES = {place.name: place.shape.split() for place in PLACES}


class Seen:
    """Records what stands at each place, and gives it back."""

    def __init__(self, *wanted: str) -> None:
        self.wanted = wanted
        self.found: dict[str, torch.Tensor] = {}

    def __call__(self, place: str, x: Any) -> Any:
        assert place not in self.found, f"{place} fires twice"
        self.found[place] = x
        return x

    def wants(self, place: str) -> bool:
        return place.endswith(self.wanted) if self.wanted else False


EVERYTHING = ("scores", "pattern", "norm_scale")


@pytest.mark.parametrize("name", CONFIGS)
@torch.no_grad()
def test_the_places_that_fire_are_those_declared_in_their_order(name: str) -> None:
    config, tap = CONFIGS[name], Seen(*EVERYTHING)
    model(config)(TOKENS, tap=tap, **source(config))
    assert list(tap.found) == list(places(config))
    assert {place.rpartition(".")[2] for place in tap.found} <= set(SHAPES)


@pytest.mark.parametrize("name", CONFIGS)
@torch.no_grad()
def test_what_stands_there_has_the_shape_declared(name: str) -> None:
    config, tap = CONFIGS[name], Seen(*EVERYTHING)
    model(config)(TOKENS, tap=tap, **source(config))
    attention = config.pattern[0].attention
    lengths = {"b": 2, "t": 9, "s": 9, "h": attention.n_heads, "g": attention.n_kv_heads, "d_head": attention.d_head,
               "d_model": config.d_model, "d_mlp": config.pattern[0].mlp.d_mlp, "d_vocab": config.d_vocab, "1": 1}
    for place, x in tap.found.items():
        if place.startswith("encoder.") or ".cross." in place or ".norm_" in place:
            continue  # other lengths: the source's, and a head's
        assert tuple(x.shape) == tuple(lengths[letter] for letter in SHAPES[place.rpartition(".")[2]]), place


@pytest.mark.parametrize("name", CONFIGS)
@torch.no_grad()
def test_an_identity_tap_changes_no_bit_and_one_that_wants_the_pattern_hardly_any(name: str) -> None:
    config = CONFIGS[name]
    made = model(config)
    plain = made(TOKENS, **source(config))
    assert torch.equal(made(TOKENS, tap=Seen(), **source(config)), plain)
    torch.testing.assert_close(made(TOKENS, tap=Seen(*EVERYTHING), **source(config)), plain, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["learned positions, layer norms", "rotary, rms, gated", "sandwich, windows, caps"])
@torch.no_grad()
def test_the_start_and_all_that_is_added_make_the_end(name: str) -> None:
    config, tap = CONFIGS[name], Seen()
    model(config)(TOKENS, tap=tap)
    added = [x for place, x in tap.found.items() if place.endswith(("attn_out", "mlp_out"))]
    assert len(added) == 2 * config.n_layers
    total = tap.found["embed"] + sum(added)
    torch.testing.assert_close(total, tap.found[f"blocks.{config.n_layers - 1}.resid_post"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", CONFIGS)
@torch.no_grad()
def test_patterns_add_up_to_one_and_see_what_they_may(name: str) -> None:
    config, tap = CONFIGS[name], Seen("pattern")
    model(config)(TOKENS, tap=tap, **source(config))
    for layer, block in enumerate(config.blocks):
        pattern = tap.found[f"blocks.{layer}.pattern"]
        torch.testing.assert_close(pattern.sum(-1), torch.ones(2, 4, 9))
        behind = torch.arange(9)[:, None] - torch.arange(9)
        window = block.attention.window or 9
        seen = (behind >= 0) & (behind < window) if block.attention.causal else behind == behind
        assert (pattern[..., seen] > 0).all()
        assert (pattern[..., ~seen] == 0).all()


@pytest.mark.parametrize("place", ["embed", "blocks.1.q", "blocks.1.pattern", "blocks.0.z", "blocks.1.mlp_post",
                                   "blocks.2.attn_out", "blocks.0.before_mlp.norm_scale", "final_norm.norm_scale",
                                   "blocks.1.scores", "blocks.0.resid_mid"])
@torch.no_grad()
def test_what_a_tap_puts_there_goes_on(place: str) -> None:
    class Other(Seen):
        def __call__(self, here: str, x: Any) -> Any:
            return x * 2 if here == place else x

    made = model(CONFIGS["learned positions, layer norms"])
    plain, changed = made(TOKENS), made(TOKENS, tap=Other(place))
    assert (plain - changed).abs().max() > 1e-3

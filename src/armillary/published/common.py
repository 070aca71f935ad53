"""What several families write the same way: layers, activations, rotary positions."""

import math
from collections.abc import Sequence

from armillary.errors import UnknownFormat
from armillary.published.keys import Keys
from armillary.transformer.config import (
    MOST_LAYERS,
    Activation,
    Banded,
    Block,
    Experts,
    Mlp,
    Rotary,
    Stretched,
    Yarn,
)

ACTIVATIONS: dict[str, Activation] = {
    "gelu": "gelu", "gelu_python": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_fast": "gelu_tanh", "relu": "relu", "silu": "silu", "swish": "silu", "tanh": "tanh",
}  # fmt: skip
FULL, SLIDING = "full_attention", "sliding_attention"


def activation(keys: Keys, name: str, default: str) -> Activation:
    """The activation that stands at `name`.

    Raises:
        DamagedFile: one that is not known.
    """
    found = keys.text(name, default)
    if found not in ACTIVATIONS:
        raise keys.wrong(name, "known")
    return ACTIVATIONS[found]


def layers(keys: Keys, name: str) -> int:
    """How many blocks there are, before anything is made for each of them.

    Raises:
        DamagedFile: not a number of blocks that a model can have.
    """
    found = keys.integer(name)
    if not 0 < found <= MOST_LAYERS:
        raise keys.wrong(name, "known")
    return found


def tiled(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The shortest pattern which, tiled, gives the blocks."""
    for length in range(1, len(blocks)):
        if all(one == blocks[place % length] for place, one in enumerate(blocks)):
            return tuple(blocks[:length])
    return tuple(blocks)


def sliding(keys: Keys, n_layers: int, pattern: Sequence[bool]) -> list[bool]:
    """Whether each layer's attention has a window, by `layer_types` or else by a pattern that is tiled.

    Raises:
        DamagedFile: not an entry for each layer, or one that is neither of the two types.
    """
    found = keys.value("layer_types")
    if found is None:
        return [pattern[layer % len(pattern)] for layer in range(n_layers)]
    if not isinstance(found, list) or len(found) != n_layers:
        raise keys.wrong("layer_types", "list")
    if not all(one in (FULL, SLIDING) for one in found):
        raise keys.wrong("layer_types", "known")
    return [one == SLIDING for one in found]


def rotary(keys: Keys, default_base: float, layer_type: str = "") -> Rotary:
    """How q and k are turned, as older files (`rope_theta`, `rope_scaling`) and newer ones (`rope_parameters`) say it.

    Args:
        keys: the config.
        default_base: the base where none is named.
        layer_type: the layers that it is for, where the newer form tells them apart.

    Raises:
        UnknownFormat: stretched to longer contexts in a way that is not known here.
    """
    base = keys.number("rope_theta", default_base)
    old, new = keys.table("rope_scaling"), keys.table("rope_parameters")
    if layer_type and (FULL in new or SLIDING in new):
        new = new.table(layer_type)
    base = new.number("rope_theta", base)
    table = new if new.values else old
    scaling = _scaling(table, keys.integer("max_position_embeddings", 2048))
    table.finish(("rope_theta",), {"partial_rotary_factor": (1, None), "type": (table.values.get("rope_type"),)})
    return Rotary(base=base, scaling=scaling)


def _scaling(table: Keys, n_ctx: int) -> Stretched | Banded | Yarn | None:
    kind = table.text("rope_type", "") or table.text("type", "default")
    if kind == "default":
        return None
    original = table.integer("original_max_position_embeddings", n_ctx)
    if kind == "linear":
        return Stretched(factor=table.number("factor"))
    if kind == "llama3":
        return Banded(factor=table.number("factor"), low=table.number("low_freq_factor"),
                      high=table.number("high_freq_factor"), original_n_ctx=original)
    if kind == "yarn":
        factor = table.number("factor")
        return Yarn(factor=factor, original_n_ctx=original, fast=table.number("beta_fast", 32.0),
                    slow=table.number("beta_slow", 1.0),
                    magnitude=table.number("attention_factor", 0.1 * math.log(max(factor, 1.0)) + 1))
    raise UnknownFormat(table.path, "stretches its rotary positions by {kind!r}, which is not known here", kind=kind)


def gated(keys: Keys, act: Activation) -> Mlp:
    """The gated MLP that most decoders have."""
    return Mlp(d_mlp=keys.integer("intermediate_size"), activation=act, gated=True, bias=keys.flag("mlp_bias", False))


def expert_mlp(keys: Keys, act: Activation, experts: Experts) -> Mlp:
    """Experts that are gated MLPs."""
    width = keys.integer("moe_intermediate_size", keys.integer("intermediate_size"))
    return Mlp(d_mlp=width, activation=act, gated=True, experts=experts)

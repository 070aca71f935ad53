"""Which models the engine can compute; the others are left to torch."""

from armillary.extras import have
from armillary.speak.fast.layouts import OF_KIND
from armillary.speak.fast.records import MATRICES
from armillary.speak.fast.source import Source
from armillary.transformer.config import Attention, Block, Config

ACTIVATIONS = {"silu": 0, "gelu_tanh": 1, "relu": 2}
"""By the numbers that kernels know them by (see `rows`)."""


def obstacle(source: Source) -> str:
    """Why a model is not for this engine, in a word or two of its config; "" if it is."""
    if not have("numba"):
        return "numba"
    return _of_config(source.config) or _of_numbers(source)


def names(config: Config) -> list[str]:
    """The matrices that it multiplies with, by our names: those of all blocks, then the unembedding."""
    gated = config.pattern[0].mlp.gated
    inside = [name for name in MATRICES if gated or name != "W_gate"]
    found = [f"blocks.{layer}.{'attention' if name[-1] in 'QKVO' else 'mlp'}.{name}"
             for layer in range(config.n_layers) for name in inside]
    tied = config.unembedding is not None and config.unembedding.tied
    return [*found, "embedding.W_E" if tied else "unembedding.W_U"]


def _of_config(config: Config) -> str:
    embedding, end, first = config.embedding, config.unembedding, config.pattern[0]
    same = [_shape(block) == _shape(first) for block in config.pattern]
    obstacles = {
        "experts": any(block.mlp.experts for block in config.pattern),
        "encoder": config.encoder is not None or config.pooler,
        "unembedding": end is None or end.bias or bool(end.transform),
        "wiring": config.wiring == "post" or not config.final_norm,
        "embedding": embedding.positions not in (None, "learned") or embedding.norm or bool(embedding.n_types),
        "norm": config.norm.one_plus or any(not _plain_norm(config, block.attention) for block in config.pattern),
        "blocks": not all(same) or any(block.cross for block in config.pattern),
        "activation": first.mlp.activation not in ACTIVATIONS,
        "causal": not all(block.attention.causal for block in config.pattern),
        "d_head": bool(first.attention.d_head % 2),
    }
    return next((name for name, there in obstacles.items() if there), "")


def _shape(block: Block) -> tuple[object, ...]:
    """What all blocks must have in common."""
    heads = block.attention
    return heads.n_heads, heads.n_kv_heads, heads.d_head, heads.norm, block.mlp


def _plain_norm(config: Config, attention: Attention) -> bool:
    norm = attention.norm
    return norm is None or (norm.kind == "rms" and not norm.one_plus and norm.epsilon == config.norm.epsilon)


def _of_numbers(source: Source) -> str:
    kinds = map(source.kind, names(source.config))
    return next((kind for kind in kinds if kind not in OF_KIND), "")

"""The decoder of the recipe `fast`: what learns quickest here, and what no other program opens.

Beside what `writing.decoder_keys` has: a table of pairs of tokens, so that the first block need not learn which token
stands before; an MLP of squared ReLU in place of a gated one (So et al. 2021, arXiv:2109.08668), W_U of its own, and
scores that are capped (Gemma Team 2024, arXiv:2408.00118).
"""

from typing import Any

from armillary.published.common import layers
from armillary.published.keys import Keys
from armillary.published.names import Names
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Rotary, Unembedding

KIND = "armillary-fast"
"""Its `model_type`."""
_SIZES = ("d_vocab", "d_model", "n_layers", "n_heads", "n_ctx", "d_mlp", "n_pairs")


def fast_keys(
    d_vocab: int, d_model: int, n_layers: int, n_heads: int, n_ctx: int, d_mlp: int
) -> dict[str, Any]:
    """The keys of such a decoder; its table of pairs has a row for each that there can be, but not more than 16,384."""
    sizes = (d_vocab, d_model, n_layers, n_heads, n_ctx, d_mlp, min(d_vocab**2, 16_384))
    return {"architectures": ["ArmillaryFast"], "model_type": KIND, **dict(zip(_SIZES, sizes, strict=True)),
            "rotary_base": 1024.0, "softcap": 15.0, "epsilon": 1e-6, "dtype": "float32"}


def config(keys: Keys) -> Config:
    """The facts, under our own names."""
    sizes = {name: keys.integer(name) for name in _SIZES if name != "n_layers"}
    d_model, n_heads = sizes["d_model"], sizes["n_heads"]
    if n_heads < 1 or d_model % n_heads:
        raise keys.wrong("n_heads", "known")
    d_head = d_model // n_heads
    norm = Norm(kind="rms", epsilon=keys.number("epsilon"))
    attention = Attention(n_heads=n_heads, n_kv_heads=n_heads, d_head=d_head, scale=d_head**-0.5, norm=norm,
                          rotary=Rotary(base=keys.number("rotary_base")))
    found = Config(
        d_vocab=sizes["d_vocab"], d_model=d_model, n_layers=layers(keys, "n_layers"), n_ctx=sizes["n_ctx"], norm=norm,
        embedding=Embedding(n_pairs=sizes["n_pairs"], norm=True),
        pattern=(Block(attention=attention, mlp=Mlp(d_mlp=sizes["d_mlp"], activation="relu_squared")),),
        unembedding=Unembedding(tied=False, softcap=keys.number("softcap")),
    )
    keys.finish()
    return found


_OURS = (
    "embedding.W_E", "embedding.W_pair", "embedding.norm.gain",
    *(f"blocks.*.before_{part}.gain" for part in ("attention", "mlp")),
    *(f"blocks.*.attention.{name}" for name in ("W_Q", "norm_Q.gain", "W_K", "norm_K.gain", "W_V", "W_O")),
    "blocks.*.mlp.W_in", "blocks.*.mlp.W_out", "final_norm.gain", "unembedding.W_U",
)
NAMES = Names({name: name for name in _OURS}, straight=True)

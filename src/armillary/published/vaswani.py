"""The encoder-decoder of "Attention is all you need" (Vaswani et al. 2017, arXiv:1706.03762), in the paper's letters.

One vocabulary for both languages; the two tables of embeddings and the matrix before the softmax are one (section 3.4).
"""

from dataclasses import replace

from armillary.published.common import layers
from armillary.published.keys import Keys
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Unembedding


def config(keys: Keys) -> Config:
    """The facts, from the letters of the paper's table 3: N, d_model, d_ff, h."""
    d_model, n_heads = keys.integer("d_model"), keys.integer("h")
    if n_heads < 1 or d_model % n_heads:
        raise keys.wrong("h", "known")
    d_head = keys.integer("d_k", d_model // n_heads)
    seeing = Attention(n_heads=n_heads, n_kv_heads=n_heads, d_head=d_head, scale=max(d_head, 1) ** -0.5)
    both_ways = replace(seeing, causal=False)
    mlp = Mlp(d_mlp=keys.integer("d_ff"), activation="relu", bias=True)
    encoder = Config(
        d_vocab=keys.integer("vocabulary"), d_model=d_model, n_layers=layers(keys, "N"),
        n_ctx=keys.integer("longest", 512), wiring="post", final_norm=False,
        norm=Norm(kind="layer", epsilon=1e-6), embedding=Embedding(positions="sinusoidal", scale=d_model**0.5),
        pattern=(Block(attention=both_ways, mlp=mlp),),
    )
    decoder = replace(
        encoder, encoder=encoder, shared_embedding=True, unembedding=Unembedding(tied=True),
        pattern=(Block(attention=seeing, cross=both_ways, mlp=mlp),),
    )
    keys.finish()
    return decoder

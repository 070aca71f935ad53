"""Tiny models with random numbers, of every wiring and kind of part."""

from dataclasses import replace

import torch

from armillary.transformer.config import (
    Attention,
    Block,
    Config,
    Embedding,
    Experts,
    Mlp,
    Norm,
    Rotary,
    Unembedding,
)
from armillary.transformer.model import Transformer
from armillary.transformer.weights import weights

LAYER, RMS = Norm(kind="layer", epsilon=1e-5), Norm(kind="rms", epsilon=1e-6)
HEADS = Attention(n_heads=4, n_kv_heads=2, d_head=6, scale=6**-0.5)
MLP = Mlp(d_mlp=20, activation="gelu", bias=True)
GATED = Mlp(d_mlp=20, activation="silu", gated=True)
BASE = Config(d_vocab=31, d_model=12, n_layers=3, n_ctx=40, norm=LAYER, embedding=Embedding(positions="learned"),
              pattern=(Block(attention=replace(HEADS, input_bias=True, output_bias=True), mlp=MLP),),
              unembedding=Unembedding(tied=True))
TURNED = replace(HEADS, rotary=Rotary(base=100.0))
SHORT = replace(TURNED, window=4, norm=RMS, softcap=5.0)
ENCODER = replace(BASE, wiring="post", final_norm=False, unembedding=None,
                  embedding=Embedding(positions="sinusoidal", scale=3.0),
                  pattern=(Block(attention=replace(HEADS, causal=False), mlp=MLP),))
CONFIGS = {
    "learned positions, layer norms": BASE,
    "rotary, rms, gated": replace(BASE, norm=RMS, embedding=Embedding(),
                                  pattern=(Block(attention=TURNED, mlp=GATED),)),
    "sandwich, windows, caps": replace(
        BASE, norm=replace(RMS, one_plus=True), wiring="sandwich", embedding=Embedding(scale=2.0),
        pattern=(Block(attention=SHORT, mlp=GATED), Block(attention=TURNED, mlp=GATED)),
        unembedding=Unembedding(tied=True, softcap=4.0)),
    "post, both ways, transform": replace(
        ENCODER, embedding=Embedding(positions="learned", n_types=2, norm=True), pooler=True,
        unembedding=Unembedding(tied=True, bias=True, transform="gelu")),
    "experts": replace(BASE, norm=RMS, embedding=Embedding(), pattern=(
        Block(attention=TURNED, mlp=replace(GATED, experts=Experts(n_experts=3, n_active=2))),)),
    "encoder and decoder": replace(
        ENCODER, encoder=ENCODER, shared_embedding=True, unembedding=Unembedding(tied=True),
        pattern=(Block(attention=HEADS, cross=replace(HEADS, causal=False), mlp=MLP),)),
}
TOKENS = torch.randint(0, 31, (2, 9), generator=torch.Generator().manual_seed(3))
SOURCE = torch.randint(0, 31, (2, 7), generator=torch.Generator().manual_seed(4))


def model(config: Config, seed: int = 0) -> Transformer:
    """A model whose every parameter is drawn at random."""
    made = Transformer(config)
    random = torch.Generator().manual_seed(seed)
    for weight in weights(config):
        if not weight.tied_to:
            made.put(weight.name, torch.randn(weight.shape, generator=random) * 0.3)
    return made


def source(config: Config) -> dict[str, torch.Tensor]:
    """What a model of this config must be given besides its tokens."""
    return {"source": SOURCE} if config.encoder else {}

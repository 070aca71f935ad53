"""A text and a model so small that a step takes a millisecond."""

import numpy as np

from armillary.train.next_token import NextToken
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Rotary, Unembedding
from armillary.transformer.initial import drawn
from armillary.transformer.model import Transformer

D_VOCAB = 11


def text(count: int = 2000, seed: int = 0) -> np.ndarray:
    """Tokens of which each but a tenth follows from the one before: t becomes 3 t + 1, of eleven."""
    random = np.random.default_rng(seed)
    ids = np.zeros(count, np.uint16)
    for place in range(1, count):
        ids[place] = random.integers(D_VOCAB) if random.random() < 0.1 else (3 * ids[place - 1] + 1) % D_VOCAB
    return ids


def small(seed: int = 1, tied: bool = True, causal: bool = True) -> Transformer:
    """Two blocks of eight numbers; all its weights learn."""
    norm = Norm(kind="rms", epsilon=1e-6)
    attention = Attention(n_heads=2, n_kv_heads=2, d_head=4, scale=0.5, rotary=Rotary(base=1e4), causal=causal)
    config = Config(
        d_vocab=D_VOCAB, d_model=8, n_layers=2, n_ctx=16, norm=norm, embedding=Embedding(),
        pattern=(Block(attention=attention, mlp=Mlp(d_mlp=16, activation="silu", gated=True)),),
        unembedding=Unembedding(tied=tied),
    )
    return drawn(config, seed).requires_grad_()


def lessons(seed: int = 1) -> NextToken:
    """Windows of eight tokens of `text`, eight in a step."""
    return NextToken(text(), context=8, batch=8, d_vocab=D_VOCAB, seed=seed)

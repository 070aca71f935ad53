"""What the kernels are told: a model, its blocks, its matrices and the room to work in, as records of addresses.

Kernels get the address of a MODEL and nothing else, so that they can be called without numba (see `compiled`). An
address of 0 says that there is none.
"""

import numpy as np

MATRICES = ("W_Q", "W_K", "W_V", "W_O", "W_gate", "W_in", "W_out")
"""The matrices of a block, in their order; after those of all blocks comes the unembedding."""
Q, K, V, O, GATE, IN, OUT = range(len(MATRICES))  # noqa: E741

MATRIX = np.dtype([
    ("tiles", "i8"),  # address of the first
    ("bias", "i8"),  # address
    ("layout", "i8"),
    ("rows", "i8"),  # tiles, that is rows / 16
    ("groups", "i8"),  # inputs / 32
    ("bytes", "i8"),  # of a tile
])

_NORMS = ("before_attention", "after_attention", "before_mlp", "after_mlp", "norm_q", "norm_k")

BLOCK = np.dtype([
    *((f"{norm}_{part}", "i8") for norm in _NORMS for part in ("gain", "bias")),
    ("turns", "i8"),  # address of a cosine and a sine for each half of a head, position after position
    ("window", "i8"),  # positions seen at most
    ("scale", "f4"),
    ("cap", "f4"),  # of attention scores; 0 for none
])

TEXT = np.dtype([
    ("position", "i8"),  # where the first token that is read stands
    ("capacity", "i8"),  # positions that there is room for
    ("keys", "i8"),  # block, key-value head, tile of 16 positions, d_head, 16
    ("values", "i8"),  # block, key-value head, tile of 16 numbers of the head, position, 16
    ("key_sizes", "i8"), ("value_sizes", "i8"),  # float32: block, key-value head, position; what int8 is multiplied by
])

STATE = np.dtype([
    ("changes", "i8"),  # how often a thread woke or fell asleep; it is awake if that is odd
    ("done", "i8"),  # rounds that it has seen
    ("apart", "i8", 6),  # so that no two threads write to the same line of the cache
])

MODEL = np.dtype([
    *((name, "i8") for name in (
        "blocks", "matrices", "n_layers", "d_model", "d_mlp", "n_heads", "n_kv_heads", "d_head",  # as in `widths`
        "size", "head_size", "heads_width",  # numbers of a point, of a head, and of all heads side by side
        "activation", "gated", "layer_norm", "normed_after",  # how, by number or 0 and 1
        "final_gain", "final_bias",
        "texts", "together",  # address; whether each row is a token of another text, or all are of one
        "number",  # bytes of a number of keys and values: 2 of float16, 1 of int8
        "capacity",  # positions that patterns have room for
        "threads", "arrivals", "claims",  # how many, and addresses of counters that they share
        "placed", "orders", "states", "asleep",  # also: of key-value heads, of rounds; STATEs; who sleeps, bit by bit
        "one", "several",  # addresses of the functions that multiply a tile with one row, and with COLUMNS
        "step_back",  # address of the system's function that lets another thread have the processor
        "n_tokens",  # how many are read
        "wanted", "scores", "scores_bytes",  # the last so many points are scored, each so many bytes apart
        "points", "normed", "qkv", "queries", "heads", "gate", "up", "change",  # float32, a row a token
        "levels", "levels_bytes", "steps", "steps_bytes",  # a row a token
        "patterns", "answers",  # float32 for each thread
    )),
    ("epsilon", "f4"), ("cap", "f4"),
])

"""Config keys of Gemma 1, 2 and 3 (text).

Decoders with rotary positions whose rows of W_E are multiplied by sqrt(d_model). Gemma 2 and 3 norm before and after
attention and MLP, and most of their layers see a window; in Gemma 3 those turn q and k by a base of their own.
"""

from dataclasses import replace

from armillary.published import llama
from armillary.published.common import FULL, SLIDING, activation, gated, layers, rotary, sliding, tiled
from armillary.published.keys import PLAIN, Keys
from armillary.transformer.config import Attention, Block, Config, Embedding, Norm, Rotary, Unembedding

_PLAIN = {**PLAIN, "use_bidirectional_attention": (False, None)}


def gemma(keys: Keys) -> Config:
    """The first: as later ones, without windows and with norms before only."""
    attention = _attention(keys, keys.integer("head_dim", 256))
    keys.value("hidden_activation")  # newer files repeat the activation under this name
    act = activation(keys, "hidden_activation" if "hidden_activation" in keys else "hidden_act", "gelu_pytorch_tanh")
    # Its config says "gelu", and the official implementation takes the approximation all the same.
    keys.value("hidden_act")
    block = Block(attention=attention, mlp=gated(keys, "gelu_tanh" if act == "gelu" else act))
    return replace(_config(keys, (block,)), wiring="pre")


def gemma2(keys: Keys) -> Config:
    """The second: every other layer sees a window, scores are capped."""
    n_layers = layers(keys, "num_hidden_layers")
    attention = _attention(keys, keys.integer("query_pre_attn_scalar", 256))
    attention = replace(attention, softcap=_softcap(keys, "attn_logit_softcapping", 50.0))
    narrow = replace(attention, window=keys.integer("sliding_window", 4096))
    slides = sliding(keys, n_layers, (True, False))
    return _sandwich(keys, [narrow if slide else attention for slide in slides], 30.0)


def gemma3(keys: Keys) -> Config:
    """The third: q and k are normed, five layers of six see a window and turn faster."""
    n_layers = layers(keys, "num_hidden_layers")
    attention = _attention(keys, keys.integer("query_pre_attn_scalar", 256), 1e6, FULL)
    attention = replace(attention, norm=_norm(keys), softcap=_softcap(keys, "attn_logit_softcapping", None))
    local = rotary(keys, 1e4, SLIDING)
    if "rope_parameters" not in keys:
        local = Rotary(base=keys.number("rope_local_base_freq", 1e4))
    narrow = replace(attention, window=keys.integer("sliding_window", 4096), rotary=local)
    period = keys.integer("_sliding_window_pattern", keys.integer("sliding_window_pattern", 6))
    if not 0 < period <= n_layers + 6:
        raise keys.wrong("sliding_window_pattern", "known")
    slides = sliding(keys, n_layers, [True] * (period - 1) + [False])
    return _sandwich(keys, [narrow if slide else attention for slide in slides], None)


def _norm(keys: Keys) -> Norm:
    return Norm(kind="rms", epsilon=keys.number("rms_norm_eps", 1e-6), one_plus=True)


def _attention(keys: Keys, divisor: int, base: float = 1e4, layer_type: str = "") -> Attention:
    bias = keys.flag("attention_bias", False)
    n_heads = keys.integer("num_attention_heads")
    return Attention(
        n_heads=n_heads, n_kv_heads=keys.integer("num_key_value_heads", n_heads), d_head=keys.integer("head_dim", 256),
        scale=max(divisor, 1) ** -0.5, rotary=rotary(keys, base, layer_type), input_bias=bias, output_bias=bias,
    )


def _softcap(keys: Keys, name: str, default: float | None) -> float | None:
    """A key may be there and null, which means no cap, or not be there, which means the default."""
    if name in keys.values and name not in keys:
        keys.value(name)
        return None
    return keys.number(name, default) if name in keys or default is not None else None


def _sandwich(keys: Keys, attentions: list[Attention], softcap: float | None) -> Config:
    keys.value("hidden_act")  # written beside hidden_activation, and not read by the official implementation
    mlp = gated(keys, activation(keys, "hidden_activation", "gelu_pytorch_tanh"))
    return _config(keys, tiled([Block(attention=one, mlp=mlp) for one in attentions]), softcap)


def _config(keys: Keys, pattern: tuple[Block, ...], softcap: float | None = None) -> Config:
    d_model = keys.integer("hidden_size")
    found = Config(
        d_vocab=keys.integer("vocab_size"), d_model=d_model, norm=_norm(keys), wiring="sandwich",
        n_layers=layers(keys, "num_hidden_layers"), n_ctx=keys.integer("max_position_embeddings", 8192),
        embedding=Embedding(scale=max(d_model, 1) ** 0.5), pattern=pattern,
        unembedding=Unembedding(tied=keys.flag("tie_word_embeddings", True),
                                softcap=_softcap(keys, "final_logit_softcapping", softcap)),
    )
    keys.finish(plain=_PLAIN)
    return found


READERS = {"gemma": gemma, "gemma2": gemma2, "gemma3_text": gemma3}

_SANDWICH = llama.names(**{
    "after_attention.gain": "post_attention_layernorm", "before_mlp.gain": "pre_feedforward_layernorm",
    "after_mlp.gain": "post_feedforward_layernorm",
})
NAMES = {"gemma": llama.names(), "gemma2": _SANDWICH, "gemma3_text": _SANDWICH}

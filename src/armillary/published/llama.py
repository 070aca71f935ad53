"""Config keys of Llama and those that write as it does: SmolLM2, Mistral, Mixtral, Qwen 2, Qwen 3 and its mixtures.

All are decoders with rotary positions, RMSNorm before attention and MLP, shared key-value heads and a gated MLP.
"""

from collections.abc import Callable
from dataclasses import replace

from armillary.published.common import activation, expert_mlp, gated, layers, rotary, sliding, tiled
from armillary.published.keys import PLAIN, Keys
from armillary.published.names import Names
from armillary.transformer.config import Attention, Block, Config, Embedding, Experts, Norm, Unembedding

_HARMLESS = (
    "pretraining_tp",  # in how many pieces a product was summed while training
    "transformers.js_config", "router_aux_loss_coef", "output_router_logits", "router_jitter_noise",  # training only
)
_PLAIN = {**PLAIN, "rope_interleaved": (False,), "is_llama_config": (True,), "use_mrope": (False,),
          "mlp_only_layers": ([],), "decoder_sparse_step": (1,)}


def llama(keys: Keys) -> Config:
    """Llama, SmolLM2: biases only where the config asks for them."""
    return _decoder(keys, _attention(keys, biases=(keys.flag("attention_bias", False),) * 2))


def mistral(keys: Keys) -> Config:
    """Mistral, and Mixtral with its experts: a window on all layers or on none."""
    window = keys.value("sliding_window") and keys.integer("sliding_window")
    attention = replace(_attention(keys, biases=(False, False), base=1e4), window=window or None)
    return _decoder(keys, attention, _experts(keys, "num_local_experts", renormalised=True))


def qwen2(keys: Keys) -> Config:
    """Qwen 2 and 2.5: biases on q, k and v; a window on the upper layers where it is switched on."""
    return _windowed(keys, _attention(keys, biases=(True, False)))


def qwen3(keys: Keys) -> Config:
    """Qwen 3: q and k of each head are normed, and no biases unless asked for."""
    attention = _attention(keys, biases=(keys.flag("attention_bias", False),) * 2, d_head=128)
    return _windowed(keys, replace(attention, norm=_norm(keys)))


def qwen3_moe(keys: Keys) -> Config:
    """Qwen 3 with experts in every layer; those in some layers only are refused as keys that are not known."""
    attention = _attention(keys, biases=(keys.flag("attention_bias", False),) * 2)
    keys.value("max_window_layers")  # read, and without effect here as in the official implementation
    if keys.flag("use_sliding_window", False):
        attention = replace(attention, window=keys.integer("sliding_window", 4096))
    keys.value("sliding_window")
    renormalised = keys.flag("norm_topk_prob", False)
    count = "num_experts" if "num_experts" in keys else "num_local_experts"  # the newer spelling
    return _decoder(keys, replace(attention, norm=_norm(keys)), _experts(keys, count, renormalised))


def _norm(keys: Keys) -> Norm:
    return Norm(kind="rms", epsilon=keys.number("rms_norm_eps", 1e-6))


def _attention(keys: Keys, biases: tuple[bool, bool], base: float = 1e4, d_head: int | None = None) -> Attention:
    n_heads = keys.integer("num_attention_heads")
    if n_heads < 1 or keys.integer("hidden_size") < 1:
        raise keys.wrong("num_attention_heads", "known")
    d_head = keys.integer("head_dim", d_head or keys.integer("hidden_size") // n_heads)
    return Attention(
        n_heads=n_heads, n_kv_heads=keys.integer("num_key_value_heads", n_heads), d_head=d_head,
        scale=max(d_head, 1) ** -0.5, rotary=rotary(keys, base), input_bias=biases[0], output_bias=biases[1],
    )


def _windowed(keys: Keys, attention: Attention) -> Config:
    """The upper layers see a window, from `max_window_layers` on or as `layer_types` says."""
    n_layers = layers(keys, "num_hidden_layers")
    window = keys.integer("sliding_window", 4096)
    first = keys.integer("max_window_layers", 28)
    on = keys.flag("use_sliding_window", False)
    slides = sliding(keys, n_layers, [on and layer >= first for layer in range(n_layers)])
    block = Block(attention=attention, mlp=gated(keys, activation(keys, "hidden_act", "silu")))
    narrow = replace(block, attention=replace(attention, window=window))
    return _config(keys, tiled([narrow if slide else block for slide in slides]))


def _experts(keys: Keys, name: str, renormalised: bool) -> Experts | None:
    if name not in keys:
        return None
    n_active = keys.integer("num_experts_per_tok")
    return Experts(n_experts=keys.integer(name), n_active=n_active, renormalised=renormalised)


def _decoder(keys: Keys, attention: Attention, experts: Experts | None = None) -> Config:
    """A decoder whose blocks are alike."""
    act = activation(keys, "hidden_act", "silu")
    mlp = expert_mlp(keys, act, experts) if experts else gated(keys, act)
    return _config(keys, (Block(attention=attention, mlp=mlp),))


def _config(keys: Keys, pattern: tuple[Block, ...]) -> Config:
    found = Config(
        d_vocab=keys.integer("vocab_size"), d_model=keys.integer("hidden_size"), norm=_norm(keys),
        n_layers=layers(keys, "num_hidden_layers"), n_ctx=keys.integer("max_position_embeddings", 2048),
        embedding=Embedding(), pattern=pattern,
        unembedding=Unembedding(tied=keys.flag("tie_word_embeddings", False)),
    )
    keys.finish(_HARMLESS, _PLAIN)
    return found


READERS: dict[str, Callable[[Keys], Config]] = {
    "llama": llama, "mistral": mistral, "mixtral": mistral, "qwen2": qwen2, "qwen3": qwen3, "qwen3_moe": qwen3_moe,
}


def names(**inner: str) -> Names:
    """Names of the families in this file; `inner` are those of a layer that differ, our name -> theirs."""
    own = {
        "before_attention.gain": "input_layernorm", "before_mlp.gain": "post_attention_layernorm",
        **{f"attention.W_{letter}": f"self_attn.{letter.lower()}_proj" for letter in "QKVO"},
        "attention.norm_Q.gain": "self_attn.q_norm", "attention.norm_K.gain": "self_attn.k_norm",
        "mlp.W_gate": "mlp.gate_proj", "mlp.W_in": "mlp.up_proj", "mlp.W_out": "mlp.down_proj", **inner,
    }
    biases = {ours.replace(".W_", ".b_"): f"{theirs}.bias" for ours, theirs in own.items() if ".W_" in ours}
    layer = {ours: f"{theirs}.weight" for ours, theirs in own.items()} | biases
    return Names(
        {
            "embedding.W_E": "embed_tokens.weight", "final_norm.gain": "norm.weight",
            "unembedding.W_U": "lm_head.weight",
            **{f"blocks.*.{ours}": f"layers.*.{theirs}" for ours, theirs in layer.items()},
        },
        prefixes=("model.",), aside=(r"\.rotary_emb\.inv_freq$",),
    )


_MOE = {"mlp.W_router": "mlp.gate", "mlp.W_gate": "mlp.experts.+.gate_proj", "mlp.W_in": "mlp.experts.+.up_proj",
        "mlp.W_out": "mlp.experts.+.down_proj"}
_MIXTRAL = {"mlp.W_router": "block_sparse_moe.gate", "mlp.W_gate": "block_sparse_moe.experts.+.w1",
            "mlp.W_in": "block_sparse_moe.experts.+.w3", "mlp.W_out": "block_sparse_moe.experts.+.w2"}
NAMES = {**dict.fromkeys(READERS, names()), "mixtral": names(**_MIXTRAL), "qwen3_moe": names(**_MOE)}

"""How llama.cpp names the tensors of a model in a GGUF file; no torch here."""

from armillary.published.names import Names

_LAYER = {
    "before_attention": "attn_norm", "before_mlp": "ffn_norm",
    "attention.norm_Q": "attn_q_norm", "attention.norm_K": "attn_k_norm",
}
_MATRICES = {
    "attention.W_Q": "attn_q", "attention.W_K": "attn_k", "attention.W_V": "attn_v", "attention.W_O": "attn_output",
    "mlp.W_gate": "ffn_gate", "mlp.W_in": "ffn_up", "mlp.W_out": "ffn_down",
}
_EXPERTS = {
    "mlp.W_router": "ffn_gate_inp", "mlp.W_gate": "ffn_gate_exps", "mlp.W_in": "ffn_up_exps",
    "mlp.W_out": "ffn_down_exps",
}
"""One tensor for all experts of a block."""
_AFTER = {
    "gemma2": {"after_attention": "post_attention_norm", "after_mlp": "post_ffw_norm"},
    "gemma3": {"after_attention": "post_attention_norm", "after_mlp": "post_ffw_norm"},
    "bert": {"after_attention": "attn_output_norm", "after_mlp": "layer_output_norm"},
}


def names_of(kind: str, experts: bool) -> Names:
    """How the tensors of an architecture are called."""
    matrices = _MATRICES | _EXPERTS if experts else _MATRICES
    norms = {**_LAYER, **_AFTER.get(kind, {})}
    layer = {f"{ours}.{part}": f"{theirs}.{end}" for ours, theirs in norms.items()
             for part, end in (("gain", "weight"), ("bias", "bias"))}
    layer |= {ours: f"{theirs}.weight" for ours, theirs in matrices.items()}
    layer |= {ours.replace(".W_", ".b_"): f"{theirs}.bias" for ours, theirs in matrices.items()}
    if kind == "gpt2":
        for letter in "QKV":
            layer |= {f"attention.W_{letter}": "attn_qkv.weight", f"attention.b_{letter}": "attn_qkv.bias"}
    return Names(
        {
            "embedding.W_E": "token_embd.weight", "embedding.W_pos": "position_embd.weight",
            "embedding.W_type": "token_types.weight",
            "embedding.norm.gain": "token_embd_norm.weight", "embedding.norm.bias": "token_embd_norm.bias",
            "final_norm.gain": "output_norm.weight", "final_norm.bias": "output_norm.bias",
            "unembedding.W_U": "output.weight",
            **{f"blocks.*.{ours}": f"blk.*.{theirs}" for ours, theirs in layer.items()},
        },
        thirds=("attn_qkv",), aside=(r"^rope_freqs\.weight$",),
    )

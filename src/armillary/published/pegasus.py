"""PEGASUS's config keys and tensors (Zhang et al. 2020, arXiv:1912.08777): an encoder, a decoder that listens.

The encoder-decoder of 2017 with the norms before the parts, as later models have them, and sines before cosines.
"""

from dataclasses import replace

from armillary.published.common import activation, layers
from armillary.published.keys import PLAIN, Keys
from armillary.published.names import Names
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Unembedding

_EPSILON = 1e-5  # nn.LayerNorm's own, which no key changes
_PLAIN = {**PLAIN, "is_encoder_decoder": (True,), "tie_word_embeddings": (True,), "static_position_embeddings": (True,),
          "add_final_layer_norm": (True,), "normalize_before": (True,), "normalize_embedding": (False,),
          "add_bias_logits": (False,), "extra_pos_embeddings": (0, 1), "force_bos_token_to_be_generated": (False,)}


def config(keys: Keys) -> Config:
    """The facts: one W_E for both sides and for the scores."""
    d_model = keys.integer("d_model")
    encoder = _side(keys, "encoder", d_model)
    decoder = _side(keys, "decoder", d_model)
    heard = replace(decoder.pattern[0].attention, causal=False)
    hearing = replace(decoder.pattern[0], attention=replace(heard, causal=True), cross=heard)
    found = replace(decoder, encoder=encoder, shared_embedding=True, unembedding=Unembedding(tied=True),
                    pattern=(hearing,))
    keys.finish(("num_hidden_layers", "classifier_dropout"), _PLAIN)
    return found


def _side(keys: Keys, side: str, d_model: int) -> Config:
    """The facts that both sides have, of one of them."""
    n_heads = keys.integer(f"{side}_attention_heads")
    if n_heads < 1 or d_model % n_heads:
        raise keys.wrong(f"{side}_attention_heads", "known")
    d_head = d_model // n_heads
    attention = Attention(n_heads=n_heads, n_kv_heads=n_heads, d_head=d_head, scale=max(d_head, 1) ** -0.5,
                          causal=False, input_bias=True, output_bias=True)
    mlp = Mlp(d_mlp=keys.integer(f"{side}_ffn_dim"), activation=activation(keys, "activation_function", "gelu"),
              bias=True)
    return Config(
        d_vocab=keys.integer("vocab_size"), d_model=d_model, n_layers=layers(keys, f"{side}_layers"),
        n_ctx=keys.integer("max_position_embeddings", 1024), norm=Norm(kind="layer", epsilon=_EPSILON),
        embedding=Embedding(positions="halved", scale=d_model**0.5 if keys.flag("scale_embedding", False) else 1.0),
        pattern=(Block(attention=attention, mlp=mlp),),
    )


def _side_names(side: str, prefix: str) -> dict[str, str]:
    """What one side's tensors are called."""
    layer = f"{side}.layers.*"
    parts = {"attention": ("self_attn", "self_attn_layer_norm"), "cross": ("encoder_attn", "encoder_attn_layer_norm")}
    found = {f"{prefix}final_norm.{ours}": f"{side}.layer_norm.{theirs}"
             for ours, theirs in (("gain", "weight"), ("bias", "bias"))}
    for ours, (theirs, norm) in parts.items():
        for letter, name in (("Q", "q_proj"), ("K", "k_proj"), ("V", "v_proj"), ("O", "out_proj")):
            found[f"{prefix}blocks.*.{ours}.W_{letter}"] = f"{layer}.{theirs}.{name}.weight"
            found[f"{prefix}blocks.*.{ours}.b_{letter}"] = f"{layer}.{theirs}.{name}.bias"
        found[f"{prefix}blocks.*.before_{ours}.gain"] = f"{layer}.{norm}.weight"
        found[f"{prefix}blocks.*.before_{ours}.bias"] = f"{layer}.{norm}.bias"
    for name, linear in (("in", "fc1"), ("out", "fc2")):
        found[f"{prefix}blocks.*.mlp.W_{name}"] = f"{layer}.{linear}.weight"
        found[f"{prefix}blocks.*.mlp.b_{name}"] = f"{layer}.{linear}.bias"
    found[f"{prefix}blocks.*.before_mlp.gain"] = f"{layer}.final_layer_norm.weight"
    found[f"{prefix}blocks.*.before_mlp.bias"] = f"{layer}.final_layer_norm.bias"
    return found


NAMES = Names(
    {
        "encoder.embedding.W_E": "shared.weight", "embedding.W_E": "decoder.embed_tokens.weight",
        "unembedding.W_U": "lm_head.weight", **_side_names("encoder", "encoder."), **_side_names("decoder", ""),
    },
    prefixes=("model.",),
)

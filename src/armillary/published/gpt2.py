"""GPT-2's config keys (Radford et al. 2019); GPT-3 is written in them too (Brown et al. 2020, arXiv:2005.14165)."""

from armillary.published.common import activation, layers
from armillary.published.keys import PLAIN, Keys
from armillary.published.names import Names
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Unembedding

_HARMLESS = (
    "n_ctx",  # n_positions is what counts; old files repeat it
    "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels", "summary_first_dropout",
    "reorder_and_upcast_attn",  # only how half precision is kept from overflowing
)  # fmt: skip
# These divide the scores of layer i by i + 1, or leave the division by sqrt(d_head) out: no published model does.
_PLAIN = {**PLAIN, "scale_attn_by_inverse_layer_idx": (False, None), "scale_attn_weights": (True, None)}


def config(keys: Keys) -> Config:
    """The facts of a decoder with learned positions, LayerNorm and biases everywhere."""
    d_model, n_heads = keys.integer("n_embd"), keys.integer("n_head")
    if n_heads < 1 or d_model % n_heads:
        raise keys.wrong("n_head", "known")
    d_head = d_model // n_heads
    attention = Attention(
        n_heads=n_heads, n_kv_heads=n_heads, d_head=d_head, scale=d_head**-0.5, input_bias=True, output_bias=True
    )
    mlp = Mlp(d_mlp=keys.integer("n_inner", 4 * d_model), bias=True,
              activation=activation(keys, "activation_function", "gelu_new"))
    found = Config(
        d_vocab=keys.integer("vocab_size"), d_model=d_model, n_layers=layers(keys, "n_layer"),
        n_ctx=keys.integer("n_positions", 1024), embedding=Embedding(positions="learned"),
        norm=Norm(kind="layer", epsilon=keys.number("layer_norm_epsilon", 1e-5)),
        pattern=(Block(attention=attention, mlp=mlp),),
        unembedding=Unembedding(tied=keys.flag("tie_word_embeddings", True)),
    )
    keys.finish(_HARMLESS, _PLAIN)
    return found


NAMES = Names(
    {
        "embedding.W_E": "wte.weight", "embedding.W_pos": "wpe.weight",
        "blocks.*.before_attention.gain": "h.*.ln_1.weight", "blocks.*.before_attention.bias": "h.*.ln_1.bias",
        "blocks.*.before_mlp.gain": "h.*.ln_2.weight", "blocks.*.before_mlp.bias": "h.*.ln_2.bias",
        **{f"blocks.*.attention.W_{letter}": "h.*.attn.c_attn.weight" for letter in "QKV"},
        **{f"blocks.*.attention.b_{letter}": "h.*.attn.c_attn.bias" for letter in "QKV"},
        "blocks.*.attention.W_O": "h.*.attn.c_proj.weight", "blocks.*.attention.b_O": "h.*.attn.c_proj.bias",
        "blocks.*.mlp.W_in": "h.*.mlp.c_fc.weight", "blocks.*.mlp.b_in": "h.*.mlp.c_fc.bias",
        "blocks.*.mlp.W_out": "h.*.mlp.c_proj.weight", "blocks.*.mlp.b_out": "h.*.mlp.c_proj.bias",
        "final_norm.gain": "ln_f.weight", "final_norm.bias": "ln_f.bias", "unembedding.W_U": "lm_head.weight",
    },
    prefixes=("transformer.",), straight=True, thirds=("attn.c_attn",),
    aside=(r"^h\.\d+\.attn\.(masked_)?bias$",),  # the mask, written down
)

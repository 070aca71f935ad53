"""BERT's config keys (Devlin et al. 2018, arXiv:1810.04805): an encoder that looks both ways.

What stands on the last block is not in the keys but in the name of the architecture.
"""

from armillary.published.common import activation, layers
from armillary.published.keys import PLAIN, Keys
from armillary.published.names import Names
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Unembedding

_HARMLESS = (
    "directionality", "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers",
    "pooler_size_per_head", "pooler_type",  # of the first implementation; read by none
)  # fmt: skip
_PLAIN = {**PLAIN, "position_embedding_type": ("absolute",), "embedding_size": (None,)}
_MASKED = ("BertForMaskedLM", "BertForPreTraining", "BertLMHeadModel")
_POOLED = ("BertModel", "BertForPreTraining")


def config(keys: Keys) -> Config:
    """The facts of an encoder with learned positions, segments, and norms after each sum."""
    d_model, n_heads = keys.integer("hidden_size"), keys.integer("num_attention_heads")
    if n_heads < 1 or d_model % n_heads:
        raise keys.wrong("num_attention_heads", "known")
    d_head = d_model // n_heads
    act = activation(keys, "hidden_act", "gelu")
    attention = Attention(
        n_heads=n_heads, n_kv_heads=n_heads, d_head=d_head, scale=max(d_head, 1) ** -0.5, causal=False,
        input_bias=True, output_bias=True,
    )
    kind = architecture(keys)
    tied = keys.flag("tie_word_embeddings", True)
    found = Config(
        d_vocab=keys.integer("vocab_size"), d_model=d_model, n_layers=layers(keys, "num_hidden_layers"),
        n_ctx=keys.integer("max_position_embeddings", 512), wiring="post", final_norm=False,
        norm=Norm(kind="layer", epsilon=keys.number("layer_norm_eps", 1e-12)),
        embedding=Embedding(positions="learned", n_types=keys.integer("type_vocab_size", 2), norm=True),
        pattern=(Block(attention=attention,
                       mlp=Mlp(d_mlp=keys.integer("intermediate_size"), activation=act, bias=True)),),
        unembedding=Unembedding(tied=tied, bias=True, transform=act) if kind in _MASKED else None,
        pooler=kind in _POOLED,
    )
    keys.finish(_HARMLESS, _PLAIN)
    return found


def architecture(keys: Keys) -> str:
    """What stands on the last block; a model without a head where the config does not say.

    Raises:
        DamagedFile: a head that is not known.
    """
    found = keys.value("architectures", ["BertModel"])
    if not isinstance(found, list) or len(found) != 1 or found[0] not in {*_MASKED, *_POOLED}:
        raise keys.wrong("architectures", "known")
    return str(found[0])


_LAYER = "encoder.layer.*"
NAMES = Names(
    {
        "embedding.W_E": "embeddings.word_embeddings.weight",
        "embedding.W_pos": "embeddings.position_embeddings.weight",
        "embedding.W_type": "embeddings.token_type_embeddings.weight",
        "embedding.norm.gain": "embeddings.LayerNorm.weight", "embedding.norm.bias": "embeddings.LayerNorm.bias",
        **{f"blocks.*.attention.{ours}": f"{_LAYER}.attention.{theirs}" for ours, theirs in {
            "W_Q": "self.query.weight", "W_K": "self.key.weight", "W_V": "self.value.weight",
            "W_O": "output.dense.weight", "b_Q": "self.query.bias", "b_K": "self.key.bias", "b_V": "self.value.bias",
            "b_O": "output.dense.bias",
        }.items()},
        "blocks.*.after_attention.gain": f"{_LAYER}.attention.output.LayerNorm.weight",
        "blocks.*.after_attention.bias": f"{_LAYER}.attention.output.LayerNorm.bias",
        "blocks.*.mlp.W_in": f"{_LAYER}.intermediate.dense.weight",
        "blocks.*.mlp.b_in": f"{_LAYER}.intermediate.dense.bias",
        "blocks.*.mlp.W_out": f"{_LAYER}.output.dense.weight", "blocks.*.mlp.b_out": f"{_LAYER}.output.dense.bias",
        "blocks.*.after_mlp.gain": f"{_LAYER}.output.LayerNorm.weight",
        "blocks.*.after_mlp.bias": f"{_LAYER}.output.LayerNorm.bias",
        "pooler.W": "pooler.dense.weight", "pooler.b": "pooler.dense.bias",
        "unembedding.W_transform": "cls.predictions.transform.dense.weight",
        "unembedding.b_transform": "cls.predictions.transform.dense.bias",
        "unembedding.norm.gain": "cls.predictions.transform.LayerNorm.weight",
        "unembedding.norm.bias": "cls.predictions.transform.LayerNorm.bias",
        "unembedding.W_U": "cls.predictions.decoder.weight", "unembedding.b_U": "cls.predictions.bias",
    },
    prefixes=("bert.",), older={"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"},
    # positions counted out; and the head that guesses whether one sentence follows another, which no other model has
    aside=(r"^embeddings\.position_ids$", r"^cls\.seq_relationship\."),
)

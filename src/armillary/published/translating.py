"""The keys of an encoder-decoder that is learned here, of a kind that other programs open."""

from typing import Any


def translator_keys(
    d_vocab: int, d_model: int, n_layers: int, n_heads: int, n_ctx: int, marks: tuple[int, int]
) -> dict[str, Any]:
    """The keys of a config.json: PEGASUS's (Zhang et al. 2020, arXiv:1912.08777), twice as many blocks as `n_layers`.

    Args:
        d_vocab: tokens of both sides.
        d_model: numbers in a point; four times as many in an MLP.
        n_layers: blocks of the encoder, and as many of the decoder.
        n_heads: in each block.
        n_ctx: tokens of a source or a target.
        marks: the tokens that stand before each target and after it.
    """
    sides = {f"{side}_{name}": value for side in ("encoder", "decoder") for name, value in (
        ("layers", n_layers), ("attention_heads", n_heads), ("ffn_dim", 4 * d_model))}
    begin, end = marks
    return {
        "architectures": ["PegasusForConditionalGeneration"], "model_type": "pegasus", "vocab_size": d_vocab,
        "d_model": d_model, **sides, "activation_function": "gelu", "max_position_embeddings": n_ctx,
        "scale_embedding": True, "is_encoder_decoder": True, "tie_word_embeddings": True, "dropout": 0.0,
        "attention_dropout": 0.0, "activation_dropout": 0.0, "init_std": 0.02, "pad_token_id": begin,
        "decoder_start_token_id": begin, "bos_token_id": None, "eos_token_id": end, "forced_eos_token_id": end,
        "dtype": "float32",
    }

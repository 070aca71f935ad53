"""A model that speaks, so small that it opens in no time: random numbers, and a tokenizer of 330 tokens."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors.numpy import save_file

from armillary.published.configs import config_of
from armillary.published.writing import encoder_keys, write_model
from armillary.text.learn_pairs import learn_pairs
from armillary.text.learn_word_pieces import learn_word_pieces
from armillary.transformer.initial import drawn

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEXT = """Once upon a time there was a little boat that wanted to see the sea. Every day the boat asked the wind to take
it there, and every day the wind said: not yet. 从前有一只小船，它想看看大海。小船每天问风，风每天说：还不到时候。
user assistant system user assistant system\n""" * 4
TINY: dict[str, Any] = {
    "model_type": "llama", "vocab_size": 330, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "intermediate_size": 48, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": False, "eos_token_id": 327,
}
CHATML = ("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' "
          "+ '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")


def numbers(seed: int = 0, scale: float = 0.3, width: int = 32) -> dict[str, np.ndarray]:
    """The tensors of a tiny model by the names of a safetensors file, drawn at random."""
    random = np.random.default_rng(seed)
    d_vocab, d_mlp, d_kv = TINY["vocab_size"], TINY["intermediate_size"], width // 2
    shapes = {"model.embed_tokens.weight": (d_vocab, width), "model.norm.weight": (width,),
              "lm_head.weight": (d_vocab, width)}
    for layer in range(TINY["num_hidden_layers"]):
        inside = {
            "input_layernorm": (width,), "post_attention_layernorm": (width,), "self_attn.q_proj": (width, width),
            "self_attn.k_proj": (d_kv, width), "self_attn.v_proj": (d_kv, width), "self_attn.o_proj": (width, width),
            "mlp.gate_proj": (d_mlp, width), "mlp.up_proj": (d_mlp, width), "mlp.down_proj": (width, d_mlp),
        }
        shapes |= {f"model.layers.{layer}.{name}.weight": shape for name, shape in inside.items()}
    return {name: (random.standard_normal(shape) * scale + (len(shape) == 1)).astype(np.float32)
            for name, shape in shapes.items()}


def tokenizer_json(special: Sequence[str] = SPECIAL) -> dict[str, Any]:
    """The tokenizer, the same at every call: 327 pieces and three special tokens."""
    found = learn_pairs([TEXT], TINY["vocab_size"], special)
    assert len(found["model"]["vocab"]) + len(special) == TINY["vocab_size"]
    return found


def speaking_folder(folder: Path, seed: int = 0, template: str = CHATML, **more: Any) -> Path:
    """The model as a safetensors folder; `more` are keys of its config."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(TINY | more))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer_json()))
    told = {"chat_template": template} if template else {}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    save_file(numbers(seed), folder / "model.safetensors")
    return folder


def speaking_gguf(path: Path, seed: int = 0, template: str = CHATML) -> Path:
    """The same model as a GGUF file."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(TINY["num_hidden_layers"])
    writer.add_context_length(TINY["max_position_embeddings"])
    writer.add_embedding_length(TINY["hidden_size"])
    writer.add_feed_forward_length(TINY["intermediate_size"])
    writer.add_head_count(TINY["num_attention_heads"])
    writer.add_head_count_kv(TINY["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(TINY["rms_norm_eps"])
    writer.add_rope_freq_base(TINY["rope_theta"])
    _add_tokenizer(writer)
    if template:
        writer.add_chat_template(template)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, TINY["num_hidden_layers"])
    for name, tensor in numbers(seed).items():
        writer.add_tensor(str(names.get_name(name, (".weight", ".bias"))), _rows_as_stored(name, tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer: gguf.GGUFWriter) -> None:
    told = tokenizer_json()
    vocabulary = told["model"]["vocab"] | {one["content"]: one["id"] for one in told["added_tokens"]}
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if one in SPECIAL else 1 for one in tokens])
    writer.add_token_merges([" ".join(pair) for pair in told["model"]["merges"]])
    writer.add_bool("tokenizer.ggml.add_bos_token", False)
    writer.add_eos_token_id(TINY["eos_token_id"])


def _rows_as_stored(name: str, tensor: np.ndarray) -> np.ndarray:
    """Rows of queries and keys in pairs of neighbours, as the converter of llama.cpp leaves them."""
    if not name.endswith(("q_proj.weight", "k_proj.weight")):
        return tensor
    heads = TINY["num_attention_heads"] if "q_proj" in name else TINY["num_key_value_heads"]
    return np.ascontiguousarray(tensor.reshape(heads, 2, -1, tensor.shape[1]).swapaxes(1, 2).reshape(tensor.shape))


def masked_folder(folder: Path, text: str = TEXT) -> Path:
    """A model that fills blanks, of random numbers, with a token for each Chinese character of `text`."""
    found = learn_word_pieces([text])
    keys = encoder_keys(len(found["model"]["vocab"]), d_model=16, n_layers=1, n_heads=2, n_ctx=32, d_mlp=32)
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_text(json.dumps(found))
    write_model(drawn(config_of(folder / "config.json", keys), rows=1.0, matrices=0.5), folder, keys)
    return folder

"""A real model of 260,032 parameters that tells stories (karpathy/tinyllamas), from llama2.c's file into a GGUF file.

The numbers stay as they are: llama2.c turns neighbours, as GGUF files of this architecture do.
"""

import struct
from pathlib import Path

import gguf
import numpy as np


def stories(data: Path, path: Path) -> Path:
    """The model in `data`/models/stories260K, written to `path`."""
    content = (data / "models/stories260K/stories260K.bin").read_bytes()
    d_model, d_mlp, n_layers, n_heads, n_kv, d_vocab, n_ctx = struct.unpack_from("<7i", content)
    numbers = np.frombuffer(content, "<f4", offset=28)
    d_kv = d_model // n_heads * n_kv
    shapes = {
        "token_embd": (d_vocab, d_model), "attn_norm": (n_layers, d_model), "attn_q": (n_layers, d_model, d_model),
        "attn_k": (n_layers, d_kv, d_model), "attn_v": (n_layers, d_kv, d_model),
        "attn_output": (n_layers, d_model, d_model), "ffn_norm": (n_layers, d_model),
        "ffn_gate": (n_layers, d_mlp, d_model), "ffn_down": (n_layers, d_model, d_mlp),
        "ffn_up": (n_layers, d_mlp, d_model), "output_norm": (d_model,),
    }
    writer = gguf.GGUFWriter(path, "llama")
    start = 0
    for name, shape in shapes.items():
        part = numbers[start : start + np.prod(shape)].reshape(shape)
        start += part.size
        layers = [(f"blk.{layer}.{name}.weight", one) for layer, one in enumerate(part)] if len(shape) > 2 or (
            shape == (n_layers, d_model)) else [(f"{name}.weight", part)]
        for full, one in layers:
            writer.add_tensor(full, np.ascontiguousarray(one))
    writer.add_block_count(n_layers)
    writer.add_context_length(n_ctx)
    writer.add_embedding_length(d_model)
    writer.add_feed_forward_length(d_mlp)
    writer.add_head_count(n_heads)
    writer.add_head_count_kv(n_kv)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    _add_tokens(writer, (data / "models/stories260K/tok512.bin").read_bytes(), d_vocab)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokens(writer: gguf.GGUFWriter, content: bytes, d_vocab: int) -> None:
    tokens, scores, place = [], [], 4
    for _ in range(d_vocab):
        score, length = struct.unpack_from("<fi", content, place)
        text = content[place + 8 : place + 8 + length].decode()
        tokens.append(text.replace(" ", "▁"))
        scores.append(score)
        place += 8 + length
    tokens[:3] = ["<unk>", "<s>", "</s>"]
    types = [2, 3, 3] + [6 if len(one) == 6 and one.startswith("<0x") else 1 for one in tokens[3:]]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)

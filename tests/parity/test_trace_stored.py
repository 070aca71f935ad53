"""What others stored: every activation of a trained tiny GPT-2, and the scores and patterns of the real one."""

import base64
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from armillary.published.folder import read_model
from armillary.trace.taps import Record
from armillary.transformer.attention import pattern_of, seen_by
from armillary.transformer.config import Attention
from armillary.transformer.model import Transformer
from armillary.transformer.places import places

CPU = torch.device("cpu")
CONFIG = {
    "model_type": "gpt2", "vocab_size": 3, "n_embd": 48, "n_layer": 3, "n_head": 3, "n_positions": 11,
    "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "tie_word_embeddings": False,
}
PLACES = {
    "x": "embed", "q": "blocks.0.q", "k": "blocks.0.k", "v": "blocks.0.v", "attSm": "blocks.0.pattern",
    "yProj": "blocks.0.attn_out", "attnResid": "blocks.0.resid_mid", "fc": "blocks.0.mlp_pre",
    "gelu": "blocks.0.mlp_post", "mlp": "blocks.0.mlp_out", "mlpResid": "blocks.0.resid_post",
    "block0": "blocks.0.resid_post", "block1": "blocks.1.resid_post", "block2": "blocks.2.resid_post",
    "lm_head": "logits",
}


def stored(path: Path) -> dict[str, torch.Tensor]:
    """The arrays of one of its two files."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    del found["config"]
    return {name: torch.frombuffer(bytearray(base64.b64decode(one["data"])), dtype=torch.float32).view(one["shape"])
            for name, one in found.items()}


def nano(theirs: dict[str, torch.Tensor], folder: Path) -> Transformer:
    """The trained model, written as GPT-2 is published: no masks, matrices of the blocks the other way round."""
    kept = {name: tensor.T.contiguous() if ".h." in name and tensor.dim() == 2 else tensor
            for name, tensor in theirs.items() if tensor.dim() < 4}
    save_file(kept, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    return read_model(folder)


@torch.inference_mode()
def test_every_activation_of_a_trained_tiny_gpt2(data: Path, tmp_path: Path) -> None:
    folder = data / "models" / "gpt-nano-sort"
    theirs = stored(folder / "gpt-nano-sort-t0-partials.json")
    model = nano(stored(folder / "gpt-nano-sort-model.json"), tmp_path)
    record = Record(list(places(model.config)))
    model(theirs["idx"].long(), tap=record)
    kept = record.kept
    ours = {name: kept[place] for name, place in PLACES.items()}
    ours["tok_emb"] = model.table[theirs["idx"].long()]
    ours["pos_emb"] = model.embedding.W_pos[None]
    ours["qkv"] = torch.cat([kept[f"blocks.0.{name}"].transpose(1, 2).flatten(2) for name in "qkv"], -1)
    ours["y"] = kept["blocks.0.z"].transpose(1, 2).flatten(2)
    unseen = ~seen_by(model.config.pattern[0].attention, 11, 11, CPU)
    ours["att"] = kept["blocks.0.scores"].masked_fill(unseen, -torch.inf)
    ours["ln1"] = model.blocks[0].before_attention(kept["embed"])
    ours["ln2"] = model.blocks[0].before_mlp(kept["blocks.0.resid_mid"])
    ours["ln_f"] = model.final_norm(kept["blocks.2.resid_post"])
    ours["probs"] = kept["logits"].softmax(-1)
    assert set(ours) == set(theirs) - {"idx"}
    for name, expected in theirs.items():
        if name != "idx":
            torch.testing.assert_close(ours[name], expected, rtol=0, atol=1e-5, msg=lambda told, name=name: name + told)
    assert kept["logits"].argmax(-1)[:, 5:].tolist() == [sorted(row[:6].long().tolist()) for row in theirs["idx"]]


@pytest.mark.parametrize("number", range(5))
def test_real_gpt2s_scores_make_its_patterns(data: Path, number: int) -> None:
    path = data / "models" / "gpt2-small-outputs" / f"ex{number}.json.xz"
    with lzma.open(path, "rt", encoding="utf-8") as file:
        found = json.load(file)
    facts = Attention(n_heads=12, n_kv_heads=12, d_head=64, scale=1 / 8)
    scores = torch.tensor(found["attention_scores_scaled"])  # a block is a text here: (12, 12, t, t)
    count = scores.shape[-1]
    seen = seen_by(facts, count, count, CPU)
    pattern = pattern_of(scores, seen)
    torch.testing.assert_close(pattern, torch.tensor(found["attention"]), rtol=0, atol=1e-6)
    # and a zero after the softmax is not a minus infinity before it
    zeroed = pattern_of(scores, None).masked_fill(~seen, 0)
    assert (zeroed.sum(-1) < 0.99).float().mean() > 0.5
    torch.testing.assert_close(pattern.sum(-1), torch.ones(12, 12, count))

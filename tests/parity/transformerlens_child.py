"""TransformerLens 4, with a GPT-2 of numbers that a formula gives: its cache, as JSON.

python transformerlens_child.py OUT    in an environment with transformer_lens; golden/transformerlens.json is made so
"""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import torch

FACTS = {"n_layers": 2, "d_model": 8, "n_ctx": 12, "d_head": 4, "n_heads": 2, "d_mlp": 20, "d_vocab": 17}
IDS = [3, 1, 4, 1, 15, 9, 2, 6]
BLOCK = {
    "hook_resid_pre": "resid_pre", "ln1.hook_scale": "before_attention.norm_scale", "attn.hook_q": "q",
    "attn.hook_k": "k", "attn.hook_v": "v", "attn.hook_pattern": "pattern", "attn.hook_z": "z",
    "hook_attn_out": "attn_out", "hook_resid_mid": "resid_mid",
    "ln2.hook_scale": "before_mlp.norm_scale", "mlp.hook_pre": "mlp_pre", "mlp.hook_post": "mlp_post",
    "hook_mlp_out": "mlp_out", "hook_resid_post": "resid_post",
}
ENDS = {"ln_final.hook_scale": "final_norm.norm_scale", "hook_unembed": "logits"}
PLACES = {f"blocks.{block}.{theirs}": f"blocks.{block}.{ours}"
          for block in range(FACTS["n_layers"]) for theirs, ours in BLOCK.items()} | ENDS
"""What their cache and our places call the same. Their `attn.hook_attn_scores` holds the pattern once more (4.3.0)."""


def numbers(name, shape):
    """A tensor of the model: sines, whose pace follows from the tensor's name."""
    pace = 1 + sum(map(ord, name)) % 89 / 10
    count = torch.arange(1, torch.Size(shape).numel() + 1, dtype=torch.float64)
    return torch.sin(pace * count).mul(0.6).float().view(shape)


def cached():
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformer_lens.model_bridge import TransformerBridge

    torch.set_grad_enabled(False)
    model = TransformerBridge.boot_native(FACTS | {"act_fn": "gelu_new", "normalization_type": "LN"})
    for name, tensor in model.state_dict().items():
        tensor.copy_(numbers(name, tensor.shape))
    _, cache = model.run_with_cache(torch.tensor([IDS]))
    kept = {name: [round(one, 6) for one in cache[name].flatten().tolist()] for name in PLACES}
    return {"transformer_lens": version("transformer_lens"), "cache": kept}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(cached(), separators=(",", ":")) + "\n", encoding="utf-8")

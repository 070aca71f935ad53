"""GPT-2 with 124 million parameters learns in bfloat16: tokens a second, and how much of the device that uses."""

import time
from typing import Any

import numpy as np
import torch
from measure import run

from armillary.count import count
from armillary.published.configs import named
from armillary.train.fit import fit
from armillary.train.next_token import NextToken
from armillary.train.plan import Plan
from armillary.transformer.initial import drawn

PEAKS = {"NVIDIA H200": 989e12, "NVIDIA H100 80GB HBM3": 989e12, "NVIDIA A100-SXM4-80GB": 312e12,
         "NVIDIA A100-SXM4-40GB": 312e12, "NVIDIA A100 80GB PCIe": 312e12}
"""Operations in bfloat16 a second, without sparsity, as the data sheets of these cards tell them."""


def learning(steps: int, windows: int, context: int, device: str = "cuda") -> dict[str, Any]:
    """So many steps of so many windows, after three that are not counted; what is learned does not matter."""
    if device == "cuda" and not torch.cuda.is_available():
        return {"wall": [], "cpu": [], "peak": [], "answer": None, "version": "no GPU that torch reaches"}
    config = named("gpt2").config
    model = drawn(config, 1).to(device).requires_grad_()
    ids = np.random.default_rng(1).integers(config.d_vocab, size=windows * context * 4)
    plan = Plan(steps=steps + 3, precision="bfloat16")
    walls = [step.seconds for step in fit(model, NextToken(ids, context, windows, config.d_vocab), plan)][3:]
    pace = windows * context * steps / sum(walls)
    worked = 3 * pace * sum(count(config).flops(place) for place in range(1, context + 1)) / context
    name = torch.cuda.get_device_name() if device == "cuda" else device
    peak = PEAKS.get(name)
    answer = {"tokens_per_second": pace, "operations_per_second": worked, "utilisation": peak and worked / peak,
              "product_per_second": _product(device, 8192 if device == "cuda" else 512)}
    return {"wall": walls, "cpu": [], "peak": [], "answer": answer, "version": name}


def _product(device: str, size: int) -> float:
    """Operations a second of one large product in bfloat16: what the device really does at best."""
    x = torch.ones(size, size, device=device, dtype=torch.bfloat16)
    times = []
    for _ in range(10):
        began = time.perf_counter()
        (x @ x)[0, 0].item()
        times.append(time.perf_counter() - began)
    return 2 * size**3 / min(times)


if __name__ == "__main__":
    run(learning)

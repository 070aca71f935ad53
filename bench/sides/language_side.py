"""A GGUF model that predicts: Armillary and transformers, each as its users run it, each in a process of its own."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from measure import run, staying

DECODED = 128
THREADS = 2


def whole(command: list[str], version: str) -> dict[str, Any]:
    """A process from its start to its end, with the most memory that it had; it prints {"next": [{"id": ...}]}."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return {"wall": [wall], "cpu": [used.ru_utime + used.ru_stime], "peak": [used.ru_maxrss * 1024],
            "answer": json.loads(said)["next"][0]["id"], "version": version}


def armillary(file: str, dtype: str, prompt: list[int], decode: bool, compared: int) -> dict[str, Any]:
    """A prompt read to the scores after it; or a short one, and 128 tokens written, the likeliest each time."""
    import torch

    from armillary.opening import open_model
    from armillary.speak.sample import Sampling
    from armillary.speak.torch_engine import TorchEngine
    from armillary.speak.write import Limits, Writing

    torch.set_num_threads(THREADS)
    engine = TorchEngine(open_model(file, dtype, "cpu").transformer)

    def written(prompt: list[int], count: int) -> list[int]:
        writing = Writing(engine, prompt, Sampling(temperature=0.0), Limits(most=count))
        return [step.id for step in writing]

    return _staying(written, prompt, decode, compared, "Armillary")


def transformers(file: str, dtype: str, prompt: list[int], decode: bool, compared: int) -> dict[str, Any]:
    """`generate` with its default cache, greedy; what ends a text is switched off, so that both sides write as much."""
    import torch
    from transformers import AutoModelForCausalLM, __version__

    torch.set_num_threads(THREADS)
    path = Path(file)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=getattr(torch, dtype)).eval()

    def written(prompt: list[int], count: int) -> list[int]:
        ids = torch.tensor([prompt])
        out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, do_sample=False,
                             eos_token_id=None, pad_token_id=0)
        return out[0, len(prompt) :].tolist()

    return _staying(written, prompt, decode, compared, f"transformers {__version__}")


def _staying(written: Any, prompt: list[int], decode: bool, compared: int, version: str) -> dict[str, Any]:
    """Of decoding, the time of the prompt is in it on both sides; the first words of it are not counted."""
    count = DECODED if decode else 1
    return staying(lambda: written(prompt, count)[:compared], version, lambda: written(prompt, min(count, 8)))


if __name__ == "__main__":
    run(whole, armillary, transformers)

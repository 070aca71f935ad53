"""A small GPT learns tiny Shakespeare, character by character: Armillary, and nanoGPT's own model and optimiser.

nanoGPT is its model.py, imported from a checkout; the loop around it is train.py's, with the settings that its README
gives for a CPU. Both sides measure the loss on the whole of the last tenth, in windows of 64 that do not overlap, and
the clock stands still while they do.
"""

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measure import run
from torch.nn import functional

THREADS = 2
CONTEXT, BATCH, STEPS = 64, 12, 2000
UNTIL = {"published": 240, "fast": 215}
"""Steps of ours in which the rates fall to 0, by the recipe: they come to the loss shortly before."""
PACE = 120
"""Steps of the others that show their pace."""
Losses = Iterator[float]


def to_loss(text: str, target: float, nanogpt: str, every: int, recipe: str = "published") -> dict[str, Any]:
    """Seconds of learning until the loss is at `target`, measured `every` so many steps.

    Where nanoGPT has made all of its steps and is not there, its time is what it took so far.
    """
    learned, held, d_vocab = _characters(text)
    theirs = bool(nanogpt)
    steps, score = _theirs(nanogpt, learned, d_vocab) if theirs else _ours(learned, d_vocab, recipe)
    seconds, processor = 0.0, 0.0
    for number in range(1, STEPS + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        if next(steps, None) is None:
            break
        seconds, processor = seconds + time.perf_counter() - wall, processor + time.process_time() - cpu
        if number % every == 0 and (theirs or number > UNTIL[recipe] * 2 // 3) and _loss(score, held) <= target:
            return _report(seconds, processor, theirs, f"{target}")
    found = _loss(score, held)
    if not theirs:
        raise SystemExit(f"the loss never came to {target}: {found}")
    return _report(seconds, processor, theirs, f"{target}") | {"version": f"nanoGPT, ended at {found:.3f}"}


def pace(text: str, nanogpt: str, steps: int) -> dict[str, Any]:
    """Seconds for so many steps of one model: nanoGPT's architecture, AdamW, 12 windows of 64."""
    learned, _, d_vocab = _characters(text)
    going, _ = _theirs(nanogpt, learned, d_vocab) if nanogpt else _same(learned, d_vocab)
    for _ in range(5):
        next(going)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        next(going)
    return _report(time.perf_counter() - wall, time.process_time() - cpu, bool(nanogpt), "steps")


def turns(text: str, nanogpt: str, target: float) -> dict[str, Any]:
    """Each side makes a step in turn, so that whatever else the machine does falls on all of them.

    The answer has seconds a step of nanoGPT's model on both sides, and of each recipe steps, seconds and loss where it
    is at `target`.
    """
    learned, held, d_vocab = _characters(text)
    sides = {recipe: _ours(learned, d_vocab, recipe) for recipe in UNTIL}
    sides |= {"same": _same(learned, d_vocab), "nanoGPT": _theirs(nanogpt, learned, d_vocab)}
    spent: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, list[float]] = {}
    for number in range(1, max(UNTIL.values()) + 1):
        for name, (steps, score) in sides.items():
            if name in found or (name not in UNTIL and number > PACE):
                continue
            began = time.perf_counter()
            next(steps)
            spent[name].append(time.perf_counter() - began)
            if number % 5 == 0 and number > UNTIL.get(name, STEPS) - 25 and (loss := _loss(score, held)) <= target:
                found[name] = [number, sum(spent[name]), loss]
    for name in ("same", "nanoGPT"):
        found[name] = [sum(spent[name][5:]) / len(spent[name][5:])]
    return _report(0.0, 0.0, True, "") | {"answer": found}


def minutes(text: str, nanogpt: str, number: float, recipe: str = "published") -> dict[str, Any]:
    """Nats a character of the last tenth, after so many minutes; nanoGPT ends after its 2,000 steps at the latest."""
    if nanogpt:
        learned, held, d_vocab = _characters(text)
        steps, score = _theirs(nanogpt, learned, d_vocab)
        end = time.perf_counter() + 60 * number
        while time.perf_counter() < end and next(steps, None) is not None:
            pass
        loss = _loss(score, held)
    else:
        from armillary.learning.gpt.learn import learn_gpt

        with tempfile.TemporaryDirectory() as folder:
            card = learn_gpt(text, Path(folder) / "out", minutes=number, recipe=recipe)
        loss = card.model.bits_per_byte * math.log(2)  # characters are bytes here
    return {**_report(60 * number, 0.0, bool(nanogpt), "learned"), "answer": loss}


def start(text: str) -> dict[str, Any]:
    """By how much later than a bare script two processes have learned their first step, in seconds.

    The script ends where its processes have joined. Ours have besides read the text, made tokens and a model, measured
    it and had it write a sample, and worked through a step, when they tell of it.
    """
    run_two = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    small = ["--steps", "20", "--d-model", "16", "--n-layers", "1", "--context", "16", "--batch", "4"]
    with tempfile.TemporaryDirectory() as folder:
        command = str(Path(sys.executable).with_name("armillary"))
        ours = [command, "learn", "gpt", text, "--out", f"{folder}/out", *small]
        bare = _seconds([*run_two, str(Path(__file__).with_name("bare.py"))], lambda line: line.strip() != "")
        late = _seconds([*run_two, "--no-python", *ours], lambda line: '"step"' in line)
    return _report(late - bare, 0.0, False, "started")


def _seconds(command: list[str], wanted: Callable[[str], bool]) -> float:
    """Until a line of standard error is what is wanted."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["OMP_NUM_THREADS"] = "1"
    began, found = time.perf_counter(), 0.0
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                             env=environment)
    assert child.stderr is not None
    for line in child.stderr:
        if not found and wanted(line) and not line.startswith(("W", "*")):
            found = time.perf_counter() - began
    if child.wait() or not found:
        raise SystemExit(f"{command} failed")
    return found


def _report(seconds: float, processor: float, theirs: bool, answer: str) -> dict[str, Any]:
    return {"wall": [seconds], "cpu": [processor], "peak": [], "answer": answer,
            "version": "nanoGPT" if theirs else "Armillary"}


def _characters(text: str) -> tuple[np.ndarray, np.ndarray, int]:
    """The ids of what is learned from, of what is held out, and how many different ones there are."""
    read = Path(text).read_text(encoding="utf-8")
    numbers = {character: row for row, character in enumerate(sorted(set(read)))}
    ids = np.array([numbers[character] for character in read], np.uint16)
    cut = int(len(ids) * 0.9)
    return ids[:cut], ids[cut:], len(numbers)


@torch.no_grad()
def _loss(score: Callable[[torch.Tensor], torch.Tensor], held: np.ndarray) -> float:
    whole = (len(held) - 1) // CONTEXT
    tokens = torch.from_numpy(held[: whole * CONTEXT + 1].astype(np.int64))
    given, wanted = tokens[:-1].view(whole, CONTEXT), tokens[1:].view(whole, CONTEXT)
    losses = [functional.cross_entropy(score(some).flatten(0, 1), then.flatten(), reduction="sum").item()
              for some, then in zip(given.split(128), wanted.split(128), strict=True)]
    return sum(losses) / wanted.numel()


def _ours(learned: np.ndarray, d_vocab: int, recipe: str) -> tuple[Losses, Any]:
    """The decoder that `armillary learn gpt` makes by a recipe, at nanoGPT's size, context and batch."""
    from armillary.learning.gpt.recipes import RECIPES
    from armillary.train.fit import fit
    from armillary.train.next_token import NextToken

    chosen = RECIPES[recipe]
    model = chosen.model((d_vocab, 128, 4, 4, CONTEXT, chosen.d_mlp(128)), 1).requires_grad_()
    lessons = NextToken(learned, CONTEXT, BATCH, d_vocab)
    return (step.loss for step in fit(model, lessons, chosen.plan(UNTIL[recipe]))), model


def _same(learned: np.ndarray, d_vocab: int) -> tuple[Losses, Any]:
    """The model of nanoGPT, told as a config; its norms have biases here, and have none there."""
    from armillary.train.fit import fit
    from armillary.train.next_token import NextToken
    from armillary.train.plan import Plan
    from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Unembedding
    from armillary.transformer.initial import drawn

    attention = Attention(n_heads=4, n_kv_heads=4, d_head=32, scale=32**-0.5)
    config = Config(
        d_vocab=d_vocab, d_model=128, n_layers=4, n_ctx=CONTEXT, norm=Norm(kind="layer", epsilon=1e-5),
        embedding=Embedding(positions="learned"), unembedding=Unembedding(tied=True),
        pattern=(Block(attention=attention, mlp=Mlp(d_mlp=512, activation="gelu")),),
    )
    model = drawn(config, 1).requires_grad_()
    lessons = NextToken(learned, CONTEXT, BATCH, d_vocab)
    return (step.loss for step in fit(model, lessons, Plan(steps=STEPS, betas=(0.9, 0.99)))), model


def _theirs(folder: str, learned: np.ndarray, d_vocab: int) -> tuple[Losses, Any]:
    """Its model and optimiser, with the settings of its README for a CPU."""
    sys.path.insert(0, folder)
    from model import GPT, GPTConfig  # type: ignore[import-not-found]

    torch.manual_seed(1337)
    with redirect_stdout(sys.stderr):  # it prints how large it is
        model = GPT(GPTConfig(block_size=CONTEXT, vocab_size=d_vocab, n_layer=4, n_head=4, n_embd=128, dropout=0.0,
                              bias=False))
        optimiser = model.configure_optimizers(0.1, 1e-3, (0.9, 0.99), "cpu")

    def steps() -> Losses:
        for number in range(STEPS):
            starts = torch.randint(len(learned) - CONTEXT, (BATCH,)).tolist()
            x, y = (torch.stack([torch.from_numpy(learned[at + move : at + move + CONTEXT].astype(np.int64))
                                 for at in starts]) for move in (0, 1))
            done = (number - 100) / (STEPS - 100)
            rate = 1e-3 * (number + 1) / 101 if number < 100 else 1e-4 + 0.45e-3 * (1 + math.cos(math.pi * done))
            for group in optimiser.param_groups:
                group["lr"] = rate
            _, loss = model(x, y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            yield loss.item()

    def score(tokens: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = model(tokens, tokens)[0]
        return scores

    return steps(), score


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    run(to_loss, pace, turns, minutes, start)

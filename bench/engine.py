"""A quantised model: reading a prompt, writing, and the whole process to the first word, beside llama.cpp.

llama.cpp is llama-cpp-python, built on this machine with its default release flags. It computes the same file, and the
same model in Q4_0, the format that it lays out anew for the processor and is fastest with (made once, by its own
quantiser). Tokens are fixed, so that both sides do the same work; in each process they take turns of prompt and text.
"""

import subprocess
import sys
from pathlib import Path

from armillary.opening import WITH_MODEL, located
from compare import SIDES, Claim, Row, compare, settings, show, task
from material import CACHE, OURS, peer
from turns import in_turns

TEXT = "The capital of France is"
TOKENS = {"prefill of 512 tokens": 512, "decoding 128": 128}
ASKED = {"smollm2-135m-instruct": {"prefill of 512 tokens": 2.0, "decoding 128": 3.0}}
OF_OTHERS = {"prefill of 512 tokens": 1.5, "decoding 128": 1.5}
FASTEST = {"smollm2-135m-instruct": {"prefill of 512 tokens": 2.0, "decoding 128": 2.0}}
"""Beside the format that llama.cpp is fastest with; of other models it is shown, and nothing asked."""
MOST_MEMORY = {"smollm2-135m-instruct": 300e6}


def main() -> int:
    """All claims of one model."""
    asked = settings(__doc__, rounds=3, target="smollm2-135m-instruct")
    file = located(asked.target, WITH_MODEL)
    theirs = None if asked.alone else peer("llama_cpp")
    files = {"": file, ", Q4_0": in_q4_0(theirs, file)} if theirs else {"": file}
    command = [str(OURS.with_name("armillary")), "next", TEXT, "--in", str(file), "-n", "1", "--temperature", "0",
               "--json", "--engine", "fast"]
    sides = {"next": task(OURS, "language_side", "whole", command=command, version="Armillary")}
    claims = [Claim("start to first word", "next", "their next", ratio=1, limit=1.0),
              Claim("peak memory of that process", "next", "their next", ratio=1 / 1.3, measure="peak",
                    limit=MOST_MEMORY.get(asked.target))]
    if theirs:
        script = [str(theirs), str(SIDES / "llama_next.py"), str(file), TEXT]
        sides["their next"] = task(OURS, "language_side", "whole", command=script, version="llama-cpp-python")
    rows = compare(sides, claims, asked.rounds)
    for threads in (2, 1):
        for what in TOKENS:
            name, given = f"{what}, {threads} threads", {"decode": what.startswith("decoding"), "threads": threads}
            beside = {"ours": task(OURS, "engine_side", "armillary", file=str(file), **given)}
            asking = []
            for kind, one in files.items():
                if theirs:
                    beside[f"theirs{kind}"] = task(theirs, "engine_side", "llama", file=str(one), **given)
                ratio = FASTEST.get(asked.target, {}).get(what) if kind else ASKED.get(asked.target, OF_OTHERS)[what]
                asking.append(Claim(f"{name}{kind and ' beside' + kind[1:]}", "ours", f"theirs{kind}", ratio=ratio))
            rows += in_turns(beside, asking)
    return show([with_speed(row) for row in rows], asked.json)


def in_q4_0(python: Path, file: Path) -> Path:
    """The same model in Q4_0, by llama.cpp's own quantiser."""
    made = CACHE / "made" / f"{file.stem}.Q4_0.gguf"
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        part = made.with_suffix(".part")
        subprocess.run([python, SIDES / "llama_quantise.py", file, part], check=True, stdout=subprocess.DEVNULL)
        part.rename(made)
    return made


def with_speed(row: Row) -> Row:
    """A row with tokens a second in its name."""
    count = next((count for what, count in TOKENS.items() if row.what.startswith(what)), None)
    if count is None:
        return row
    speeds = f"{count / row.ours:.0f}" + (f" and {count / row.peer:.0f}" if row.peer else "")
    return Row(**{**row.__dict__, "what": f"{row.what}: {speeds} tokens/s"})


if __name__ == "__main__":
    sys.exit(main())

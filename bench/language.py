"""A language model in a GGUF file: from the shell to the first next word, reading a prompt, writing.

The peer is transformers, which dequantises the same file to the same type of numbers. Of float32 all 128 tokens that
are written are compared; of bfloat16 the first 4, since whoever rounds in another order goes another way in the end.
"""

import sys
from pathlib import Path

from armillary.opening import WITH_MODEL, located, open_model
from compare import SIDES, Claim, compare, settings, show, task
from material import OURS, peer
from turns import in_turns

TEXT = "The capital of France is"
LONG = Path(__file__).parents[1] / "README.md"
PREFILL, PROMPT = 512, 16
ASKED = {"float32": (1.2, 1.15), "bfloat16": (1.2, 1.4)}
COMPARED = {"float32": 128, "bfloat16": 4}


def main() -> int:
    """`armillary next`, prefill of 512 tokens, decoding of 128."""
    asked = settings(__doc__, rounds=3, target="smollm2-135m-instruct")
    file = str(located(asked.target, WITH_MODEL))
    ours = [str(OURS.with_name("armillary")), "next", TEXT, "--in", file, "-n", "1", "--temperature", "0", "--json"]
    sides = {"next": task(OURS, "language_side", "whole", command=ours, version="Armillary")}
    claims = [
        Claim("open to the first next word, whole process", "next", "their next", ratio=3),
        Claim("its peak memory", "next", "their next", ratio=2, measure="peak"),
    ]
    theirs = None if asked.alone else peer("transformers")
    if theirs:
        command = [str(theirs), str(SIDES / "transformers_next.py"), file, TEXT]
        sides["their next"] = task(OURS, "language_side", "whole", command=command, version="transformers")
    rows = compare(sides, claims, asked.rounds)
    ids = open_model(file).ids(LONG.read_text(encoding="utf-8"))
    for dtype, (prefill, decode) in ASKED.items():
        for what, is_decode, ratio in (("prefill of 512 tokens", False, prefill), ("decoding 128", True, decode)):
            given = {"file": file, "dtype": dtype, "prompt": ids[: PROMPT if is_decode else PREFILL],
                     "decode": is_decode, "compared": COMPARED[dtype]}
            pair = {"ours": task(OURS, "language_side", "armillary", **given)}
            if theirs:
                pair["theirs"] = task(theirs, "language_side", "transformers", **given)
            rows += in_turns(pair, [Claim(f"{what}, {dtype}", "ours", "theirs", ratio=ratio)])
    return show(rows, asked.json)


if __name__ == "__main__":
    sys.exit(main())

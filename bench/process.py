"""Whole processes, from the shell and back: a question, the help page, the import."""

import json
from typing import Any

from compare import SIDES, Claim, Side, compare, settings, show
from material import OURS, Material, peer

WORD = "tower"
ARMILLARY = OURS.with_name("armillary")


def words_of_table(output: str) -> list[str]:
    """The neighbours of a table `rank word cosine`."""
    lines = [line.split() for line in output.splitlines()]
    return [line[-2] for line in lines if len(line) == 3 and line[0].isdecimal()]


def words_of_json(output: str) -> list[str]:
    """The neighbours of `--json`."""
    neighbours: list[dict[str, Any]] = json.loads(output)["neighbours"]
    return [one["label"] for one in neighbours]


def main() -> int:
    """`near` against the script that a user of gensim writes."""
    asked = settings(__doc__, rounds=9)
    glove = Material(asked.target)
    near = [ARMILLARY, "near", WORD, "--in", asked.target]
    sides = {
        "near": Side(near, words_of_table),
        "near --json": Side([*near, "--json"], words_of_json),
        "import": Side([OURS, "-c", "import armillary"], str),
        "space": Side([OURS, "-c", "import armillary; armillary.Space"], str),
        "help": Side([ARMILLARY, "--help"], str),
    }
    if not asked.alone:
        command = [peer("gensim"), SIDES / "gensim_near.py", glove.saved, WORD]
        sides["gensim"] = Side(command, lambda output: [line.split()[0] for line in output.splitlines()], "gensim")
    claims = [
        Claim(f"armillary near {WORD}", "near", "gensim", ratio=4),
        Claim(f"armillary near {WORD}, CPU", "near", limit=0.4, measure="cpu"),
        Claim(f"armillary near {WORD}, CPU", "near", "gensim", measure="cpu"),
        Claim(f"armillary near {WORD} --json", "near --json", "gensim", ratio=4),
        Claim("import armillary, CPU", "import", limit=0.3, measure="cpu"),
        Claim("import armillary; armillary.Space, CPU", "space", limit=0.3, measure="cpu"),
        Claim("armillary --help, CPU", "help", limit=0.3, measure="cpu"),
    ]
    return show(compare(sides, claims, asked.rounds), asked.json)


if __name__ == "__main__":
    raise SystemExit(main())

"""10 MB of English and of Chinese text to tokens."""

import lzma
import os
import sys
from pathlib import Path

from compare import Claim, compare, settings, show, task
from material import CACHE, OURS

TEXTS = {"English": "corpora/en/enwiki-2018-1.txt.xz", "Chinese": "corpora/zh/zhwiki-2016-simplified.txt.xz"}
BYTES = 10_000_000


def text(language: str, folder: Path) -> str:
    """The first 10 MB of a corpus in ARMILLARY_DATA, unpacked into a file."""
    path = CACHE / "made" / f"tokens-{language}.txt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with lzma.open(folder / TEXTS[language]) as packed:
            path.write_text(packed.read(BYTES).decode(errors="ignore"), encoding="utf-8")
    return str(path)


def main() -> int:
    """cl100k_base on both sides, from the same file of ranks; what each gives is compared to the last id."""
    asked = settings(__doc__, rounds=3)
    folder = Path(os.environ.get("ARMILLARY_DATA") or sys.exit("ARMILLARY_DATA names no folder (see CONTRIBUTING.md)"))
    ranks, sides, claims = str(folder / "tokenizers" / "cl100k_base.tiktoken"), {}, []
    for language in TEXTS:
        file = text(language, folder)
        sides[language] = task(OURS, "tokens_side", "armillary", file=file, ranks=ranks)
        if not asked.alone:
            sides[f"tiktoken, {language}"] = task(OURS, "tokens_side", "tiktoken", file=file, ranks=ranks)
        claims.append(Claim(f"10 MB to tokens, {language}", language, f"tiktoken, {language}", ratio=1))
    return show(compare(sides, claims, asked.rounds), asked.json)


if __name__ == "__main__":
    raise SystemExit(main())

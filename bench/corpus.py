"""100 MB of English text to numbers: read, split at white space, counted, encoded."""

import lzma
import os
import sys
from pathlib import Path

from compare import Claim, compare, settings, show, task
from material import CACHE, OURS, peer

SHARDS = ("enwiki-2018-1", "enwiki-2018-2")


def text() -> Path:
    """Shards 1 and 2 of the Wikipedia text in ARMILLARY_DATA, unpacked into one file."""
    path = CACHE / "made" / "enwiki-100.txt"
    if not path.exists():
        folder = os.environ.get("ARMILLARY_DATA")
        if not folder:
            sys.exit("ARMILLARY_DATA names no folder with corpora (see CONTRIBUTING.md)")
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        packed = (Path(folder) / "corpora" / "en" / f"{shard}.txt.xz" for shard in SHARDS)
        part.write_bytes(b"".join(lzma.decompress(file.read_bytes()) for file in packed))
        part.replace(path)
    return path


def main() -> int:
    """Anew, with what is kept written; and again, when it is found."""
    asked = settings(__doc__, rounds=3)
    file = str(text())
    sides = {
        "anew": task(OURS, "corpus_side", "armillary", file=file, cached=False),
        "again": task(OURS, "corpus_side", "armillary", file=file, cached=True),
    }
    if not asked.alone:
        sides["gensim"] = task(peer("gensim"), "corpus_side", "gensim", file=file)
        sides["pyarrow"] = task(OURS, "corpus_side", "pyarrow", file=file)
    claims = [
        Claim("100 MB of text to ids", "anew", "gensim", ratio=6),
        Claim("100 MB of text to ids", "anew", "pyarrow", ratio=2),
        Claim("the same again, reused", "again", limit=0.3),
    ]
    return show(compare(sides, claims, asked.rounds), asked.json)


if __name__ == "__main__":
    raise SystemExit(main())

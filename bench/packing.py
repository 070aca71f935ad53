"""100 MB of English text to the ids that a language model learns from, beside `datasets` and `tokenizers`.

Both sides have the same tokenizer, 8,192 byte pairs that were learned from the text's beginning, two threads or
processes, and end with ids in windows of 1,024: Armillary's in memory, the peer's in its cache on the disk, as the
`map` of its examples leaves them.
"""

import sys

from armillary.text.byte_pairs import BytePairs
from armillary.train.tokenizer import FILE, learn_tokenizer
from compare import Claim, compare, settings, show, task
from corpus import text
from material import CACHE, OURS, peer

SIZE, BEGINNING = 8192, 5_000_000


def main() -> int:
    """From the file to windows."""
    asked = settings(__doc__, rounds=1)
    made = {"file": str(text()), "tokenizer": tokenizer()}
    sides = {"ours": task(OURS, "packing_side", "armillary", **made)}
    if not asked.alone:
        sides["datasets"] = task(peer("datasets"), "packing_side", "datasets", **made)
    claims = [Claim("100 MB tokenised and packed", "ours", "datasets", ratio=3)]
    return show(compare(sides, claims, asked.rounds), asked.json)


def tokenizer() -> str:
    """The folder of the tokenizer, learned once."""
    folder = CACHE / "made" / f"pairs-{SIZE}"
    if not (folder / FILE).exists():
        beginning = CACHE / "made" / "beginning.txt"
        beginning.write_bytes(text().read_bytes()[:BEGINNING].rpartition(b"\n")[0])
        found: BytePairs = learn_tokenizer(beginning, folder, SIZE)
        print(f"learned {found.vocabulary.size} tokens", file=sys.stderr)
    return str(folder)


if __name__ == "__main__":
    sys.exit(main())

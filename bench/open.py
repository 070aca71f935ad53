"""From a store on the disk to the first answer, imports left out; and the memory that opening takes."""

from compare import Claim, compare, settings, show, task
from material import OURS, Material, peer

WORD = "tower"


def main() -> int:
    """Open, open and ask, open and look up."""
    asked = settings(__doc__, rounds=7)
    glove = Material(asked.target)
    store = str(glove.store)
    sides = {
        "first answer": task(OURS, "armillary_side", "first_answer", store=store, word=WORD),
        "opening": task(OURS, "armillary_side", "opening", store=store),
        "lookup": task(OURS, "armillary_side", "first_lookup", store=store, word=WORD),
    }
    if not asked.alone:
        saved, python = str(glove.saved), peer("gensim")
        sides |= {
            "gensim first answer": task(python, "gensim_side", "first_answer", saved=saved, word=WORD),
            "gensim opening": task(python, "gensim_side", "opening", saved=saved),
            "gensim lookup": task(python, "gensim_side", "first_lookup", saved=saved, word=WORD),
        }
    claims = [
        Claim("open and first answer", "first answer", "gensim first answer", ratio=10),
        Claim("open", "opening", limit=0.01),
        Claim("open", "opening", "gensim opening"),
        Claim("open, memory", "opening", "gensim opening", ratio=1, measure="peak"),
        Claim("open and first lookup, memory", "lookup", "gensim lookup", ratio=1, measure="peak"),
        Claim("open and first answer, memory", "first answer", "gensim first answer", ratio=1, measure="peak"),
    ]
    return show(compare(sides, claims, asked.rounds), asked.json)


if __name__ == "__main__":
    raise SystemExit(main())

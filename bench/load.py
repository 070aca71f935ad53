"""Files of word vectors into a space that answers: GloVe's text and word2vec's binary."""

from compare import Claim, compare, settings, show, task
from material import OURS, Material, peer, random_binary


def main() -> int:
    """Both files, each until a word can be looked up."""
    asked = settings(__doc__, rounds=3)
    text = str(Material(asked.target).text)
    binary = str(random_binary(asked.rows, 300))
    sides = {
        "text": task(OURS, "armillary_side", "load", file=text, word="tower"),
        "binary": task(OURS, "armillary_side", "load", file=binary, word="w1"),
    }
    if not asked.alone:
        sides |= {
            "gensim text": task(peer("gensim"), "gensim_side", "load_text", file=text, word="tower"),
            "gensim binary": task(peer("gensim"), "gensim_side", "load_binary", file=binary, word="w1"),
        }
    claims = [
        Claim("GloVe text x 50", "text", "gensim text", ratio=15),
        Claim("word2vec binary x 300", "binary", "gensim binary", ratio=5),
    ]
    return show(compare(sides, claims, asked.rounds), asked.json)


if __name__ == "__main__":
    raise SystemExit(main())

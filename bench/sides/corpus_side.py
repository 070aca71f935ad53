"""A text file to ids: Armillary, gensim and pyarrow, each in a process of its own; importing them is not measured."""

import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from measure import Watch, run

MIN_COUNT = 5


def armillary(file: str, cached: bool) -> dict[str, Any]:
    """The whole of `read_corpus`, with the SHA-256 of the text and the writing of what is kept."""
    from armillary.text.encoded import END
    from armillary.text.settings import CorpusSettings
    from armillary.train.corpus import read_corpus

    settings = CorpusSettings(split="spaces", lower=False, min_count=MIN_COUNT)
    with tempfile.TemporaryDirectory(dir=Path(file).parent) as cache:
        read_corpus(["imports what is compiled"] * MIN_COUNT, settings, cache=Path(cache))
        if cached:
            read_corpus(file, settings, cache=Path(cache))
        with Watch() as watch:
            text = read_corpus(file, settings, cache=Path(cache))
        answer = _answer(text.ids[text.ids != END], len(text.labels))
    return watch.report(answer, "Armillary")


def gensim(file: str) -> dict[str, Any]:
    """`build_vocab` from the file, two workers, and each word looked up."""
    import numpy as np
    from gensim import __version__
    from gensim.models import Word2Vec
    from gensim.models.word2vec import LineSentence

    with Watch() as watch:
        model = Word2Vec(vector_size=1, workers=2, min_count=MIN_COUNT)
        model.build_vocab(corpus_file=file)
        index = model.wv.key_to_index
        ids = np.array([index[word] for line in LineSentence(file) for word in line if word in index], np.int32)
    words = model.wv.index_to_key
    counts = [model.wv.get_vecattr(word, "count") for word in words]
    return watch.report(_answer(_ranks(words, counts)[ids], len(words)), f"gensim {__version__}")


def pyarrow(file: str) -> dict[str, Any]:
    """Lines split at white space and encoded against a dictionary; rare words stay in."""
    import numpy as np
    import pyarrow as arrow
    from pyarrow import compute

    with Watch() as watch:
        lines = arrow.array(Path(file).read_text(encoding="utf-8").split("\n"), arrow.large_string())
        encoded = compute.list_flatten(compute.utf8_split_whitespace(lines)).dictionary_encode()
        ids = encoded.indices.to_numpy()
    words = encoded.dictionary.to_pylist()
    counts = np.bincount(ids, minlength=len(words))
    counts[[place for place, word in enumerate(words) if not word]] = 0  # before the first word of a line, and after
    kept = np.flatnonzero(counts >= MIN_COUNT)
    ranks = np.full(len(words), -1, np.int32)
    ranks[kept] = _ranks([words[place] for place in kept], counts[kept].tolist())
    return watch.report(_answer(ranks[ids][ranks[ids] >= 0], len(kept)), f"pyarrow {arrow.__version__}")


def _ranks(words: list[str], counts: list[int]) -> Any:
    """The place of each word by frequency, and by code points among equally frequent ones."""
    import numpy as np

    ranks = np.empty(len(words), np.int32)
    ranks[sorted(range(len(words)), key=lambda place: (-counts[place], words[place]))] = np.arange(len(words))
    return ranks


def _answer(ids: Any, distinct: int) -> dict[str, Any]:
    return {"words": len(ids), "distinct": distinct, "ids": sha256(ids.tobytes()).hexdigest()}


if __name__ == "__main__":
    run(armillary, gensim, pyarrow)

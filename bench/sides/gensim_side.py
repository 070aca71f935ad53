"""gensim's side."""

import tempfile
from pathlib import Path
from typing import Any

import gensim
import numpy as np
from gensim.models import KeyedVectors, Word2Vec
from measure import Watch, digest, random_points, run, spread

VERSION = f"gensim {gensim.__version__}"


def save(vectors: str, labels: str, out: str) -> dict[str, Any]:
    """Save vectors as gensim does, their lengths with them, as a native store has them too."""
    words = Path(labels).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    made = _keyed(words, np.load(vectors))
    made.fill_norms()
    made.save(out)
    return Watch().report(len(made), VERSION)


def query(source: dict[str, Any]) -> dict[str, Any]:
    """One question at a time, the ten nearest."""
    vectors = KeyedVectors.load(source["saved"]) if "saved" in source else _keyed(*random_points(**source))
    watch, answers = Watch(), []
    vectors.fill_norms()
    for row in [0, *spread(len(vectors))]:
        label = vectors.index_to_key[row]
        with watch:
            found = vectors.most_similar(label, topn=10)
        answers.append(found)
    for figures in (watch.walls, watch.cpus, watch.peaks):
        del figures[:1]
    return watch.report(answers[1:], VERSION)


def first_answer(saved: str, word: str) -> dict[str, Any]:
    """Open a saved file and ask the first question."""
    watch = Watch()
    with watch:
        found = KeyedVectors.load(saved, mmap="r").most_similar(word, topn=10)
    return watch.report([found], VERSION)


def opening(saved: str) -> dict[str, Any]:
    """Open a saved file."""
    watch = Watch()
    with watch:
        vectors = KeyedVectors.load(saved, mmap="r")
    return watch.report(len(vectors), VERSION)


def first_lookup(saved: str, word: str) -> dict[str, Any]:
    """Open a saved file and look up the first vector."""
    watch = Watch()
    with watch:
        vector = KeyedVectors.load(saved, mmap="r")[word]
    return watch.report(vector.tolist(), VERSION)


def load_text(file: str, word: str) -> dict[str, Any]:
    """Read a text file without a header until a word can be looked up."""
    return _loaded(file, word, no_header=True)


def load_binary(file: str, word: str) -> dict[str, Any]:
    """Read a binary file until a word can be looked up."""
    return _loaded(file, word, binary=True)


def learn(text: str, method: str, out: str = "", **plan: Any) -> dict[str, Any]:
    """Learn word vectors; only the training is measured, not the counting before it."""
    model, watch = Word2Vec(sg=method == "skipgram", min_count=5, **plan), Watch()
    model.build_vocab(corpus_file=text)
    with watch:
        model.train(
            corpus_file=text, total_examples=model.corpus_count, total_words=model.corpus_total_words,
            epochs=model.epochs,
        )
    if out:
        np.save(out, model.wv.vectors)
        Path(out).with_suffix(".txt").write_text("\n".join(model.wv.index_to_key), encoding="utf-8")
    return watch.report(len(model.wv), VERSION)


def whole(text: str, method: str, **plan: Any) -> dict[str, Any]:
    """From the text to a file, as in three lines of a script; the import is not measured."""
    with tempfile.TemporaryDirectory() as folder, Watch() as watch:
        model = Word2Vec(corpus_file=text, sg=method == "skipgram", min_count=5, **plan)
        model.wv.save(f"{folder}/vectors.kv")
    return watch.report(len(model.wv), VERSION)


def _loaded(file: str, word: str, **how: bool) -> dict[str, Any]:
    watch = Watch()
    with watch:
        vectors = KeyedVectors.load_word2vec_format(file, **how)
        vectors[word]
    return watch.report(digest(vectors.index_to_key, vectors.vectors), VERSION)


def _keyed(words: list[str], vectors: np.ndarray) -> KeyedVectors:
    """What `add_vectors` makes, without its loop over the words."""
    made = KeyedVectors(vectors.shape[1])
    made.vectors = vectors
    made.index_to_key = words
    made.key_to_index = {word: row for row, word in enumerate(words)}
    return made


if __name__ == "__main__":
    run(save, query, first_answer, opening, first_lookup, load_text, load_binary, learn, whole)

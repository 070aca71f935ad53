"""Going on where a training was saved, and the short way to a training."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from armillary.errors import DamagedFile, FileError, UnknownFormat
from armillary.formats.store import open_store
from armillary.language import Note
from armillary.space import Space
from armillary.text.encoded import Encoded
from armillary.train.words.corpus import fingerprint
from armillary.train.words.plan import Plan
from armillary.train.words.training import KIND, Step, Training


def fit(
    encoded: Encoded, plan: Plan, *, start: Space | None = None, frozen: Sequence[str] = ()
) -> Iterator[Step]:
    """Learn word vectors step by step; each step's `training.space()` has the vectors as they then are.

    Args:
        encoded: the corpus.
        plan: the settings.
        start: vectors to begin with.
        frozen: words whose vectors shall stay as they begin.

    Raises:
        InputError: see `Training`.
        MissingExtra: numba (extra `fast`) is not installed.
    """
    return Training(encoded, plan, start=start, frozen=frozen).steps()


def resume(
    path: str | Path, encoded: Encoded, workers: int = 0, tell: Callable[[Note], None] | None = None
) -> Training:
    """The training saved at `path`, ready to go on: it ends with the bits of one that was never interrupted.

    Raises:
        UnknownFormat: not a saved training.
        DamagedFile: a part is missing, cut or of another shape.
        FileError: it was learning from another corpus.
    """
    store = open_store(Path(path))
    facts = store.facts
    if facts.get("kind") != KIND:
        raise UnknownFormat(path, "is a store of another kind: {kind}", kind=str(facts.get("kind")))
    try:
        if facts["corpus_sha256"] != fingerprint(encoded):
            raise FileError(path, "was learning from another corpus, or from one that was read with other settings")
        training = Training(encoded, replace(Plan(**facts["plan"]), workers=workers), tell=tell)
        training.restore(store.arrays, facts)
    except (KeyError, TypeError) as error:
        raise DamagedFile(path, "its manifest lacks a part: {part}", part=str(error)) from error
    return training

"""From a text, or from baskets of anything, to a space: one call, with the settings said by name."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

from armillary import extras
from armillary.errors import ArmillaryWarning
from armillary.learning.conduct import Job, sorted_out
from armillary.learning.counted import learned_by_counting
from armillary.learning.neural import learned_neurally
from armillary.learning.outcome import Outcome
from armillary.learning.output import Output, watched_of
from armillary.learning.reports import Report
from armillary.space import Space
from armillary.text.encoded import Encoded
from armillary.text.settings import CorpusSettings
from armillary.train.baskets import Baskets, encode_baskets, read_baskets
from armillary.train.cooccurrence import Window
from armillary.train.corpus import Source, read_corpus
from armillary.train.words import Plan

_WIDEST = 1000  # windows that skip-gram and CBOW take


def learn_vectors(
    source: Source, out: str | Path | None = None, *, method: str = "skipgram", column: str | None = None,
    **settings: Any,
) -> Space:
    """Learn a vector for each word of a text.

        >>> space = ar.learn_vectors("text.txt", vector_size=100, epochs=5)                     # doctest: +SKIP
        >>> ar.learn_vectors("news/*.txt.gz", "news.space", method="cbow", resume=True)         # doctest: +SKIP

    Args:
        source: a file, a folder, a pattern, `-`, or an iterable of Paths, of strings (each a sentence) or of lists of
            words; see `train.corpus.read_corpus`.
        out: the space to write, by custom with the ending `.space`; None writes nothing.
        method: "skipgram" or "cbow" (Mikolov et al. 2013), "glove" (Pennington et al. 2014), "ppmi" (Levy et al. 2015).
        column: of Parquet files, the column of text.
        **settings: by name, those of the text (`text.settings.CorpusSettings`: min_count, lower, chinese, phrases and
            so on), of the method (gensim 4's names: vector_size, window, negative, epochs, alpha, seed, workers and so
            on; see `train.words.Plan`, `train.glove.GlovePlan`, `train.ppmi.PpmiPlan`) and of how it goes (`Conduct`:
            start, freeze, held_out, patience, watch, resume, force, progress).

    Returns:
        The space; `origin` says how to make it again and holds the loss of each epoch. Equal text, settings and version
        give equal bytes, for any number of workers.

    Raises:
        InputError: a setting that there is not, or of no sense; a text without words.
        OutputExists: `out` is there, and `force` is not said.
        NotFound: no such file.
        FileError: no text in UTF-8, or a snapshot that cannot be gone on from, or a disk that refuses.
        MissingExtra: numba (extra `fast`) is not installed; "ppmi" does without.
    """
    return _warned(vectors_learned(source, out, {"method": method, "column": column, **settings}))


def learn_items(
    source: str | Path | Iterable[Sequence[str]], out: str | Path | None = None, *, method: str = "skipgram",
    unordered: bool = False, **settings: Any,
) -> Space:
    """Learn a vector for each item of baskets or sequences: orders, playlists, journeys.

        >>> ar.learn_items([["bread", "butter"], ["bread", "jam"]], min_count=1)                # doctest: +SKIP

    Args:
        source: a file of one basket a line, or of two columns (`columns=("order", "item")`), or an iterable of baskets.
        out: as for `learn_vectors`.
        method: as for `learn_vectors`.
        unordered: the order inside a basket means nothing: the window is as wide as the longest basket.
        **settings: as for `learn_vectors`; those of the text are `train.baskets.Baskets`: columns, separator, sets,
            min_count.

    Returns:
        The space, as `learn_vectors` does, which also names the errors.
    """
    return _warned(items_learned(source, out, {"method": method, "unordered": unordered, **settings}))


def vectors_learned(source: Source, out: str | Path | None, settings: Mapping[str, Any]) -> Outcome:
    """What `learn_vectors` does, with all that is known of how it went."""
    began = monotonic()
    settings = dict(settings)
    method, column = settings.pop("method"), settings.pop("column", None)
    job, text = sorted_out(method, settings, CorpusSettings)

    def read() -> Encoded:
        job.conduct.progress(Report("reading"))

        def progress(done: int, total: int) -> None:
            job.conduct.progress(Report("reading", done / total if total else None))

        return read_corpus(source, text, column=column, workers=job.plan.workers or None, progress=progress)

    return _Learning(job, text, out).outcome(read, began)


def items_learned(
    source: str | Path | Iterable[Sequence[str]], out: str | Path | None, settings: Mapping[str, Any]
) -> Outcome:
    """What `learn_items` does, with all that is known of how it went."""
    began = monotonic()
    settings = dict(settings)
    method, unordered = settings.pop("method"), settings.pop("unordered", False)
    job, baskets = sorted_out(method, settings, Baskets)

    def read() -> Encoded:
        job.conduct.progress(Report("reading"))
        if isinstance(source, str | Path):
            return read_baskets(source, baskets)
        return encode_baskets(source, baskets.min_count)

    return _Learning(job, baskets, out, unordered).outcome(read, began)


@dataclass(frozen=True)
class _Learning:
    """One learning, from the check of its output to what came of it."""

    job: Job
    text: CorpusSettings | Baskets
    out: str | Path | None
    unordered: bool = False

    def outcome(self, read: Callable[[], Encoded], began: float) -> Outcome:
        output = Output(self.out, self.job.conduct)
        earlier = output.earlier(self.job.asked(self.text) | {"unordered": self.unordered})
        if self.job.method != "ppmi":  # said before a text is read for nothing
            extras.numba_cache()
            extras.need("numba")
        encoded = read()
        notes = (*output.begin(), *encoded.notes)
        for note in notes:
            self.job.conduct.progress(note)
        job = _as_wide_as_baskets(self.job, encoded) if self.unordered else self.job
        learned = learned_neurally if isinstance(job.plan, Plan) else learned_by_counting
        made, frames = learned(encoded, job, output, earlier)
        space = made.space.with_origin(text=self._facts(), armillary=version("armillary"))
        space.notes = tuple(notes) + tuple(made.notes)
        output.finish(space, frames)
        watched = watched_of(self.out) if self.out is not None and frames is not None else None
        return replace(made, space=space, notes=space.notes, watched=watched, seconds=monotonic() - began)

    def _facts(self) -> dict[str, Any]:
        """How the text was read, as JSON holds it."""
        facts = {**asdict(self.text), **({"unordered": True} if self.unordered else {})}
        return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in facts.items()}


def _as_wide_as_baskets(job: Job, encoded: Encoded) -> Job:
    """The job with a window that holds the longest basket."""
    whole = Window.whole(encoded)
    if isinstance(job.plan, Plan):
        return replace(job, plan=replace(job.plan, window=min(whole.size, _WIDEST)))
    return replace(job, window=whole)


def _warned(outcome: Outcome) -> Space:
    """The space, after what was odd has been said as Python says it."""
    for note in outcome.notes:
        warnings.warn(str(note), ArmillaryWarning, stacklevel=3)
    return outcome.space

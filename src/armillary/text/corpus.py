"""A text as numbers: one pass splits, counts and numbers on all cores, a second gives the numbers that stay.

The second is needed because a word's number is its rank by frequency, which only the whole text tells. Between the two
the ids lie on the disk, so a text may be larger than the memory; what must fit into it are the distinct words. Final
numbers depend on the text and the settings alone: not on the number of threads, nor on who got which block.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from armillary import extras
from armillary.errors import InputError
from armillary.language import Note
from armillary.shapes import Int32
from armillary.text.blocks import blocks
from armillary.text.counting import LONGEST_WORD, CompiledCounter, Counter, PlainCounter
from armillary.text.encoded import END, Encoded
from armillary.text.numbering import Renumbering, Vocabulary, merged, ranked, renumbering
from armillary.text.phrases import join_phrases
from armillary.text.settings import CorpusSettings
from armillary.text.spool import BLOCK, Spool

SMALL = 1_000_000
"""Words of a text up to which its analogies are not worth asking for."""
_SENTENCES = 10_000  # numbered at once

Ids = Int32[np.ndarray, "_"]


def encode_text(pieces: Iterable[bytes], settings: CorpusSettings, folder: Path, workers: int = 1) -> Encoded:
    """Split, count and number a text.

    Args:
        pieces: the text in UTF-8, cut anywhere; a line break ends a sentence.
        settings: how to split and count it.
        folder: on which disk ids lie, in files that have no name.
        workers: threads that split and count; more than one helps with numba (extra `fast`) alone.

    Returns:
        The ids, memory-mapped, with notes on what was odd.

    Raises:
        InputError: no word, or none that is frequent enough, or too many distinct ones for the memory.
        FileError: the disk is full.
    """
    counters: list[Counter] = [PlainCounter(settings)]
    if extras.have("numba"):
        counters = [CompiledCounter(settings, workers) for _ in range(workers)]
    return _finished(Provisional(folder, counters, _shared(blocks(pieces), counters)), settings, folder)


def encode_sentences(sentences: Iterable[Sequence[str]], settings: CorpusSettings, folder: Path) -> Encoded:
    """Count and number a text that comes as sentences of words, which stay as they are: neither split nor lower-cased.

    Args and errors are those of `encode_text`.
    """
    counter, rest = PlainCounter(settings), iter(sentences)
    numbered = ((0, counter.number_sentences(several)) for several in iter(lambda: list(islice(rest, _SENTENCES)), []))
    return _finished(Provisional(folder, [counter], numbered), replace(settings, lower=False), folder)


def _shared(content: Iterable[bytes], counters: Sequence[Counter]) -> Iterator[tuple[int, Ids]]:
    """The ids of each block in their order, with the place of the counter that numbered it."""
    idle: SimpleQueue[int] = SimpleQueue()
    for which in range(len(counters)):
        idle.put(which)

    def number(block: bytes) -> tuple[int, Ids]:
        which = idle.get()  # never waits: there are as many counters as threads
        try:
            return which, counters[which].number(block)
        finally:
            idle.put(which)

    waiting = deque[Future[tuple[int, Ids]]]()
    with ThreadPoolExecutor(len(counters), thread_name_prefix="armillary-corpus") as threads:
        for block in content:
            waiting.append(threads.submit(number, block))
            if len(waiting) > 2 * len(counters):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Provisional:
    """A text in the numbers that its counters gave.

    Attributes:
        counters: what numbered it.
        ids: the numbers, END for each line break.
        blocks: of each block of ids the place of its counter, and how many they are.
    """

    def __init__(self, folder: Path, counters: Sequence[Counter], numbered: Iterable[tuple[int, Ids]]) -> None:
        self.counters = counters
        self.blocks: list[tuple[int, int]] = []
        with Spool(folder) as spool:
            for which, ids in numbered:
                spool.append(ids)
                self.blocks.append((which, len(ids)))
            self.ids = spool.ids()


def _finished(text: Provisional, settings: CorpusSettings, folder: Path) -> Encoded:
    """The text in its final numbers."""
    whole, mappings = _merged(text.counters, settings.lower)
    if not whole.words:
        raise _nothing(text.counters)
    ids, parts = text.ids, text.blocks
    if settings.phrases:
        ids = _renumbered(ids, parts, mappings, renumbering(settings.max_sentence_length), folder)
        for _ in range(settings.phrases):
            ids, whole = join_phrases(ids, whole, settings, folder)
        parts = [(0, min(BLOCK, len(ids) - start)) for start in range(0, len(ids), BLOCK)]
        mappings = [np.append(np.arange(len(whole.words), dtype=np.int32), np.int32(END))]
    kept, numbers = ranked(whole, settings)
    if not kept.words:
        raise InputError(
            "no word is left of {distinct:,} distinct ones: none that is not a stop word comes {min_count} times. "
            "Take more text, or lower min_count",
            distinct=int(np.count_nonzero(whole.counts)), min_count=settings.min_count,
        )
    mappings = [numbers[mapping] for mapping in mappings]
    ids = _renumbered(ids, parts, mappings, renumbering(settings.max_sentence_length), folder)
    return Encoded(ids, kept.words, kept.counts, tuple(_notes(text.counters, whole, kept, settings)))


def _merged(counters: Sequence[Counter], lower: bool) -> tuple[Vocabulary, list[Ids]]:
    """What `numbering.merged` says, compiled where the counters are."""
    first, *others = counters
    if isinstance(first, CompiledCounter):
        mappings = first.merge([other for other in others if isinstance(other, CompiledCounter)], lower)
        return Vocabulary(first.words(), first.counts()), [np.append(m, np.int32(END)) for m in mappings]
    return merged([Vocabulary(counter.words(), counter.counts()) for counter in counters], lower)


def _renumbered(
    ids: Ids, parts: Sequence[tuple[int, int]], mappings: Sequence[Ids], renumber: Renumbering, folder: Path
) -> Ids:
    """`ids` anew: each part of them (the place of its mapping, its length) by its mapping."""
    start = 0
    with Spool(folder) as spool:
        for which, length in parts:
            spool.append(renumber(ids[start : start + length], mappings[which]))
            start += length
        spool.append(renumber.end())
        return spool.ids()


def _nothing(counters: Sequence[Counter]) -> InputError:
    """What to say of a text without words."""
    if any(counter.too_long for counter in counters):
        return InputError("the text holds no word: all of it is without a gap for more than {limit:,} bytes. "
                          "Is it text?", limit=LONGEST_WORD)
    return InputError("the text holds no word; a word has a letter or a digit in it")


def _notes(
    counters: Sequence[Counter], whole: Vocabulary, kept: Vocabulary, settings: CorpusSettings
) -> Iterator[Note]:
    """What was odd about the text."""
    if undecodable := sum(counter.undecodable for counter in counters):
        yield Note("{count:,} bytes are not UTF-8 and were read as gaps", {"count": undecodable})
    if too_long := sum(counter.too_long for counter in counters):
        facts = {"count": too_long, "limit": LONGEST_WORD}
        yield Note("{count:,} words of more than {limit:,} bytes were left out", facts)
    words, left = int(whole.counts.sum()), int(kept.counts.sum())
    rare = (whole.counts > 0) & (whole.counts < settings.min_count)  # what only phrases hold now has a count of 0
    if rare.any():
        share = float(whole.counts[rare].sum()) / words
        yield Note(
            "{count:,} distinct words come fewer than {min_count} times and were left out: {share:.1%} of the text",
            {"count": int(np.count_nonzero(rare)), "min_count": settings.min_count, "share": share},
        )
    if left < SMALL:
        yield Note("{words:,} words: expect neighbours, not analogies", {"words": left})

"""A tokenizer of byte pairs as a store of arrays, which the next start maps in place of building it.

Building one takes a third of a second for 49,000 pieces, and several for a quarter of a million; and nine tenths of the
memory are for pieces that a short text never asks for.
"""

import json
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

from armillary.errors import ArmillaryError
from armillary.formats.store import Store, open_store, write_store
from armillary.language import Note
from armillary.text.byte_pairs import BytePairs, Expansion, Writing
from armillary.text.rows_of_pieces import ById, ByPiece, Row
from armillary.text.tokenizer import Added, Tokenizer, Vocabulary

VERSION = 1
"""Of what is in the store."""


def kept_tokenizer(path: Path, make: Callable[[], Tokenizer]) -> Tokenizer:
    """The tokenizer in the store at `path`; where there is none that is whole, what `make` gives, which is kept there.

    Other tokenizers than byte pairs are made each time, and so are all where nothing can be written.
    """
    try:
        return _opened(open_store(path))
    except (ArmillaryError, ValueError, KeyError, TypeError, IndexError):
        made = make()
    if isinstance(made, BytePairs) and made.ids is not None:
        try:
            write_store(_stored(made, made.ids), path, force=True)
        except (ArmillaryError, ValueError):
            return made
    return made


def _stored(made: BytePairs, ids: Expansion) -> Store:
    """Arrays and facts (ValueError: of a kind that they cannot hold)."""
    told, pieces, ranks = made.vocabulary, ById.of(made.vocabulary.pieces), ByPiece.of(made.ranks)
    arrays = {
        "text": pieces.row.text, "starts": pieces.row.starts, "there": pieces.there,
        "rank_text": ranks.row.text, "rank_starts": ranks.row.starts, "numbers": ranks.numbers, "places": ranks.places,
        "counts": ids.counts, "flat": ids.flat,
    }
    facts = {
        "version": VERSION, "format": told.format, "before": told.before, "after": told.after,
        "added": json.dumps(list(map(astuple, told.added))),  # one text: a store renders all facts to check them
        "notes": [[note.sentence, dict(note.facts)] for note in told.notes],
        "pattern": made.pattern, "writing": astuple(made.writing),
    }
    return Store(arrays, facts)


def _opened(store: Store) -> BytePairs:
    """The tokenizer in a store (ValueError and the like: it is not whole)."""
    facts, arrays = store.facts, store.arrays
    if facts["version"] != VERSION:
        raise ValueError
    pieces = ById(Row(arrays["text"], arrays["starts"]), arrays["there"])
    ranks = ByPiece(Row(arrays["rank_text"], arrays["rank_starts"]), arrays["numbers"], arrays["places"])
    sizes = {len(pieces.row), len(pieces.there)}, {len(ranks), *(len(arrays[one]) for one in ("numbers", "places"))}
    if any(len(some) > 1 for some in sizes) or len(arrays["counts"]) != len(ranks):
        raise ValueError
    notes = tuple(Note(sentence, told) for sentence, told in facts["notes"])
    vocabulary = Vocabulary(pieces, tuple(Added(*one) for one in json.loads(facts["added"])), facts["format"],
                            tuple(facts["before"]), tuple(facts["after"]), notes)
    ids = Expansion(arrays["counts"], arrays["flat"])
    return BytePairs(vocabulary, ranks, facts["pattern"], ids, Writing(*facts["writing"]))

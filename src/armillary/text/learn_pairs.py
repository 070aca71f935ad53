"""Learning byte pairs from a text, and telling the merges one by one.

Count which two neighbours come most often inside the stretches that the pattern cuts, make them one piece, and
begin again (Sennrich, Haddow and Birch 2016; on bytes, Radford et al. 2019). The `tokenizers` library counts; of pairs
that come equally often it always takes the same one: a text gives the same merges on any number of threads.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import regex

from armillary.errors import InputError
from armillary.text.byte_pairs import BytePairs
from armillary.text.merges import merge_steps
from armillary.text.patterns import R50K

END = "<|endoftext|>"


@dataclass(frozen=True)
class Merge:
    """One merge of those that were learned.

    Attributes:
        left, right: what is put together.
        id: what comes of it.
        times: how often it happens in the text.
    """

    left: bytes
    right: bytes
    id: int
    times: int


def learn_pairs(texts: Iterable[str], size: int = 8000, special: Sequence[str] = (END,)) -> dict[str, Any]:
    """A tokenizer learned from `texts`, told as in tokenizer.json.

    Args:
        texts: the text in parts; nothing merges across them.
        size: how many tokens to come to at most: 256 bytes, the merges, and the special tokens, which come last.
        special: the special tokens.

    Raises:
        InputError: `size` leaves no room for merges, or the text is too short for any.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from tokenizers.decoders import ByteLevel

    if size <= 256 + len(special):
        raise InputError("a tokenizer of {size} tokens has no room for merges: 256 are the bytes, {special} special",
                         size=size, special=len(special))
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    made.decoder = ByteLevel()
    made.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size - len(special), show_progress=False, min_frequency=2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    ))
    if made.get_vocab_size() == 256:
        raise InputError("the text is too short to learn from: no two bytes stand together twice")
    made.add_special_tokens(list(special))
    found: dict[str, Any] = json.loads(made.to_str())
    return found


def merges_in(tokenizer: BytePairs, texts: Iterable[str]) -> list[Merge]:
    """The merges of a tokenizer in their order, each with how often it happens in `texts`."""
    stretches = Counter(piece for text in texts for piece in regex.findall(R50K, text))
    times: Counter[tuple[bytes, bytes]] = Counter()
    for stretch, count in stretches.items():
        for pair in _pairs(stretch.encode(), tokenizer):
            times[pair] += count
    ids = tokenizer.vocabulary.ids
    listed = (Merge(a, b, ids[a + b], count) for (a, b), count in times.items())
    return sorted(listed, key=lambda one: tokenizer.ranks[one.left + one.right])


def _pairs(stretch: bytes, tokenizer: BytePairs) -> Iterable[tuple[bytes, bytes]]:
    """What merges in a stretch, in turn."""
    for before, after in pairwise(merge_steps(stretch, tokenizer.ranks)):
        place = next((at for at, part in enumerate(after) if part != before[at]))
        yield before[place], before[place + 1]

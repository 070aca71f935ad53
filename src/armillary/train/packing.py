"""A text as the ids of its tokens in a row: what windows are cut from."""

import numpy as np

from armillary.text.tokenizer import Tokenizer
from armillary.train.next_token import Tokens

AT_ONCE = 1 << 23
"""Characters that are numbered at once: enough for several threads, and few enough to hold their ids twice."""


def numbered(tokenizer: Tokenizer, text: str, at_once: int = AT_ONCE) -> Tokens:
    """The ids of `text`, in two bytes each where that is enough; a long text is cut where lines end."""
    numbers = np.uint16 if tokenizer.vocabulary.size <= 1 << 16 else np.uint32
    found, start = [np.empty(0, numbers)], 0
    while start < len(text):
        end = text.rfind("\n", start, start + at_once) + 1
        end = end if end > start else min(start + at_once, len(text))
        found.append(tokenizer.encode(text[start:end]).astype(numbers))
        start = end
    return np.concatenate(found)

"""A tokenizer of characters, told as byte pairs: whatever a text holds can be written, and every program opens it.

The 256 bytes are tokens. For each further character that the text has more than once, the bytes that it is written
with in UTF-8 merge to it, from the first to the last; nothing else merges. So a token is a character, as a rule, and
what was never seen is told byte by byte.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from armillary.text.patterns import alphabet

_OFTEN = 2  # of what came once nothing can be learned


def learn_characters(texts: Iterable[str], size: int = 8192) -> dict[str, Any]:
    """A tokenizer with the commonest characters of `texts`, told as in tokenizer.json.

    Args:
        texts: the text in parts.
        size: tokens to come to at most, 256 bytes among them; at 256 the bytes are all there is.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    merges: dict[bytes, tuple[bytes, bytes]] = {}
    for character, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        written = character.encode()
        ends = [end for end in range(2, len(written) + 1) if written[:end] not in merges]
        if count < _OFTEN or 256 + len(merges) + len(ends) > size:
            break
        merges |= {written[:end]: (written[: end - 1], written[end - 1 : end]) for end in ends}
    pieces = [*(bytes([byte]) for byte in range(256)), *merges]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {_written(piece): row for row, piece in enumerate(pieces)},
            "merges": [[_written(left), _written(right)] for left, right in merges.values()],
        },
    }


def _written(piece: bytes) -> str:
    """A piece in GPT-2's alphabet of bytes."""
    return "".join(alphabet()[byte] for byte in piece)

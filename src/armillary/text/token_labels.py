"""What the rows of a model's tables are called: a distinct label for each token.

A token is labelled by its text, the space before a word included: " king" goes on with a text, "king" begins it or is
the end of another word. A piece that only goes on with a word is written as its tokenizer's vocabulary writes it
("##ing"). Bytes that are no whole characters, and a second token with the same text, are labelled by their bytes as
`armillary tokens` writes them ("<e69d>"); a row that no token has, by its number ("<row 151670>").
"""

from collections.abc import Sequence

from armillary.errors import InputError
from armillary.text.tokenizer import Tokenizer


def token_labels(tokenizer: Tokenizer, rows: int) -> list[str]:
    """The labels of the first `rows` ids, all of them different."""
    spelled = tokenizer.spelled
    labels = [f"<row {one}>" if (piece := spelled(one)) is None else _text_or_bytes(piece) for one in range(rows)]
    for text, ids in _shared(labels).items():
        first = _speaker(tokenizer, text, ids)
        for one in ids:
            if one != first:
                labels[one] = f"<{(spelled(one) or b'').hex()}>"
    while twice := _shared(labels):  # a vocabulary may hold "<41>" beside two tokens that are an A
        for text, ids in twice.items():
            for one in ids[1:]:
                labels[one] = f"{text}#{one}"
    return labels


def _text_or_bytes(piece: bytes) -> str:
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return f"<{piece.hex()}>"


def _shared(labels: Sequence[str]) -> dict[str, list[int]]:
    """Labels that stand on several rows, with these."""
    if len(set(labels)) == len(labels):
        return {}
    rows: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        rows.setdefault(label, []).append(row)
    return {label: found for label, found in rows.items() if len(found) > 1}


def _speaker(tokenizer: Tokenizer, text: str, ids: Sequence[int]) -> int:
    """Of tokens with one text, the one that this text is cut into; the first of them if it is none."""
    try:
        found = tokenizer.encode(text).tolist()
    except InputError:  # a vocabulary that lacks bytes
        return ids[0]
    return found[0] if len(found) == 1 and found[0] in ids else ids[0]

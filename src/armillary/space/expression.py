"""`king - man + woman` as signed labels.

Operators stand between spaces; a label that holds a space, is an operator or begins with a double quote goes in double
quotes, in which a double quote is written twice: `"new york" - york`, `"-" + "5"" disk"`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from armillary.errors import InputError

_SIGNS = {"+": 1.0, "-": -1.0, "−": -1.0}  # the last is U+2212, which a word processor makes of a hyphen
_PIECE = re.compile(r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>\S+))(?=\s|$)')


@dataclass(frozen=True)
class Term:
    """One label of an expression and the factor before it."""

    factor: float
    label: str


def parse(expression: str, named: Callable[[str], str] = str) -> tuple[Term, ...]:
    """The terms of an expression, from left to right; `named` gives the label of a word that is not quoted.

    >>> parse("king - man + woman")
    (Term(factor=1.0, label='king'), Term(factor=-1.0, label='man'), Term(factor=1.0, label='woman'))

    Raises:
        InputError: an operator or a label is missing, or a quote is open.
    """
    terms: list[Term] = []
    sign: float | None = 1.0
    for label, exact in _pieces(expression):
        if not exact and label in _SIGNS:
            sign = (1.0 if sign is None else sign) * _SIGNS[label]
        elif sign is None:
            raise InputError(
                "there is no + or - between {before!r} and {label!r}; a label with a space in it goes in double quotes",
                before=terms[-1].label, label=label,
            )
        else:
            terms.append(Term(sign, label if exact else named(label)))
            sign = None
    if sign is not None:
        raise InputError("the expression {expression!r} ends where a label is expected", expression=expression)
    return tuple(terms)


def written(terms: Sequence[Term], exact: bool = False) -> str:
    """The expression that `parse` reads back as `terms`, if all factors are 1 or -1; others stand before a `·`.

    Labels are quoted where they must be; all of them if `exact`.
    """
    parts: list[str] = []
    for term in terms:
        sign = "-" if term.factor < 0 else "+"
        size = "" if abs(term.factor) == 1 else f"{abs(term.factor):g}·"
        must = exact or not term.label or re.search(r'\s|^"', term.label) or term.label in _SIGNS
        label = quoted(term.label) if must else term.label
        if parts or sign == "-":
            parts.append(sign)
        parts.append(size + label)
    return " ".join(parts)


def quoted(label: str) -> str:
    """A label as `parse` reads it whatever it holds."""
    return '"{}"'.format(label.replace('"', '""'))


def _pieces(expression: str) -> list[tuple[str, bool]]:
    """The expression cut at spaces outside quotes: (text, whether it was quoted)."""
    pieces: list[tuple[str, bool]] = []
    place = 0
    while expression[place:].strip():
        found = _PIECE.match(expression, place)
        if found is None or (found["bare"] or "").startswith('"'):
            raise InputError("a double quote is not closed in {expression!r}", expression=expression)
        quoted = found["quoted"] is not None
        pieces.append((found["quoted"].replace('""', '"') if quoted else found["bare"], quoted))
        place = found.end()
    return pieces

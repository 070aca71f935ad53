"""How a help page is set: lines are filled by display width, so that Chinese, which has no spaces, wraps as it should.

Nothing heavy is imported here: every `--help` waits for it.
"""

import re
from collections.abc import Iterable
from unicodedata import east_asian_width

import click

_WIDE = r"\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
_STOPS = "，。；：！？、）》」』】"  # wide already, so no space is set after them
_OPEN, _CLOSE = "（《「『【“‘", f"{_STOPS}…”’"  # they stay with what follows, with what they follow
_PIECE = re.compile(rf"\s+|[{_OPEN}]*(?:[^\s{_WIDE}{_OPEN}{_CLOSE}]+|[{_WIDE}])[{_CLOSE}]*|\S")


def wrapped(text: str, columns: int) -> list[str]:
    """`text` as lines of at most `columns` terminal columns, broken at spaces and between Chinese characters.

    A word that is wider than that stays whole, on a line of its own.
    """
    lines, line, used, space = [], "", 0, ""
    for piece in _PIECE.findall(text.strip()):
        if piece.isspace():
            space = "" if line.endswith(tuple(_STOPS)) else " "
            continue
        width = cells(space + piece)
        if line and used + width > columns:
            lines.append(line)
            line, used, space, width = "", 0, "", cells(piece)
        line += space + piece
        used += width
        space = ""
    return [*lines, line]


def cells(text: str) -> int:
    """Columns that `text` takes in a terminal: two for each East Asian wide character."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


class Page(click.HelpFormatter):
    """Click's page with paragraphs and lists wrapped by display width."""

    def write_text(self, text: str) -> None:
        """A paragraph."""
        indent = " " * self.current_indent
        self.write("".join(f"{indent}{line}\n" for line in wrapped(text, self.width - self.current_indent)))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Terms and what they mean, side by side; beneath a term that is longer than `col_max`."""
        rows = list(rows)
        column = min(max(cells(term) for term, _ in rows), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, meaning in rows:
            lines = wrapped(meaning, self.width - self.current_indent - column)
            if cells(term) > column - col_spacing:
                lines.insert(0, "")
            heads = [term, *[""] * (len(lines) - 1)]
            for head, line in zip(heads, lines, strict=True):
                self.write(f"{indent}{head}{' ' * (column - cells(head))}{line}".rstrip() + "\n")

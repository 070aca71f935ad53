"""How an answer reaches the terminal: JSON for programs, a table for people, data on stdout and all else on stderr."""

import json
from collections.abc import Iterable, Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.pages import wrapped
from armillary.language import printable

if TYPE_CHECKING:
    from rich.console import Console
else:
    Console = Any  # rich is imported where something is drawn: most answers in JSON never are


def as_json(answer: Any, lines: bool = False) -> None:
    """One JSON object on stdout; on one line if `lines`."""
    text = json.dumps(answer, ensure_ascii=False, indent=None if lines else 2, allow_nan=False)
    if not text.replace("\n", "").isprintable():
        # JSON lets characters stand that a terminal would obey: C1 controls, and those that turn the line round.
        text = "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
    click.echo(text)


def console(stderr: bool = False) -> Console:
    """A rich console that honours NO_COLOR, the terminal's width, and a pipe (80 columns, no colour)."""
    from rich import console as rich

    made = rich.Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made = rich.Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=80)
    return made


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout: text to the left, numbers to the right; labels made printable. No heads if all are empty."""
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    lines = [list(row) for row in rows]
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, show_header=any(columns), pad_edge=False)
    for place, column in enumerate(columns):
        numbers = bool(lines) and all(not isinstance(line[place], str) for line in lines)
        # The first column names the line: let the others wrap before it does.
        made.add_column(
            Text(printable(column)), justify="right" if numbers else "left", overflow="fold",
            min_width=min(24, max((cell_len(_cell(line[0])) for line in lines), default=0)) if place == 0 else None,
        )
    for line in lines:
        made.add_row(*(Text(_cell(value)) for value in line))
    console().print(made)


def say_line(text: str = "") -> None:
    """A sentence for people, on stdout, in as many lines as the terminal needs; a path is never broken."""
    for line in wrapped(printable(text), get_terminal_size().columns):
        click.echo(line)


def size_said(count: int) -> str:
    """Bytes as people say them."""
    if count < 1_000_000:
        return f"{count / 1_000:,.0f} kB"
    return f"{count / 1_000_000:,.0f} MB" if count < 1_000_000_000 else f"{count / 1_000_000_000:,.1f} GB"


def warn(sentences: Iterable[object]) -> None:
    """Warnings, a line each, on stderr."""
    for sentence in sentences:
        click.echo(f"armillary: {sentence}", err=True)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, int):
        return f"{value:,}"
    return printable(str(value))

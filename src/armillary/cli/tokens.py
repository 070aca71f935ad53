"""tokens: a text as a tokenizer cuts it, each piece with its id and its bytes."""

import sys
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import in_option, json_option, quiet_option
from armillary.cli.show import as_json, console, say_line, warn
from armillary.errors import DamagedFile, InputError
from armillary.language import printable, say

if TYPE_CHECKING:
    from armillary.text.tokenizer import Token, Tokenizer

_COLOURS = ("black on bright_cyan", "black on bright_yellow", "black on bright_green", "black on bright_magenta")
_BLANK = "␣"


@command(
    "tokens",
    """
    armillary tokens "小沈阳江西演唱会邀请了," --in cl100k_base
    armillary tokens "The quill writes" --in cl100k_base --merges
    armillary tokens - --in tokenizer.json --json < book.txt
    """,
)
@click.argument("text")
@in_option
@option("--special", is_flag=True, help="Take special tokens that the text spells as such, not as text.")
@option("--merges", is_flag=True, help="Show how bytes merge to tokens, one merge a line.")
@json_option
@quiet_option
def tokens_command(text: str, target: str, special: bool, merges: bool, json_: bool, quiet: bool) -> None:
    """A text cut into tokens, with the id and the bytes of each.

    TEXT is taken as it is; `-` reads it from stdin, to the last byte. A character that is split over several tokens is
    shown once, above their ids and its bytes. Blanks are shown as ␣.
    """
    from armillary.opening import open_tokenizer

    tokenizer = open_tokenizer(target)
    warn(() if quiet else tokenizer.vocabulary.notes)
    read = text_or_stdin(text)
    found = tokenizer.tokens(read, special)
    steps = _merges(tokenizer, read) if merges else []
    if json_:
        listed = [{"id": one.id, "text": one.text, "bytes": one.bytes.hex(), "start": one.start, "end": one.end}
                  for one in found]
        return as_json({"tokens": listed, **({"merges": steps} if merges else {})})
    _picture(found)
    read = tokenizer.normalised(read)
    say_line(say("tokens: {tokens:,}; characters: {characters:,}; bytes: {bytes:,}", tokens=len(found),
                 characters=len(read), bytes=len(read.encode())))
    for one in steps:
        say_line()
        for parts in one["steps"]:
            say_line(" ".join(map(shown, parts)))
    return None


def tokenizer_facts(tokenizer: "Tokenizer") -> dict[str, Any]:
    """What `armillary info` tells of a tokenizer."""
    from armillary.text.byte_pairs import BytePairs

    vocabulary = tokenizer.vocabulary
    facts: dict[str, Any] = {
        "format": vocabulary.format, "kind": "tokenizer", "cuts": tokenizer.kind, "tokens": len(tokenizer),
        "special": vocabulary.special, "n_vocab": vocabulary.size, "unused": len(vocabulary.unused),
        "unused_ids": _ranges(vocabulary.unused),
    }
    if isinstance(tokenizer, BytePairs):
        facts = {**facts, "ranks": len(tokenizer.ranks), "pattern": tokenizer.pattern}
    return {**facts, "warnings": [str(note) for note in vocabulary.notes]}


def text_or_stdin(text: str) -> str:
    """`text` itself, or all of stdin where it is `-`.

    Raises:
        DamagedFile: stdin is not text in UTF-8.
    """
    if text != "-":
        return text
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise DamagedFile("-", "is not text in UTF-8", offset=error.start) from error


def _ranges(ids: list[int]) -> list[str]:
    """Numbers in a row as "first-last"."""
    found: list[list[int]] = []
    for one in ids:
        if found and one == found[-1][1] + 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return [str(a) if a == b else f"{a}-{b}" for a, b in found]


def _merges(tokenizer: "Tokenizer", text: str) -> list[dict[str, Any]]:
    """Each stretch of the text that byte pairs merge in, with its parts after each merge."""
    from armillary.text.byte_pairs import BytePairs
    from armillary.text.merges import merge_steps

    if not isinstance(tokenizer, BytePairs):
        raise InputError("{kind} does not merge pairs; --merges shows how byte pairs do", kind=tokenizer.kind)
    found = []
    for stretch in tokenizer.stretches(text):
        atoms = [one.encode() for one in stretch] if tokenizer.writing.spaces else ()
        steps = [[_part(part) for part in parts] for parts in merge_steps(stretch.encode(), tokenizer.ranks, atoms)]
        found.append({"stretch": stretch, "steps": steps})
    return found


def _part(part: bytes) -> str:
    """A part as text where it is whole characters, else its bytes."""
    try:
        return part.decode()
    except UnicodeDecodeError:
        return f"<{part.hex()}>"


def shown(text: str) -> str:
    """A piece on one line, with its blanks to be seen."""
    return printable(text).replace(" ", _BLANK)


def _picture(tokens: list["Token"]) -> None:
    """The text as it is cut, the ids below, and below those the bytes of characters that are split."""
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    from armillary.text.tokenizer import by_character

    screen = console()
    cells = []
    for group in by_character(tokens):
        text = shown("".join(token.text for token in group)) or "∅"
        ids, parts = [str(token.id) for token in group], [token.bytes.hex() for token in group]
        if len(group) > 1:
            sizes = [max(map(len, pair)) for pair in zip(ids, parts, strict=True)]
            below = [" ".join(one.ljust(size) for one, size in zip(row, sizes, strict=True)) for row in (ids, parts)]
        else:
            below = [ids[0], ""]
        width = min(max(cell_len(text), *map(len, below)), screen.width)
        if cell_len(text) > width:
            text = set_cell_size(text, width - 1) + "…"
        cells.append((text, below, width))
    for line in _lines(cells, screen.width):
        rows = [Text(), Text(), Text()]
        for place, text, below, width in line:
            rows[0].append(text, _COLOURS[place % len(_COLOURS)]).append(" " * (width - cell_len(text) + 2))
            for row, words in zip(rows[1:], below, strict=True):
                row.append(words.ljust(width + 2), "dim" if row is rows[2] else "")
        for row in rows:
            row.rstrip()
            if row:
                screen.print(row, no_wrap=True, crop=True)


def _lines(cells: list[tuple[str, list[str], int]], most: int) -> list[list[tuple[int, str, list[str], int]]]:
    """Cells in lines of `most` columns, with their places."""
    lines: list[list[tuple[int, str, list[str], int]]] = []
    used = most
    for place, (text, below, width) in enumerate(cells):
        if used + width > most:
            lines.append([])
            used = 0
        lines[-1].append((place, text, below, width))
        used += width + 2
    return lines

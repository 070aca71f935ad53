"""translate: what becomes of a text, by a translator that was learned, and what it listened to."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import force_option, json_option, lines_of
from armillary.cli.show import as_json, console, say_line
from armillary.draw import crossing_svg, crossing_text, to_png
from armillary.draw.page import page
from armillary.errors import InputError
from armillary.extras import need
from armillary.formats.aside import file_aside
from armillary.language import say

if TYPE_CHECKING:
    from armillary.learning.translator.translator import Listened


@command(
    "translate",
    """
    armillary translate "March 5th, 2021" --in dates
    armillary translate "three hundred and five" --in numbers --attention all
    armillary translate "three hundred and five" --in numbers --attention 1.2 --out crossing.svg
    armillary translate - --in numbers < lines.txt
    """,
)
@click.argument("text")
@option("--in", "folder", required=True, metavar="FOLDER", type=click.Path(path_type=Path),
        help="What `armillary learn translator` made.")
@option("--attention", metavar="HEAD", help="What was listened to: 1.2 is head 2 of block 1, 1 the mean of its "
        "heads, all the mean of all.")
@option("--out", type=click.Path(path_type=Path), help="Where to draw that: .svg, .html or .png.")
@force_option
@json_option
def translate_command(
    text: str, folder: Path, attention: str | None, out: Path | None, force: bool, json_: bool
) -> None:
    """What becomes of a text, by a translator that was learned.

    The decoder says a character at a time, the likeliest. For each it listens, through its cross-attention, to all that
    the encoder made of the source: --attention shows to which characters, a row for each that was said; the last row is
    the end. `-` translates the lines of stdin.
    """
    need("torch")
    from armillary.learning.translator.translator import Translator

    block, head = _asked(attention or "all")
    translator = Translator.load(folder)
    if attention is None and out is None:
        lines = list(lines_of(text))
        for source, said in zip(lines, translator.translate_all(lines), strict=True):
            if json_:
                as_json({"source": source, "target": said}, lines=text == "-")
            else:
                say_line(said)
        return
    found = translator.listen(text)
    found.pattern(block, head)
    if out is not None:
        _write(found, (block, head), out, force)
    if json_:
        as_json({"source": found.source, "target": found.target, "heard": list(found.heard), "said": list(found.said),
                 "pattern": found.pattern(block, head).tolist()})
        return
    say_line(found.target)
    if attention is not None:
        click.echo(crossing_text(found.pattern(block, head), _seen(found.said), _seen(found.heard),
                                 min(console().width, 100)), nl=False)
    if out is not None:
        say_line(say("{title}: {out}", title=_title(found, (block, head)), out=str(out)))


def _asked(written: str) -> tuple[int | None, int | None]:
    """The block and the head that are meant; None stands for the mean of all.

    Raises:
        InputError: it names none.
    """
    found = re.fullmatch(r"(\d+)(?:\.(\d+))?", written)
    if found is None and written != "all":
        raise InputError("{written!r} is no head: write 1.2 for head 2 of block 1, 1 for the mean of its heads, or all",
                         written=written)
    block, head = found.groups() if found else (None, None)
    return None if block is None else int(block), None if head is None else int(head)


def _title(found: "Listened", head: tuple[int | None, int | None]) -> str:
    facts: dict[str, Any] = {"source": found.source, "target": found.target, "block": head[0], "head": head[1]}
    if head[0] is None:
        return say("What {target!r} listened to: all heads, in the mean", **facts)
    if head[1] is None:
        return say("What {target!r} listened to: the heads of block {block}, in the mean", **facts)
    return say("What {target!r} listened to: block {block}, head {head}", **facts)


def _write(found: "Listened", head: tuple[int | None, int | None], out: Path, force: bool) -> None:
    svg = crossing_svg(found.pattern(*head), _seen(found.said), _seen(found.heard), _title(found, head))
    makers = {".svg": lambda: svg.encode(), ".html": lambda: page(svg).encode(), ".png": lambda: to_png(svg)}
    if out.suffix not in makers:
        raise InputError("this picture ends in .svg, .html or .png, not in {ending!r}", ending=out.suffix)
    with file_aside(out, force) as file:
        file.write(makers[out.suffix]())


def _seen(names: Any) -> list[str]:
    """Tokens with their blanks to be seen."""
    return [name.replace(" ", "␣") for name in names]

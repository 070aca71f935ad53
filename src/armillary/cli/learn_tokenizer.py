"""learn tokenizer: byte pairs from one's own text."""

from pathlib import Path

import click

from armillary.cli.command import command, option
from armillary.cli.options import force_option, json_option, quiet_option
from armillary.cli.show import as_json, say_line, table
from armillary.errors import InputError
from armillary.language import say


@command(
    "tokenizer",
    """
    armillary learn tokenizer book.txt --out book
    armillary learn tokenizer 红楼梦.txt --out 红楼梦 --size 4000 --merges 20
    """,
)
@click.argument("data", nargs=-1, required=True, metavar="DATA...", type=click.Path(path_type=Path))
@option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where tokenizer.json goes.")
@option("--size", default=8000, show_default=True, type=click.IntRange(258, 1_000_000),
        help="How many tokens to come to at most: 256 bytes, the merges, one special token.")
@option("--merges", default=0, type=click.IntRange(0), metavar="N", help="Show the first N merges, one by one.")
@force_option
@json_option
@quiet_option
def tokenizer_command(
    data: tuple[Path, ...], out: Path, size: int, merges: int, force: bool, json_: bool, quiet: bool
) -> None:
    """Byte pairs learned from your own text.

    The two neighbours that come most often become one piece, again and again, until there are enough. DATA is files,
    folders, patterns or `-` (stdin); compressed ones are read through. What comes of it is a tokenizer.json, which
    `armillary tokens --in FOLDER` and other programs open. The same text gives the same bytes.
    """
    from armillary.text.learn_pairs import merges_in
    from armillary.train.tokenizer import learn_tokenizer, texts_of

    if merges and Path("-") in data:
        raise InputError("--merges reads the text twice, which stdin cannot give; name a file")
    made = learn_tokenizer(data, out, size, force=force)
    shown = merges_in(made, texts_of(data))[:merges] if merges else []
    rows = [(_part(one.left), _part(one.right), _part(one.left + one.right), one.id, one.times) for one in shown]
    if json_:
        names = ("left", "right", "piece", "id", "times")
        listed = [dict(zip(names, row, strict=True)) for row in rows]
        return as_json({"out": str(out), "tokens": len(made), "merges": listed})
    if rows:
        table((say("left"), say("right"), say("becomes"), say("id"), say("times")), rows)
    if not quiet:
        say_line(say("{out}: {tokens:,} tokens, {merges:,} of them merged from two others", out=str(out),
                     tokens=len(made), merges=len(made.ranks) - 256))
    return None


def _part(part: bytes) -> str:
    """A part with its blanks to be seen; bytes that are no whole characters as such."""
    try:
        return part.decode().replace(" ", "␣")
    except UnicodeDecodeError:
        return f"<{part.hex()}>"

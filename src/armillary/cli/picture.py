"""slice: a picture of chosen points."""

import json
from pathlib import Path

import click

from armillary.cli.command import command, option
from armillary.cli.options import (
    force_option,
    in_option,
    json_option,
    opened,
    pairs_of,
    points_option,
    quiet_option,
    seed_option,
    words_from,
)
from armillary.cli.progress import progress
from armillary.cli.show import as_json, say_line, warn
from armillary.draw import font_notes, to_png
from armillary.errors import InputError
from armillary.formats.aside import file_aside
from armillary.language import say
from armillary.space import Space
from armillary.space.picture import Picture, pca_picture, slice_picture, tsne_picture


@command(
    "slice",
    """
    armillary slice king queen man woman --axes "woman - man" "king - man" --in glove-6b-50d --out royal.svg
    armillary slice cat dog horse --near 20 --dims 3 --in glove-6b-50d --out animals.html
    """,
)
@click.argument("words", nargs=-1, required=True, metavar="WORD...|@FILE")
@in_option
@points_option
@option("--axes", greedy=True, metavar="EXPR EXPR [EXPR]", help="The words or expressions that span the slice.")
@option("--arrows", greedy=True, metavar="A:B...", help="Arrows from one word to another.")
@option("--near", type=click.IntRange(1, 1000), help="Draw so many neighbours of each word too.")
@option("--dims", type=click.IntRange(2, 3), help="2 or 3 principal axes, where no --axes are given.")
@option("--tsne", is_flag=True, help="A t-SNE map instead (extra map): who is near whom.")
@option("--out", type=click.Path(path_type=Path), help="Where to: .svg, .html (it turns), .png or .json.")
@seed_option
@force_option
@json_option
@quiet_option
def slice_command(
    words: tuple[str, ...], target: str, axes: tuple[str, ...], arrows: tuple[str, ...], near: int | None,
    dims: int | None, tsne: bool, out: Path | None, seed: int, force: bool, json_: bool, quiet: bool,
) -> None:
    """A picture of the plane or space that chosen words span.

    With --axes the points are dropped onto the plane (of two) or space (of three) in which those words or expressions
    lie; faint dots lie mostly outside it. Without them, the axes are the directions in which the words vary most.
    """
    if out is None and not json_:
        raise click.UsageError(say("where does the picture go? Say --out FILE (.svg, .html, .png, .json), or --json"))
    space = opened(target, quiet)
    drawn = [word for argument in words for word in words_from(argument)]
    if near:
        drawn += [space.quoted(one.label) for word in tuple(drawn) for one in space.near(word, near)]
    with progress(say("drawing"), quiet):
        picture = _picture(space, drawn, axes, pairs_of(arrows), (dims, tsne, seed, out))
    if out is not None:
        _write(picture, out, force)
    if not quiet:
        warn(font_notes(picture.labels) if out is not None and out.suffix == ".png" else ())
    if json_:
        as_json(picture.facts())
    elif not quiet:
        say_line(say("{title}: {out}", title=picture.title, out=str(out)))


def _picture(
    space: Space, words: list[str], axes: tuple[str, ...], arrows: list[tuple[str, str]],
    how: tuple[int | None, bool, int, Path | None],
) -> Picture:
    dims, tsne, seed, out = how
    if axes:
        return slice_picture(space, words, axes, arrows)
    if tsne:
        return tsne_picture(space, words, seed, arrows)
    return pca_picture(space, words, dims or (3 if out is not None and out.suffix == ".html" else 2), arrows)


def _write(picture: Picture, out: Path, force: bool) -> None:
    makers = {
        ".svg": lambda: picture.svg().encode(),
        ".html": lambda: picture.html().encode(),
        ".png": lambda: to_png(picture.svg()),
        ".json": lambda: json.dumps(picture.facts(), ensure_ascii=False, indent=1).encode() + b"\n",
    }
    if out.suffix not in makers:
        raise InputError("a picture ends in .svg, .html, .png or .json, not in {ending!r}", ending=out.suffix)
    with file_aside(out, force) as file:
        file.write(makers[out.suffix]())

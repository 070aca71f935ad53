"""inside --journey: a token's way through the layers, and several side by side."""

from typing import TYPE_CHECKING

import click

from armillary.cli.inside_asked import Asked, View, cut, place_of, several_tokens
from armillary.cli.show import console, say_line
from armillary.draw import Scatter, slice_html, slice_svg
from armillary.draw.paths import paths_text
from armillary.language import say

if TYPE_CHECKING:
    from armillary.trace.journeys import Journeys


def journey(asked: Asked, written: str, texts: tuple[str, ...], axes: tuple[str, ...], lines: bool) -> View:
    """The way of a position or of a word's last token; in `texts` too, if there are any.

    Args:
        asked: the question.
        written: the position or the word.
        texts: more texts.
        axes: expressions of tokens along whose columns of W_U the ways are drawn.
        lines: draw the cosines by layer, not the ways.
    """
    import numpy as np

    from armillary.trace.journeys import journeys

    runs = [asked.run, *(asked.model.trace(text) for text in texts)]
    split = [(run, several) for run in runs if (several := several_tokens(run, written))]
    found = journeys([(run, place_of(run, written)) for run in runs])
    space = asked.model.unembedding if axes else None
    along = None if space is None else np.stack([space.point(axis).vector for axis in axes])
    def tell() -> None:
        for one in {tuple(several): None for _, several in split}:
            say_line(say("{word} is {count} tokens here, {pieces}: the last of them is followed, the first that can "
                         "know the whole.", word=written, count=len(one), pieces=cut(one)))
        _tell(found, found.scatter(2, along, axes))

    dims = len(axes) or 3
    return View(
        lambda: {**found.facts(), "split": [several for _, several in split]}, tell,
        lambda: found.lines_svg() if lines else slice_svg(found.scatter(len(axes) or 2, along, axes)),
        None if lines else lambda: slice_html(found.scatter(dims, along, axes)),
    )


def _tell(found: "Journeys", scatter: Scatter) -> None:
    width = min(console().width, 100)
    if len(found.names) > 1:
        for place in range(len(found.names)):
            say_line(found.short(place))
        equal = float(found.cosines[0].min()) > 0.99999
        say_line(say("At layer 0 all are one point." if equal else
                     "At layer 0 they are not one point: another token, or positions that are added."))
    say_line(say("How alike, layer by layer (cosine)") + ":")
    click.echo(found.lines_text(width), nl=False)
    if len(found.names) == 1:
        say_line(say("{name}: its length grows from {first:.1f} to {last:.1f}", name=found.names[0],
                     first=float(found.lengths[0, 0]), last=float(found.lengths[0, -1])))
    if len(scatter.axes) == 2:
        say_line()
        say_line(f"{scatter.title} ({', '.join(scatter.axes)}):")
        drawn = paths_text(scatter, width, 20).splitlines()
        click.echo("\n".join(drawn[:20]))

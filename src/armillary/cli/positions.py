"""positions: how a model tells places apart, as a heat map."""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from armillary.cli.command import command, option
from armillary.cli.options import columns_option, complete_target, force_option, json_option
from armillary.cli.show import as_json, console, say_line
from armillary.draw import heat_svg, heat_text, to_png
from armillary.errors import InputError
from armillary.formats.aside import file_aside
from armillary.language import printable, say
from armillary.opening import open_model
from armillary.published.configs import named
from armillary.published.tables import read_table
from armillary.shapes import Float32
from armillary.shelf import Shelf
from armillary.transformer.positions import PositionKind, position_kind, position_numbers

_SENTENCES = {
    "learned": "A row of W_pos is added to the point at each place; its numbers were learned.",
    "sinusoidal": "Sines and cosines are added to the point at each place, from fast to slow (Vaswani et al. 2017).",
    "halved": "Sines, then cosines are added to the point at each place, from fast to slow (Vaswani et al. 2017).",
    "rotary": "Nothing is added to the points: q and k are turned in pairs, at each place by larger angles (Su et al. "
    "2021). Drawn are the cosines of the angles, then the sines.",
}
_SENTENCES_OF_KINDS = {"learned": "Learned", "sinusoidal": "Sinusoidal", "halved": "Sinusoidal", "rotary": "Rotary"}


@command(
    "positions",
    """
    armillary positions smollm2-135m-instruct
    armillary positions transformer-base -n 128 --out sines.svg
    """,
)
@click.argument("target", metavar="MODEL|NAME", shell_complete=complete_target)
@option("-n", "count", default=64, show_default=True, type=click.IntRange(1, 100_000), help="How many places.")
@option("--block", default=0, show_default=True, type=click.IntRange(0), help="Of which block, where q and k turn.")
@columns_option
@option("--out", type=click.Path(path_type=Path), help="Where to: .svg, .png or .json, with all columns.")
@force_option
@json_option
def positions_command(
    target: str, count: int, block: int, columns: bool, out: Path | None, force: bool, json_: bool
) -> None:
    """How a model tells places apart: a heat map with a row for each place.

    MODEL is a language model; NAME is a published one whose config is known (see `armillary count`), which is enough
    where positions follow from a formula. Orange is above zero, blue below; in the terminal darker is larger.
    """
    kind, numbers = _asked(target, count, block)
    title = say("{kind} positions of {target}", kind=say(_SENTENCES_OF_KINDS[kind]), target=target)
    drawn, most = _drawn(numbers) if kind == "learned" else (numbers, 1.0)
    if out is not None:
        kept = numbers if out.suffix == ".json" else drawn
        _write(kept.T if columns else kept, title, out, force)
    if json_:
        return as_json({"kind": kind, "numbers": (numbers.T if columns else numbers).tolist()})
    say_line(title)
    say_line(say(_SENTENCES[kind]))
    if kind == "learned":
        say_line(say("One number in a hundred is larger than {most:.2f}, and drawn as if it were that.", most=most))
    if out is not None:
        return say_line(str(out))
    shown = np.concatenate([numbers[:, ::2], numbers[:, 1::2]], axis=1) if kind == "sinusoidal" else drawn
    if kind == "sinusoidal":
        say_line(say("Here all sines stand before all cosines."))
    shown = shown.T if columns else shown
    return click.echo(heat_text(shown, _numbered(shown), min(console().width, 100)), nl=False)


def _asked(target: str, count: int, block: int) -> tuple[PositionKind, Float32[np.ndarray, "n columns"]]:
    """The kind of positions, and their numbers."""
    if Path(target).exists() or target.lower() in {one.name for one in Shelf().entries if Shelf().here(one.name)}:
        model = open_model(target)
        config = model.config
        if position_kind(config) == "learned":
            if count > config.n_ctx:
                raise InputError("this model has {n_ctx} positions, not {count}", n_ctx=config.n_ctx, count=count)
            return "learned", read_table(model.path, "W_pos")[:count]
    else:
        config = named(target).config
    return position_kind(config), position_numbers(config, count, block)


def _drawn(numbers: Float32[np.ndarray, "n columns"]) -> tuple[Float32[np.ndarray, "n columns"], float]:
    """Learned numbers, few of which are far larger than all others: these no larger than 99 % of all are."""
    most = np.quantile(np.abs(numbers), 0.99)
    return np.clip(numbers, -most, most).astype(np.float32), float(most)


def _numbered(numbers: Float32[np.ndarray, "n columns"]) -> list[str]:
    """A label for each row that is drawn."""
    return [str(place) for place in range(len(numbers))]


def _write(numbers: Float32[np.ndarray, "n columns"], title: str, out: Path, force: bool) -> None:
    makers: dict[str, Any] = {
        ".svg": lambda: heat_svg(numbers, _numbered(numbers), printable(title)).encode(),
        ".png": lambda: to_png(heat_svg(numbers, _numbered(numbers), printable(title))),
        ".json": lambda: json.dumps(numbers.tolist()).encode() + b"\n",
    }
    if out.suffix not in makers:
        raise InputError("a heat map ends in .svg, .png or .json, not in {ending!r}", ending=out.suffix)
    with file_aside(out, force) as file:
        file.write(makers[out.suffix]())

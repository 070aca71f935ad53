"""direction, weat: an axis from pairs of words, and tests of association."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

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
from armillary.cli.show import as_json, say_line, table
from armillary.draw import Bar, bars_svg, bars_text
from armillary.errors import DamagedFile, NotFound
from armillary.formats.aside import file_aside
from armillary.language import say
from armillary.shelf import home
from armillary.space import Direction
from armillary.space.answers import Association, Projected
from armillary.space.direction import read_pairs


@command(
    "direction",
    """
    armillary direction cat:cats dog:dogs day:days --project one two three four five --in glove-6b-50d
    armillary direction man:woman king:queen --save gender --in glove-6b-50d
    armillary direction gender --project nurse doctor pilot --in glove-6b-50d --out gender.svg
    """,
)
@click.argument("pairs", nargs=-1, required=True, metavar="A:B...|NAME")
@option("--project", "projected", greedy=True, metavar="WORD...|@FILE",
        help="Words to place on the axis; @FILE reads them, one a line.")
@in_option
@points_option
@option("--save", metavar="NAME", help="Keep the pairs under this name, to be used in place of pairs.")
@option("--remove", "without", type=click.Path(path_type=Path), metavar="OUT.space",
        help="Write the space without this axis.")
@option("--out", type=click.Path(path_type=Path), help="The bar chart of the projected words as .svg.")
@seed_option
@force_option
@json_option
@quiet_option
def direction_command(
    pairs: tuple[str, ...], projected: tuple[str, ...], target: str, save: str | None, without: Path | None,
    out: Path | None, seed: int, force: bool, json_: bool, quiet: bool,
) -> None:
    """An axis from pairs of words, and words placed on it.

    The axis runs from the first word of each pair to the second: the mean of the differences. A word's value is its
    dot product with that mean, with a 95 % bootstrap interval over the pairs. Coherence is the mean cosine between
    the pairs' differences; p tells how often pairs swapped at random agree as well, from three pairs on.
    """
    space = opened(target, quiet)
    found = space.direction(_pairs(pairs))
    placed = found.project([word for argument in projected for word in words_from(argument)], seed) if projected else ()
    if save is not None:
        found.save(_saved(save, make=True), force)
    if without is not None:
        space.without(found).save(without, force)
    if out is not None:
        with file_aside(out, force) as file:
            file.write(bars_svg(_bars(placed), str(found)).encode())
    if json_:
        as_json(_facts(found, placed))
    else:
        _show(found, placed)


def _pairs(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """The pairs that were typed, or those saved under the one name that was."""
    if len(words) == 1 and ":" not in words[0]:
        path = _saved(words[0])
        if not path.is_file():
            raise NotFound("no direction is saved as {name!r}; make one from pairs with --save {name}", name=words[0])
        return read_pairs(path)
    return pairs_of(words)


def _saved(name: str, make: bool = False) -> Path:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise click.UsageError(say("the name {name!r} of a direction may hold letters, digits, - and _", name=name))
    folder = home() / "directions"
    if make:
        folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.json"


def _facts(found: Direction, placed: tuple[Projected, ...]) -> dict[str, Any]:
    test = found.separation
    return {
        "pairs": [list(pair) for pair in found.pairs],
        "coherence": found.coherence,
        "agreement": found.axis.agreement.tolist(),
        "p": None if test is None else test.p,
        "smallest_p": None if test is None else test.smallest,
        "projections": [asdict(one) for one in placed],
    }


def _bars(placed: tuple[Projected, ...]) -> list[Bar]:
    return [Bar(one.label, one.value, one.low, one.high) for one in placed]


def _show(found: Direction, placed: tuple[Projected, ...]) -> None:
    agreement = zip(found.pairs, found.axis.agreement.tolist(), strict=True)
    table((say("pair"), say("cosine with the axis")), [(f"{a} → {b}", cosine) for (a, b), cosine in agreement])
    if found.coherence is not None:
        say_line(say("coherence {coherence:.3f} (mean cosine between the pairs)", coherence=found.coherence))
    if found.separation is not None:
        say_line(say("p = {p:.4f} that pairs swapped at random agree as well (the smallest possible: {least:.4f})",
                     p=found.separation.p, least=found.separation.smallest))
    if placed:
        say_line()
        click.echo(bars_text(_bars(placed)))


@command(
    "weat",
    """
    armillary weat tests.json --in glove-6b-50d
    armillary weat tests.json --in glove-6b-50d --json
    """,
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@in_option
@points_option
@json_option
@quiet_option
def weat_command(file: Path, target: str, json_: bool, quiet: bool) -> None:
    """Word embedding association tests (Caliskan et al. 2017).

    FILE is JSON: a list of tests, each with a name and four lists of words: targets X and Y, attributes A and B. The
    effect is positive when X leans to A and Y to B. Words that the space does not hold are left out and named.
    """
    space = opened(target, quiet)
    found = [space.association(**test) for test in _tests(file)]
    if json_:
        as_json({"tests": [asdict(one) for one in found]})
        return
    table((say("test"), say("effect"), "p", say("smallest p"), say("words left out")), map(_row, found))


def _row(one: Association) -> tuple[object, ...]:
    return one.name, f"{one.effect:+.2f}", f"{one.p:.5f}", f"{one.smallest_p:.5f}", ", ".join(one.missing) or "–"


def _tests(file: Path) -> list[dict[str, Any]]:
    """The tests of a file, as arguments of `Space.association`."""
    try:
        tests = json.loads(file.read_text(encoding="utf-8"))
        return [
            {"name": str(test["name"]), **{key.lower(): [str(word) for word in test[key]] for key in "XYAB"}}
            for test in tests
        ]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedFile(
            file,
            'is no file of association tests: a JSON list of {{"name": …, "X": […], "Y": […], "A": […], "B": […]}}',
        ) from error

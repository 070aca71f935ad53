"""embed: texts as points, by the words of a space or by an encoder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from armillary.cli.command import command, option
from armillary.cli.options import (
    chosen_points,
    force_option,
    in_option,
    json_option,
    lines_in,
    opened,
    points_option,
    quiet_option,
)
from armillary.cli.progress import progress, progress_over
from armillary.cli.show import as_json, say_line, warn
from armillary.errors import InputError
from armillary.formats.store import is_store
from armillary.language import printable, say
from armillary.opening import WITH_MODEL, located, open_model
from armillary.space import Space
from armillary.space.sentences import Weighting, text_points


@command(
    "embed",
    """
    armillary embed sentences.txt --in glove-6b-50d --out sentences.space
    armillary embed sentences.txt --in glove-6b-50d --out sentences.space --weighting sif
    armillary embed sentences.txt --in minilm-l6-v2 --out sentences.space
    """,
)
@click.argument("file", type=click.Path(path_type=Path))
@in_option
@points_option
@option("--out", required=True, type=click.Path(path_type=Path), help="The space to write, labelled by the lines.")
@option("--weighting", default="mean", show_default=True, type=click.Choice(["mean", "sif"]),
        help="How the words of a text are weighed: all alike, or frequent ones less (SIF).")
@force_option
@json_option
@quiet_option
def embed_command(
    file: Path, target: str, out: Path, weighting: Weighting, force: bool, json_: bool, quiet: bool,
) -> None:
    """A vector for each line of a text file, as a space of its own.

    By a space of words, or the table that --points names, it is the mean of the words' vectors; an encoder reads the
    whole line. FILE may be `-` for stdin; empty and repeated lines are left out.
    """
    lines = list(dict.fromkeys(line for _, line in lines_in(file)))
    if not lines:
        raise InputError("there is no line of text to embed")
    encoder = None if chosen_points() else _encoder(target)
    if encoder is not None and weighting != "mean":
        raise InputError("--weighting is for the words of a space; an encoder weighs them itself")
    if encoder is None:
        texts, facts, oddities = _by_words(lines, target, weighting, quiet)
    else:
        texts, facts, oddities = _by_encoder(lines, encoder, target, quiet)
    texts.save(out, force)
    if oddities and not quiet:
        warn(oddities)
    if json_:
        as_json({"out": str(out), "rows": len(texts), "dim": texts.dim, **facts})
    elif not quiet:
        say_line(say("{out}: {rows:,} points of {dim} numbers", out=str(out), rows=len(texts), dim=texts.dim))


def _encoder(target: str) -> Any:
    """The encoder that `target` is, as a LanguageModel; None if it is anything else."""
    path = located(target, ("points", *WITH_MODEL))
    if is_store(path):
        return None
    from armillary.language_model import is_model

    if not is_model(path):
        return None
    from armillary.published.sentences import is_encoder

    model = open_model(target)
    return model if is_encoder(model.config) else None


def _by_words(
    lines: list[str], target: str, weighting: Weighting, quiet: bool
) -> tuple[Space, dict[str, int], list[str]]:
    """The lines as means of words; how many words the space does not hold, as a fact and in words."""
    space = opened(target, quiet)
    with progress_over(lines, say("texts"), quiet) as counted:
        points, missing = text_points(space, counted, weighting)
    listed = ", ".join(word for word, _ in missing.most_common(8))
    oddities = [say("words left out, not being in this space: {count} (most often {listed})",
                    count=missing.total(), listed=listed)] if missing else []
    origin = {"texts_in": dict(space.origin), "weighting": weighting}
    return Space(lines, np.ascontiguousarray(points), origin=origin), {"missing": missing.total()}, oddities


def _by_encoder(
    lines: Sequence[str], encoder: Any, target: str, quiet: bool
) -> tuple[Space, dict[str, int], list[str]]:
    """The lines as an encoder's points; how many are longer than it takes, as a fact and in words."""
    with progress(say("texts"), quiet) as told:
        found = encoder.sentence_vectors(lines, told)
    oddities = [say("{count} texts are longer than the {longest} tokens that {target} takes; their ends are left out",
                    count=found.truncated, longest=found.longest, target=printable(target))] if found.truncated else []
    origin = {"texts_in": {"name": encoder.name}}
    return Space(list(lines), found.vectors, origin=origin), {"missing": 0, "truncated": found.truncated}, oddities

"""embed: texts as points, by the words of a space or by an encoder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from armillary.cli.command import command, option
from armillary.cli.options import (
    chosen_points,
    encoder_at,
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
from armillary.errors import InputError, OutputExists
from armillary.language import printable, say
from armillary.opening import open_model
from armillary.space import Space
from armillary.space.sentences import Weighting, text_points


@command(
    "embed",
    """
    armillary embed sentences.txt --in glove-6b-50d --out sentences.space
    armillary embed sentences.txt --in glove-6b-50d --out sentences.space --weighting sif
    armillary embed sentences.txt --in minilm-l6-v2 --out sentences.space
    armillary embed sentences.txt --in smollm2-135m-instruct --layer 2 --each-token --out contexts.space
    """,
)
@click.argument("file", type=click.Path(path_type=Path))
@in_option
@points_option
@option("--out", required=True, type=click.Path(path_type=Path), help="The space to write, labelled by the lines.")
@option("--weighting", default="mean", show_default=True, type=click.Choice(["mean", "sif"]),
        help="How the words of a text are weighed: all alike, or frequent ones less (SIF).")
@option("--layer", type=click.IntRange(min=0),
        help="Of a model that writes: the points after so many blocks, of the last token of each line.")
@option("--each-token", is_flag=True, help="With --layer: the points of all tokens, each in its context.")
@force_option
@json_option
@quiet_option
def embed_command(
    file: Path, target: str, out: Path, weighting: Weighting, layer: int | None, each_token: bool, force: bool,
    json_: bool, quiet: bool,
) -> None:
    """A vector for each line of a text file, as a space of its own.

    By a space of words, or the table that --points names, it is the mean of the words' vectors; an encoder reads the
    whole line. FILE may be `-` for stdin; empty and repeated lines are left out.

    With --layer, a model that goes from left to right gives the points of tokens in their contexts. Each is labelled
    by its line, its position and the text around it: `near` then finds similar contexts.
    """
    if layer is not None:
        if weighting != "mean" or chosen_points():
            raise InputError("--layer goes without --weighting and --points, which are for tables of words")
        if out.exists() and not force:
            raise OutputExists(out)
        texts, facts, oddities = _by_layer(file, target, layer, each_token, out, quiet)
    else:
        if each_token:
            raise InputError("--each-token goes with --layer: which layer's points?")
        texts, facts, oddities = _by_text(file, target, weighting, quiet)
    texts.save(out, force)
    if oddities and not quiet:
        warn(oddities)
    if json_:
        as_json({"out": str(out), "rows": len(texts), "dim": texts.dim, **facts})
    elif not quiet:
        say_line(say("{out}: {rows:,} points of {dim} numbers", out=str(out), rows=len(texts), dim=texts.dim))


def _by_layer(
    file: Path, target: str, layer: int, each_token: bool, out: Path, quiet: bool
) -> tuple[Space, dict[str, int], list[str]]:
    """Tokens in their contexts; how many lines are longer than the model's context, as a fact and in words."""
    model = open_model(target)
    weights, n_ctx = model.transformer, model.config.n_ctx
    from armillary.trace.contexts import contexts
    from armillary.trace.corpus import Corpus

    corpus = Corpus(model.tokenizer, lines_in(file), n_ctx)
    with progress(say("tokens"), quiet) as told:
        found = contexts(weights, corpus, layer, each_token, out.absolute().parent, told)
    found = found.with_origin(texts_in={"name": model.name})
    return found, {"layer": layer, "truncated": corpus.truncated}, _cut(corpus.truncated, n_ctx, target)


def _by_text(
    file: Path, target: str, weighting: Weighting, quiet: bool
) -> tuple[Space, dict[str, int], list[str]]:
    """Lines as points, by words or by an encoder."""
    lines = list(dict.fromkeys(line for _, line in lines_in(file)))
    if not lines:
        raise InputError("there is no line of text to embed")
    encoder = encoder_at(target)
    if encoder is not None and weighting != "mean":
        raise InputError("--weighting is for the words of a space; an encoder weighs them itself")
    if encoder is None:
        return _by_words(lines, target, weighting, quiet)
    return _by_encoder(lines, encoder, target, quiet)


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
    oddities = _cut(found.truncated, found.longest, target)
    origin = {"texts_in": {"name": encoder.name}}
    return Space(list(lines), found.vectors, origin=origin), {"missing": 0, "truncated": found.truncated}, oddities


def _cut(count: int, longest: int, target: str) -> list[str]:
    """What is to be said of texts that are too long."""
    return [say("{count} texts are longer than the {longest} tokens that {target} takes; their ends are left out",
                count=count, longest=longest, target=printable(target))] if count else []

"""perplexity: how surprising a text is to a model, as a whole and token by token."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from armillary.cli.command import command, option
from armillary.cli.options import json_option, quiet_option
from armillary.cli.progress import progress
from armillary.cli.show import as_json, say_line, table
from armillary.cli.speaking import bar, device_options, model_option, opened_model
from armillary.cli.tokens import shown, text_or_stdin
from armillary.errors import DamagedFile, NotFound
from armillary.language import say

if TYPE_CHECKING:
    from armillary.speak.perplexity import Perplexity
    from armillary.text.tokenizer import Tokenizer

BEFORE = 6
"""Tokens that are shown before one that surprises."""


@command(
    "perplexity",
    """
    armillary perplexity book.txt --in smollm2-135m-instruct
    armillary perplexity book.txt --in gemma3-270m --context 512 --stride 128 --json
    """,
)
@click.argument("file", type=click.Path(path_type=Path))
@model_option
@option("--context", default=0, type=click.IntRange(0), help="Tokens that are read at once; unsaid, 2,048 or as many "
        "as the model has room for.")
@option("--stride", default=0, type=click.IntRange(0), help="How far each window goes beyond the one before; unsaid, "
        "half of --context.")
@option("-n", "count", default=8, show_default=True, type=click.IntRange(0, 1_000), help="How many tokens to show.")
@device_options
@json_option
@quiet_option
def perplexity_command(
    file: Path, target: str, context: int, stride: int, count: int, dtype: str, device: str, engine: str | None,
    json_: bool, quiet: bool
) -> None:
    """How surprising a text is to a model.

    The loss of a token is -ln of the chance that the model gave it, in nats. Their mean is the loss that models are
    trained on; e to it is the perplexity. Models that cut a text into other tokens are compared by bits per byte. FILE
    is text in UTF-8; `-` is stdin.

    A text longer than the context is read in windows, each --stride tokens beyond the one before, and every token is
    counted once. The first of a text is not counted where nothing stands before it.
    """
    text = _text(file)
    model = opened_model(target, quiet, dtype, device, engine=engine)
    with progress(say("reading"), quiet) as told:
        found = model.perplexity(text, context, stride, told)
    if json_:
        return as_json(_facts(found, model.tokenizer))
    table(("", ""), [
        (say("tokens counted"), f"{len(found.nats):,}"), (say("bytes"), f"{found.bytes:,}"),
        (say("nats per token"), f"{found.nats_per_token:.4f}"), (say("perplexity"), f"{found.perplexity:.2f}"),
        (say("bits per byte"), f"{found.bits_per_byte:.4f}"),
        (say("context and stride"), f"{found.context:,}, {found.stride:,}"),
    ])
    if count:
        say_line()
        _surprises(found, model.tokenizer, count)
    return None


def _text(file: Path) -> str:
    if str(file) == "-":
        return text_or_stdin("-")
    if not file.exists():
        raise NotFound("there is no file {path}", path=str(file))
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DamagedFile(file, "is not text in UTF-8", offset=error.start) from error


def _facts(found: "Perplexity", tokenizer: "Tokenizer") -> dict[str, Any]:
    from armillary.speak.candidates import name

    return {
        "tokens": len(found.nats), "bytes": found.bytes, "nats_per_token": found.nats_per_token,
        "perplexity": found.perplexity, "bits_per_byte": found.bits_per_byte, "context": found.context,
        "stride": found.stride,
        "losses": [{"token": name(tokenizer, one), "id": one, "nats": nats}
                   for one, nats in zip(found.ids, found.nats.tolist(), strict=True)],
    }


def _surprises(found: "Perplexity", tokenizer: "Tokenizer", count: int) -> None:
    """The tokens with the greatest loss, and what stood before each."""
    from armillary.speak.candidates import name

    places = np.argsort(-found.nats, kind="stable")[:count].tolist()
    highest = max(float(found.nats.max()), 1e-9)
    rows = []
    for place in places:
        before = b"".join(tokenizer.vocabulary.pieces[one] for one in found.ids[max(0, place - BEFORE) : place])
        rows.append((shown(before.decode(errors="ignore"))[-24:], shown(name(tokenizer, found.ids[place])),
                     float(found.nats[place]), bar(found.nats[place] / highest, 12)))
    table((say("after"), say("token"), say("nats"), ""), rows)

"""write: a text that goes on, streamed; several models or temperatures side by side."""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import complete_target, json_option, quiet_option
from armillary.cli.progress import progress
from armillary.cli.show import as_json, console, warn
from armillary.cli.speaking import (
    device_options,
    drawing_options,
    legible,
    limit_options,
    limits,
    opened_model,
    samplings,
)
from armillary.cli.tokens import text_or_stdin
from armillary.language import say

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel
    from armillary.speak.write import Spelling, Step, Writing

WIDE = 26
"""Columns below which texts stand below each other rather than side by side."""
INTERRUPTED = 130


@dataclass
class Written:
    """A text on its way: who writes it, and what there is of it."""

    name: str
    model: "LanguageModel"
    temperature: float
    most: int
    writing: "Writing"
    spelling: "Spelling"
    text: str = ""
    nats: list[float] = field(default_factory=list)
    told: int = 0

    def steps(self) -> Iterator[str]:
        """Write on; the characters that came with each token."""
        for step in self.writing:
            yield self.take(step)
        yield self.end()

    def take(self, step: "Step") -> str:
        """Note a token; the characters that came with it."""
        self.nats.append(step.nats)
        piece = "" if self.writing.ending == "stop" else self.spelling.feed(step.id)
        self.text += piece
        return piece

    def end(self) -> str:
        """The characters that are left."""
        rest = self.spelling.end()
        self.text += rest
        return rest

    def facts(self) -> dict[str, Any]:
        """What there is to know of it."""
        from armillary.speak.candidates import name

        writing = self.writing
        mean = sum(self.nats) / len(self.nats) if self.nats else None
        return {
            "model": self.name, "temperature": self.temperature, "text": self.text,
            "tokens": [{"token": name(self.model.tokenizer, one), "id": one, "nats": nats}
                       for one, nats in zip(writing.written, self.nats, strict=False)],  # Ctrl-C comes at any time
            "ending": writing.ending or "interrupted", "context": writing.context, "in_context": len(writing.window),
            "forgotten": writing.forgotten, "nats_per_token": mean, "bits_per_byte": self._bits(),
        }

    def summary(self) -> str:
        """How it ended, in a sentence or two."""
        ending = {
            "most": say("as long as was asked for"), "stop": say("the model says that it is done"),
            "full": say("the context is full; --on-full slide goes on"), "": say("interrupted"),
        }[self.writing.ending]
        count = len(self.nats)
        if not count:
            return ending
        bits = self._bits()
        perplexity = math.exp(sum(self.nats) / count)
        return say("{count:,} tokens, perplexity {perplexity}, {bits:.2f} bits per byte: {ending}", count=count,
                   perplexity=f"{perplexity:,.2f}" if perplexity < 100 else f"{perplexity:,.0f}", bits=bits,
                   ending=ending)

    def _bits(self) -> float:
        size = len(self.text.encode())
        return sum(self.nats) / math.log(2) / max(size, 1)


@command(
    "write",
    """
    armillary write "Once upon a time" --in smollm2-135m-instruct
    armillary write "从前有一座山，" --in gemma3-270m -n 60 --seed 3
    armillary write "The sea is" --in smollm2-135m-instruct --temperature 0 --temperature 1 --temperature 2
    armillary write "The sea is" --in smollm2-135m-instruct --in gemma3-270m -n 40
    """,
)
@click.argument("text")
@option("--in", "targets", required=True, multiple=True, metavar="MODEL", shell_complete=complete_target,
        help="A model: a folder with safetensors, a GGUF file, or a name on the shelf. Several write side by side.")
@limit_options(most=100)
@drawing_options(temperature=0.7)
@device_options
@json_option
@quiet_option
def write_command(
    text: str, targets: tuple[str, ...], dtype: str, device: str, engine: str | None,
    json_: bool, quiet: bool, **settings: Any
) -> int:
    """A text that goes on, token by token.

    TEXT is taken as it is; `-` reads it from stdin. Each token is drawn by its chance among all that may come next
    (see `armillary next`), and read on. The text ends after -n tokens, when the model says so, or when the context is
    full. With --on-full slide the model then forgets the first half of what it sees, reads the rest anew and goes on:
    nothing of what was before is left in it.

    Several models, or several temperatures, write side by side, each with the perplexity of what it wrote and the bits
    per byte: how surprising its own text is to the model, before temperature and cuts. Ctrl-C keeps what was written.
    """
    read = text_or_stdin(text)
    models = {target: opened_model(target, quiet, dtype, device, engine=engine) for target in dict.fromkeys(targets)}
    texts = [_begun(target, model, how, read, settings) for target, model in models.items()
             for how in samplings(settings)]
    code = 0
    try:
        if json_:
            _silently(texts, quiet)
        elif len(texts) == 1:
            _stream(texts[0], read, quiet)
        else:
            _beside(texts, read)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if json_:
        as_json({"prompt": read, "texts": [one.facts() for one in texts]})
    elif len(texts) > 1:
        console().print(_drawn(texts, read))
    else:
        click.echo()
        warn(() if quiet else [texts[0].summary()])
    return code


def _silently(texts: list[Written], quiet: bool) -> None:
    """All texts, with a bar that says how far they are."""
    most = sum(one.most for one in texts)
    with progress(say("writing"), quiet) as told:
        for _ in _grown(texts):
            told(sum(len(one.nats) for one in texts), most)


def _grown(texts: list[Written]) -> Iterator[None]:
    """A token each in turn, until all are ended."""
    from armillary.speak.together import rounds

    try:
        for steps in rounds([one.writing for one in texts]):
            for one, step in zip(texts, steps, strict=True):
                if step:
                    one.take(step)
            yield
    finally:
        for one in texts:
            one.end()


def _begun(target: str, model: "LanguageModel", how: Any, text: str, settings: dict[str, Any]) -> Written:
    from armillary.speak.write import Spelling

    writing = model.write(text, how, limits(settings), settings["seed"])
    return Written(target, model, how.temperature, settings["most"], writing, Spelling(model.tokenizer))


def _stream(one: Written, text: str, quiet: bool) -> None:
    """The text and how it goes on, as it comes."""
    click.echo(legible(text), nl=False)
    for piece in one.steps():
        click.echo(legible(piece), nl=False)
        sys.stdout.flush()
        _tell_forgetting(one, quiet)


def _tell_forgetting(one: Written, quiet: bool) -> None:
    """Say once what it means that the context is full."""
    if one.writing.forgotten and not one.told and not quiet:
        click.echo(err=True)
        warn([say("the context of {context:,} tokens is full: from here on the model sees the last {seen:,}, and what "
                  "was before is forgotten", context=one.writing.context, seen=len(one.writing.window))])
    one.told = one.writing.forgotten


def _beside(texts: list[Written], text: str) -> None:
    """All of them grow at once, a token each in turn; on a terminal one sees it."""
    live = None
    if sys.stdout.isatty():
        from rich.live import Live

        live = Live(console=console(), transient=True, auto_refresh=False)
        live.start()
    try:
        for _ in _grown(texts):
            if live:
                live.update(_drawn(texts, text), refresh=True)
    finally:
        if live:
            live.stop()


def _drawn(texts: list[Written], text: str) -> Any:
    """The texts side by side, or below each other where columns would be too narrow."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    cells = []
    for one in texts:
        body = Text(legible(text), style="dim")
        body.append(legible(one.text), style="not dim")
        cells.append((Text(_heading(one, texts), style="bold"), body, Text(one.summary(), style="cyan")))
    if console().width // len(texts) < WIDE:
        return Group(*(Padding(Group(*cell), (0, 0, 1, 0)) for cell in cells))
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True, show_header=False)
    for _ in cells:
        made.add_column(ratio=1, overflow="fold")
    for place in range(3):
        made.add_row(*(cell[place] for cell in cells), end_section=True)
    return made


def _heading(one: Written, texts: list[Written]) -> str:
    """What tells it from the others."""
    names, heats = {each.name for each in texts}, {each.temperature for each in texts}
    heat = f"T = {one.temperature:g}"
    if len(names) == 1:
        return heat
    return one.name if len(heats) == 1 else f"{one.name}, {heat}"

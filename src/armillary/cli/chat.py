"""chat: a conversation in the terminal, with what it takes of the context and what is forgotten."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import json_option, lines_of, quiet_option
from armillary.cli.show import as_json, warn
from armillary.cli.speaking import (
    device_options,
    drawing_options,
    legible,
    limits,
    model_option,
    opened_model,
    samplings,
)
from armillary.errors import InputError
from armillary.language import say

if TYPE_CHECKING:
    from armillary.speak.chat import Answer, Chat

INTERRUPTED = 130


@command(
    "chat",
    """
    armillary chat --in smollm2-135m-instruct
    armillary chat --in smollm2-135m-instruct --system "Answer in one sentence." --seed 3
    armillary chat --in gemma3-270m --template gemma3
    armillary chat --in smollm2-135m-instruct --show-template
    """,
)
@model_option
@option("--system", default="", metavar="TEXT", help="What the model is told before the conversation.")
@option("--template", default="", metavar="NAME", help="Lay turns out by this template of ours instead.")
@option("--show-template", is_flag=True, help="Show the file's template and stop; it is never run.")
@option("-n", "most", default=512, show_default=True, type=click.IntRange(1), help="Tokens in an answer at most.")
@option("--context", default=0, type=click.IntRange(0), help="Let the model see at most so many tokens.")
@drawing_options(temperature=0.7)
@device_options
@json_option
@quiet_option
def chat_command(
    target: str, system: str, template: str, show_template: bool, dtype: str, device: str, engine: str | None,
    json_: bool, quiet: bool,
    **settings: Any,
) -> int:
    """A conversation with a model.

    Each line is a message: typed, or from stdin. An empty line is passed over; Ctrl-D ends the conversation, Ctrl-C an
    answer. How turns are laid out is known by the hash of the template in the model's file, for which there is code of
    ours: a file's own template is a program, and is never run. What looks like a special token in a message is text.

    After each answer stands how many tokens of the context the conversation takes. When it no longer fits, the oldest
    questions and answers are left out, and it says which.
    """
    hows = samplings(settings)
    if len(hows) > 1:
        raise InputError("a conversation has one temperature; {count} were given", count=len(hows))
    if show_template:
        return _show(target)
    model = opened_model(target, quiet, dtype, device, engine=engine)
    chat = model.chat(system, template, hows[0], limits(settings))
    for place, message in enumerate(_messages()):
        answer = _answered(chat, message, settings["seed"] + place, json_)
        if json_:
            as_json({"message": message, **asdict(answer), "context": chat.context}, lines=True)
        elif not quiet:
            _tell(chat, answer)
    return 0


def _show(target: str) -> int:
    """The template as it stands in the file."""
    from armillary.opening import open_model

    text = open_model(target).speaking.template
    if not text:
        raise InputError("{name} has no chat template", name=target)
    click.echo(legible(text))
    return 0


def _messages() -> Iterator[str]:
    """The lines of stdin; on a terminal each is asked for."""
    if not sys.stdin.isatty():
        yield from lines_of("-")
        return
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            click.echo()
            return
        if line:
            yield line


def _answered(chat: "Chat", message: str, seed: int, silent: bool) -> "Answer":
    """The answer, shown as it comes; Ctrl-C ends it, and what there is stays."""
    steps = chat.say(message, seed)
    answer: Answer | None = None
    try:
        for piece, so_far in steps:
            answer = so_far
            if not silent:
                click.echo(legible(piece), nl=False)
                sys.stdout.flush()
    except KeyboardInterrupt:
        if answer is None:
            raise
    finally:
        steps.close()
    if not silent:
        click.echo()
    assert answer is not None
    return answer


def _tell(chat: "Chat", answer: "Answer") -> None:
    """What the conversation takes of the context, and what no longer fits."""
    said = [say("{tokens:,} of {context:,} tokens", tokens=answer.tokens, context=chat.context)]
    if answer.ending == "most":
        said.append(say("the answer was cut off; -n allows more"))
    elif answer.ending == "full":
        said.append(say("the context is full"))
    if answer.forgotten:
        said.append(say("no longer seen, for lack of room: your first {count} messages and their answers",
                        count=answer.forgotten // 2))
    warn([f"{say('; ').join(said)}\n"])

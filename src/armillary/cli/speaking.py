"""What the commands share in which a model speaks: their options, how the model is opened, how chances are shown."""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import F, option, together
from armillary.cli.options import complete_target
from armillary.cli.progress import progress
from armillary.cli.show import warn
from armillary.errors import ArmillaryWarning
from armillary.language import printable, say

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel
    from armillary.speak.sample import Sampling
    from armillary.speak.write import Limits

model_option = option("--in", "target", required=True, metavar="MODEL", shell_complete=complete_target,
                      help="A model: a folder with safetensors, a GGUF file, or a name on the shelf.")
BAR = 24
"""Columns of a bar that stands for 100 %."""


def device_options(function: F) -> F:
    """Where the model is computed, and with which numbers."""
    return together(
        option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda|mps",
               help="Where to compute; auto takes an accelerator if there is one."),
        option("--dtype", default="float32", show_default=True, type=click.Choice(["float32", "bfloat16", "float16"]),
               help="The numbers to compute with; float32 gives the published scores."),
        option("--engine", type=click.Choice(["fast", "fast-int8", "torch"]),
               help="Who computes: fast takes the numbers of a file as they are, and with fast-int8 a long text takes "
                    "half the memory; unsaid, torch, which gives the published scores."),
    )(function)


def drawing_options(temperature: float) -> Callable[[F], F]:
    """How the next token is drawn: the settings of `speak.sample.Sampling`, any number of temperatures."""
    return together(
        option("--temperature", multiple=True, default=(temperature,), type=float,
               help="Scores are divided by it before the softmax; 0 takes the likeliest. Several for comparison."),
        option("--top-k", default=0, show_default=True, type=click.IntRange(0),
               help="Draw only from the K likeliest tokens; 0 for all."),
        option("--top-p", default=1.0, show_default=True, type=float,
               help="Draw only from the fewest tokens that together have this chance."),
        option("--min-p", default=0.0, show_default=True, type=float,
               help="Draw only tokens with at least this share of the likeliest one's chance."),
        option("--repetition-penalty", default=1.0, show_default=True, type=float,
               help="Make tokens that were there already less likely: 1 for no, 1.1 for a little."),
        option("--seed", default=0, show_default=True, help="The seed of all that is drawn at random."),
    )


def samplings(drawing: dict[str, Any]) -> "list[Sampling]":
    """The settings that the options of `drawing_options` say, one for each temperature."""
    from armillary.speak.sample import Sampling

    others = {name: drawing[name] for name in ("top_k", "top_p", "min_p", "repetition_penalty")}
    return [Sampling(temperature=one, **others) for one in drawing["temperature"]]


def limit_options(most: int) -> Callable[[F], F]:
    """How long a text may become."""
    return together(
        option("-n", "most", default=most, show_default=True, type=click.IntRange(1), help="Tokens to write at most."),
        option("--context", default=0, type=click.IntRange(0), help="Let the model see at most so many tokens."),
        option("--on-full", default="stop", show_default=True, type=click.Choice(["stop", "slide"]),
               help="When the context is full: stop, or forget its first half and read the rest anew."),
    )


def limits(settings: dict[str, Any]) -> "Limits":
    """What the options of `limit_options` say."""
    from armillary.speak.write import Limits

    return Limits(most=settings["most"], context=settings["context"], on_full=settings.get("on_full", "stop"))


def opened_model(
    target: str, quiet: bool, dtype: str, device: str, keep: bool = True, engine: str | None = None
) -> "LanguageModel":
    """The model that a command is pointed at, its weights read.

    What was odd about its tokenizer, `armillary tokens` tells: who chats need not hear it every time. That torch has to
    compute it goes to stderr.
    """
    from armillary.opening import open_model

    opening = say("opening {target}", target=printable(target))
    if engine and engine != "torch" and not _are_compiled():
        opening = say("compiling the fast engine, once on this machine")
    with warnings.catch_warnings(record=True) as said, progress(opening, quiet):
        warnings.simplefilter("ignore", ArmillaryWarning)
        model = open_model(target, dtype, device, keep, engine or "")
        _ = model.tokenizer
        warnings.simplefilter("always", ArmillaryWarning)
        _ = model.engine
    if not quiet:
        warn([str(one.message) for one in said])
    return model


def _are_compiled() -> bool:
    """Whether the fast engine need not be compiled first (or cannot be)."""
    from armillary.extras import have
    from armillary.speak.fast.compiled import are_compiled

    return not have("numba") or are_compiled()


def bar(share: float, room: int = BAR) -> str:
    """A bar for a share of 1, exact to an eighth of a column."""
    eighths = round(share * room * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def percent(share: float) -> str:
    """A chance as people read it, in seven columns: small ones keep a figure."""
    if share and share < 0.00001:
        return "<0.001%"
    return (f"{share:.1%}" if share >= 0.0005 or not share else f"{share:.3%}").rjust(7)


def legible(text: str) -> str:
    """A piece of a text as it may go to a terminal: its lines stay, characters that would steer it do not."""
    return "\n".join(map(printable, text.split("\n")))

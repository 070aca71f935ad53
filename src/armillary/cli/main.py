"""`armillary`: the table of commands, and how whatever goes wrong ends in one line and an exit code.

A command's module is imported when the command is called, so that `armillary --help` needs neither NumPy nor rich.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 an extra is missing, 130 interrupted.
"""

import atexit
import gc
import os
import sys
import warnings
from collections.abc import Sequence

import click

from armillary import language
from armillary.cli.command import Group, Option, ReaderGone, language_option, usage_sentence
from armillary.errors import ArmillaryError
from armillary.language import printable, say

# name -> (module of armillary.cli, what it does), in the order in which a newcomer meets them
COMMANDS = {
    "tour": ("tour", "One walk through a real model: words, points, neighbours, directions."),
    "explore": ("explore", "The explorer in the browser: tokens, points, the next word."),
    "shelf": ("shelf", "What can be opened by name: size, licence, whether it is here."),
    "get": ("shelf", "Bring published models onto the shelf, checked against a pinned SHA-256."),
    "info": ("files", "What a file, a folder or a name on the shelf holds."),
    "tokens": ("tokens", "A text as a tokenizer cuts it: pieces, ids, bytes."),
    "next": ("next", "The tokens that may come next, with their scores and chances."),
    "fill": ("fill", "The cloze: what stands in the blanks of a text, by a model that sees both sides."),
    "write": ("write", "A text that goes on, by one model or by several side by side."),
    "chat": ("chat", "A conversation with a model that learned to have one."),
    "perplexity": ("perplexity", "How surprising a text is to a model: nats per token, bits per byte."),
    "translate": ("translate", "What becomes of a text, by a translator that was learned."),
    "inside": ("inside", "Every step of a text's way through a model, and what if a step were another."),
    "near": ("ask", "The nearest points of a word or of an expression: king - man + woman."),
    "similarity": ("ask", "How alike two words or texts are: cosine, dot product, angle."),
    "odd": ("ask", "The word that does not belong to the others."),
    "direction": ("axis", "An axis from pairs such as cat:cats, and words placed on it."),
    "weat": ("axis", "Word embedding association tests, from a file of word lists."),
    "slice": ("picture", "A picture of the plane or space that chosen words span."),
    "align": ("compare", "Turn one space onto another, and see which words moved most."),
    "positions": ("positions", "How a model tells places apart, as a heat map."),
    "evaluate": ("compare", "Analogy, similarity and category tests, with coverage and intervals."),
    "classify": ("classify", "The class of a text, by a classifier that was learned."),
    "embed": ("embed", "A vector for each line of a text file, as a space of its own."),
    "count": ("count", "Every parameter of a model, from its config alone."),
    "learn": ("learn", "Learn vectors, models that write or fill blanks, classifiers and more."),
    "convert": ("files", "From one format to another, by the ending of the output."),
    "verify": ("files", "Read every byte against the checksums."),
    "bench": ("bench", "A peer and Armillary side by side (in a checkout)."),
}


@click.group(
    cls=Group,
    table=COMMANDS,
    help="A see-through language model: text to tokens, to points, to the next word, with every step open.",
    epilog="""
    armillary tour
    armillary near "king - man + woman" --in glove-6b-50d
    """,
)
@click.version_option(package_name="armillary", message="%(version)s", cls=Option, help="Show the version and stop.")
@language_option
def armillary() -> None:
    """The group itself does nothing."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command line and exit with its code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # NumPy's idle threads spin for 25 ms before they sleep: 0.1 s of CPU in a command that lasts 0.2 s. 2^20 ticks do.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
    # Some BLAS kernels leave floating-point flags behind that finite numbers never raised (numpy issue 24067).
    warnings.filterwarnings("ignore", ".* encountered in matmul", RuntimeWarning)
    # Before it ends, Python looks through all that is left for garbage: 25 ms after a model spoke. It need not.
    atexit.register(gc.freeze)
    with language.speaking(asked_language(arguments) or language.from_environment()):
        sys.exit(_run(arguments))


def asked_language(arguments: Sequence[str]) -> str | None:
    """What `--lang` says, wherever it stands: help and errors that click gives on the way must know it too."""
    for place, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang" and place + 1 < len(arguments):
            return arguments[place + 1]
    return None


def _run(arguments: Sequence[str]) -> int:
    """The exit code of a command line; what goes wrong is said on stderr in one line."""
    try:
        code = armillary.main(args=list(arguments), prog_name="armillary", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        return _failed(usage_sentence(error), error.exit_code)
    except click.ClickException as error:
        return _failed(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _failed(say("interrupted"), 130)
    except (BrokenPipeError, ReaderGone):
        # The reader (`| head`) has gone: not an error. Python must not try to flush into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return _failed(say("there is not enough memory for this; ask for less at once"), 1)
    except ArmillaryError as error:
        return _failed(str(error), error.exit_code)
    except OSError as error:  # what the readers and writers of files did not foresee: a folder, no permission
        return _failed(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)
    return code if isinstance(code, int) else 0


def _failed(sentence: str, code: int) -> int:
    sys.stderr.write(f"armillary: {printable(sentence)}\n")
    return code

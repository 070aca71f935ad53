"""learn gpt: a text becomes a language model."""

from pathlib import Path
from typing import Any

import click

from armillary.cli.command import command, option
from armillary.cli.learn_basics import basic_options, run
from armillary.cli.learn_gpt_card import tell


@command(
    "gpt",
    """
    armillary learn gpt book.txt --out book
    armillary learn gpt 红楼梦.txt --out 红楼梦 --minutes 10
    armillary learn gpt letters/ --out mine --from smollm2-135m-instruct --train lora --minutes 20
    """,
)
@click.argument("data", nargs=-1, required=True, metavar="DATA...", type=click.Path(path_type=Path))
@basic_options
@option("--tokenizer", type=click.Choice(["bytes", "characters", "pairs"]), help="What a token is; unsaid, chosen by "
        "the text.")
@option("--recipe", default="published", show_default=True, type=click.Choice(["published", "fast"]),
        help="What a new model is: of a kind that other programs open too, or one that opens here only and learns "
        "faster.")
@option("--from", "start", metavar="MODEL", help="Go on from this model: a folder, a GGUF file, a name on the shelf.")
@option("--train", default="all", show_default=True, type=click.Choice(["all", "W_E", "but-W_E", "lora"]),
        help="With --from, what learns: all weights, only W_E, all but W_E, or low-rank additions to the matrices.")
def gpt_command(data: tuple[Path, ...], out: Path, json_: bool, quiet: bool, **settings: Any) -> int:
    """A text becomes a language model, in minutes.

    DATA is files, folders, patterns or `-` (stdin); compressed ones are read through. The text is looked at; what a
    token is, the size of the model and the number of steps are chosen for it and for the time, and said. A tenth of the
    text is held out; on the way the loss on it is shown, and what the model writes by then.

    The folder has config.json, model.safetensors and tokenizer.json: it opens here and in transformers. learned.json
    tells how the model came about, with the losses beside those of counting tokens and pairs of tokens.

    Ctrl-C saves what was learned, and --resume goes on from there; so it does after a crash. Started by torchrun, many
    processes on one machine or several share each step.
    """
    def learn(progress: Any) -> Any:
        from armillary.learning.gpt.asked import Asked
        from armillary.learning.gpt.learn import gpt_learned

        return gpt_learned(list(data), out, Asked(**settings, progress=progress))

    return run("gpt", learn, tell, out, json_, quiet)

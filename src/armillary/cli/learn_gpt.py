"""learn gpt: a text becomes a language model."""

from pathlib import Path
from typing import Any

import click

from armillary.cli.command import command, option
from armillary.cli.learn_gpt_card import tell
from armillary.cli.learn_gpt_progress import told
from armillary.cli.learn_options import how_to_resume
from armillary.cli.options import force_option, json_option, quiet_option
from armillary.cli.show import as_json

_COUNT = click.IntRange(1)


@command(
    "gpt",
    """
    armillary learn gpt book.txt --out book
    armillary learn gpt 红楼梦.txt --out 红楼梦 --minutes 10
    armillary learn gpt letters/ --out mine --from smollm2-135m-instruct --train lora --minutes 20
    """,
)
@click.argument("data", nargs=-1, required=True, metavar="DATA...", type=click.Path(path_type=Path))
@option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where the model goes.")
@option("--minutes", default=2.0, show_default=True, type=click.FloatRange(0, min_open=True),
        help="How long it learns; the model is as large as is good for that time.")
@option("--steps", type=_COUNT, help="So many steps, not what the pace of this machine gives: repeats an earlier plan, "
        "bit for bit.")
@option("--tokenizer", type=click.Choice(["bytes", "characters", "pairs"]), help="What a token is; unsaid, chosen by "
        "the text.")
@option("--d-model", type=_COUNT, help="Numbers in a point; unsaid, by the time.")
@option("--n-layers", type=_COUNT, help="Blocks; unsaid, by the time.")
@option("--context", type=click.IntRange(2), help="Tokens in a window; unsaid, by the time.")
@option("--batch", type=_COUNT, help="Windows in a step; unsaid, by the time.")
@option("--from", "start", metavar="MODEL", help="Go on from this model: a folder, a GGUF file, a name on the shelf.")
@option("--train", default="all", show_default=True, type=click.Choice(["all", "W_E", "but-W_E", "lora"]),
        help="With --from, what learns: all weights, only W_E, all but W_E, or low-rank additions to the matrices.")
@option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The seed of all that is drawn at random.")
@option("--snapshot-seconds", default=60.0, type=click.FloatRange(0), metavar="SECONDS",
        help="How often all is saved beside the output, in OUT.learning (60).")
@option("--resume", is_flag=True, help="Go on from what an interrupted learning saved; the result is that of one that "
        "was never interrupted.")
@force_option
@json_option
@quiet_option
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
    from armillary.extras import need

    need("torch")
    from armillary.learning.gpt.asked import Asked
    from armillary.learning.gpt.learn import gpt_learned
    from armillary.train.together import is_first, join

    join()
    try:
        with told(quiet or not is_first()) as progress:
            card = gpt_learned(list(data), out, Asked(**settings, progress=progress))
    except KeyboardInterrupt:
        click.echo(f"armillary: {how_to_resume(out)}", err=True)
        return 130
    if not is_first():
        return 0
    if json_:
        as_json(card.facts())
    elif not quiet:
        tell(card)
    return 0

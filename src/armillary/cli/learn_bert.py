"""learn bert: a text becomes a model that fills blanks."""

from pathlib import Path
from typing import Any

import click

from armillary.cli.command import command, option
from armillary.cli.learn_basics import basic_options, run
from armillary.cli.learn_bert_card import tell


@command(
    "bert",
    """
    armillary learn bert book.txt --out book
    armillary learn bert 红楼梦.txt --out 红楼梦 --minutes 10
    """,
)
@click.argument("data", nargs=-1, required=True, metavar="DATA...", type=click.Path(path_type=Path))
@basic_options
@option("--tokenizer", default="pieces", show_default=True, type=click.Choice(["pieces", "words"]),
        help="What a token is: pieces of words and single Chinese characters; or whole words, Chinese ones too.")
def bert_command(data: tuple[Path, ...], out: Path, json_: bool, quiet: bool, **settings: Any) -> int:
    """A text becomes a model that fills blanks, in minutes.

    DATA is files, folders, patterns or `-` (stdin); compressed ones are read through. Of every hundred tokens 15 are
    hidden, and an encoder that sees both sides guesses them: BERT's cloze. The size of the model and the number of
    steps are chosen for the text and for the time, and said. A tenth of the text is held out; on the way the loss on it
    is shown, and how one of its lines is filled by then.

    The folder has config.json, model.safetensors, tokenizer.json and vocab.txt: it opens here (armillary fill) and in
    transformers. learned.json tells how the model came about: the loss beside that of counting tokens, and how often a
    blank in a line that is held out is filled right.

    With --tokenizer words the text is cut into words by a dictionary, and each is a token; what is to be filled then
    needs blanks between its words.

    Ctrl-C saves what was learned, and --resume goes on from there; so it does after a crash. Started by torchrun, many
    processes on one machine or several share each step.
    """
    def learn(progress: Any) -> Any:
        from armillary.learning.bert.asked import Asked
        from armillary.learning.bert.learn import bert_learned

        return bert_learned(list(data), out, Asked(**settings, progress=progress))

    return run("bert", learn, tell, out, json_, quiet)

"""learn: the table of what can be learned."""

import click

from armillary.cli.command import Group, language_option

# name -> (module of armillary.cli, what it does)
LEARN = {
    "vectors": ("learn_vectors", "A vector for each word of a text: skip-gram, CBOW, GloVe, PPMI."),
    "items": ("learn_items", "The same for anything that comes in baskets or sequences."),
    "bert": ("learn_bert", "A model that fills blanks, from a text in minutes."),
    "gpt": ("learn_gpt", "A language model, from a text in minutes; or one that goes on from another."),
    "classifier": ("learn_classifier", "The class of a text, from texts with labels."),
    "table": ("learn_table", "A number or a class from the columns of a table; every category a point."),
    "translator": ("learn_translator", "What becomes of a text, from pairs of a source and a target."),
    "tokenizer": ("learn_tokenizer", "Byte pairs: which bytes of a text belong together."),
}


@click.group(
    "learn",
    cls=Group,
    table=LEARN,
    help="Learn from a text, or from baskets of anything, on your own machine. The same text, settings and version "
         "give the same bytes, on any number of threads.",
    epilog="""
    armillary learn vectors book.txt --out book.space
    armillary learn items orders.csv --out orders.space
    armillary learn gpt book.txt --out book
    """,
)
@language_option
def learn_command() -> None:
    """The group itself does nothing."""

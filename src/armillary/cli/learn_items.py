"""learn items: a vector for each item of baskets or sequences."""

from pathlib import Path
from typing import Any

import click

from armillary.cli.command import command, option
from armillary.cli.learn_options import learning_options, run
from armillary.errors import InputError
from armillary.learning import items_learned

BASKETS = (
    option("--columns", metavar="GROUP,ITEM", help="Of a table: the names of the two columns that hold the basket and "
           "the item. Without it, each line is a basket."),
    option("--separator", metavar="CHARACTER", help="Between items or columns; unsaid, it is found: tab, comma, "
           "semicolon."),
    option("--sets", is_flag=True, default=None, help="Count an item once in a basket."),
    option("--unordered", is_flag=True, default=None, help="The order inside a basket means nothing: all of it is "
           "near."),
    option("--min-count", type=click.IntRange(1), help="Items in fewer places are left out (1)."),
)


@command(
    "items",
    """
    armillary learn items playlists.txt --out songs.space
    armillary learn items orders.csv --columns order,product --unordered --out products.space
    """,
)
@click.argument("baskets", type=click.Path(path_type=Path))
@learning_options(*BASKETS)
def items_command(baskets: Path, out: Path, columns: str | None, **settings: Any) -> int:
    """A vector for each item of baskets or sequences: orders, playlists, journeys.

    BASKETS is a file of one basket a line, its items between commas, semicolons or tabs, or a table with a column that
    names the basket and one that names the item. Items that come together with the same others get vectors that lie
    near each other. The methods are those of `armillary learn vectors`.
    """
    if columns is not None:
        group, comma, item = columns.partition(",")
        if not (group and comma and item):
            raise InputError("{columns!r} is no pair of columns: write two names with a comma between, as in "
                             "order,item", columns=columns)
        settings["columns"] = (group, item)
    return run(lambda settings: items_learned(baskets, out, settings), out, settings)

"""explore: the pages of the explorer, served to this machine's browser."""

import webbrowser
from pathlib import Path

import click

from armillary.cli.command import command, option
from armillary.cli.options import complete_target
from armillary.cli.show import say_line
from armillary.language import current, say


@command(
    "explore",
    """
    armillary explore
    armillary explore glove-6b-50d smollm2-135m-instruct
    armillary explore vectors.txt --no-browser --port 8420
    armillary explore --learn-into mine
    """,
)
@click.argument("targets", nargs=-1, metavar="[TARGET...]", shell_complete=complete_target)
@option("--port", default=0, type=click.IntRange(0, 65_535), metavar="P",
        help="Listen on this port; 8420 if unsaid, or any that is free.")
@option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Listen at this address.")
@option("--name", "names", multiple=True, metavar="HOST",
        help="What browsers elsewhere call this machine; needed where others can reach the address.")
@option("--learn-into", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
        help="Where the page Learn puts what is learned; unsaid, the folder learned beside the shelf.")
@option("--no-browser", is_flag=True, help="Print the address, open nothing.")
def explore_command(
    targets: tuple[str, ...], port: int, host: str, names: tuple[str, ...], learn_into: Path | None, no_browser: bool
) -> None:
    """The explorer in the browser: tokens, points, the next word, every number live.

    TARGETs are files, folders, or names on the shelf, and come first; everything that is on the shelf is there too.
    Only this machine can reach the server. With --host and --name others can, who have the token in the printed
    address. The page Learn writes, into one folder; for that the token is always needed.
    """
    from armillary.shelf.places import home
    from armillary.web.library import Library
    from armillary.web.serve import Address, Serving

    folder = learn_into or home() / "learned"
    serving = Serving(Library(targets, learn_into=folder), Address(host, port, names))
    address = f"{serving.url}&lang={current()}"

    def ready() -> None:
        say_line(say("The explorer is at {address} until you press Ctrl-C.", address=address))
        if not no_browser:
            webbrowser.open(address)

    serving.run(ready)

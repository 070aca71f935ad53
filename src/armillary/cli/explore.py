"""explore: the pages of the explorer, served to this machine's browser."""

import webbrowser

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
    """,
)
@click.argument("targets", nargs=-1, metavar="[TARGET...]", shell_complete=complete_target)
@option("--port", default=0, type=click.IntRange(0, 65_535), metavar="P",
        help="Listen on this port; 8420 if unsaid, or any that is free.")
@option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Listen at this address.")
@option("--name", "names", multiple=True, metavar="HOST",
        help="What browsers elsewhere call this machine; needed where others can reach the address.")
@option("--no-browser", is_flag=True, help="Print the address, open nothing.")
def explore_command(targets: tuple[str, ...], port: int, host: str, names: tuple[str, ...], no_browser: bool) -> None:
    """The explorer in the browser: tokens, points, the next word, every number live.

    TARGETs are files, folders, or names on the shelf, and come first; everything that is on the shelf is there too.
    Only this machine can reach the server. With --host and --name others can, who have the token in the printed
    address.
    """
    from armillary.web.library import Library
    from armillary.web.serve import Address, Serving

    serving = Serving(Library(targets), Address(host, port, names))
    address = serving.url + (f"{'&' if '?' in serving.url else '#/?'}lang={current()}")

    def ready() -> None:
        say_line(say("The explorer is at {address} until you press Ctrl-C.", address=address))
        if not no_browser:
            webbrowser.open(address)

    serving.run(ready)

"""explore: the pages of the explorer, served to this machine's browser, or frozen into a folder."""

import webbrowser
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

import click

from armillary.cli.command import command, option
from armillary.cli.explore_export import frozen
from armillary.cli.options import complete_target
from armillary.cli.show import say_line
from armillary.errors import InputError
from armillary.language import current, say


@command(
    "explore",
    """
    armillary explore
    armillary explore glove-6b-50d smollm2-135m-instruct
    armillary explore vectors.txt --no-browser --port 8420
    armillary explore --learn-into mine
    armillary explore glove-6b-50d --page "space?q=king - man + woman"
    armillary explore glove-6b-50d smollm2-135m-instruct --export lesson
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
@option("--page", default="", metavar="PAGE", help="Begin with this page, such as lessons or \"space?q=tower\".")
@option("--no-browser", is_flag=True, help="Print the address, open nothing.")
@option("--export", "folder", type=click.Path(path_type=Path), metavar="DIR",
        help="Serve nothing: write the pages with their answers into this folder, for any static host.")
@option("--text", default="", metavar="TEXT", help="With --export: the text that the pages begin with.")
@option("--force", is_flag=True, help="With --export: replace an earlier export.")
def explore_command(
    targets: tuple[str, ...], port: int, host: str, names: tuple[str, ...], learn_into: Path | None, page: str,
    no_browser: bool, folder: Path | None, text: str, force: bool,
) -> None:
    """The explorer in the browser: tokens, points, the next word, every number live.

    TARGETs are files, folders, or names on the shelf, and come first; everything that is on the shelf is there too.
    Only this machine can reach the server. With --host and --name others can, who have the token in the printed
    address. The page Learn writes, into one folder; for that the token is always needed.

    With --export the pages over the TARGETs are frozen into a folder that any browser shows without a server, also
    from a disk. What is not frozen says so there, with the command that shows it live.
    """
    from armillary.shelf.places import home
    from armillary.web.library import Library

    if folder is not None:
        frozen(Library(targets), folder, text, force)
        return
    if text or force:
        raise InputError("--text and --force go with --export")
    from armillary.web.ahead import begin

    library = Library(targets, learn_into=learn_into or home() / "learned")
    begin(library)
    from armillary.web.serve import Address, Serving  # which takes as long to import as the points take to be placed

    serving = Serving(library, Address(host, port, names))
    address = linked(serving.url, page or "".join(f"count?in={one}" for one in library.named_configs()[:1]))

    def ready() -> None:
        say_line(say("The explorer is at {address} until you press Ctrl-C.", address=address))
        if not no_browser:
            webbrowser.open(address)

    serving.run(ready)


def linked(url: str, page: str) -> str:
    """The address of a page, in the language spoken. `page` is its name, or its name, ? and what it is to show."""
    base, _, own = url.partition("#/?")
    name, _, query = page.partition("?")
    params = {"lang": current()}
    for one in [*query.split("&"), *own.split("&")]:
        key, _, value = one.partition("=")
        if key:
            params[key] = unquote(value)
    return f"{base}#/{quote(name)}?{urlencode(params, quote_via=quote)}"

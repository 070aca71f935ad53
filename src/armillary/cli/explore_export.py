"""explore --export: the pages frozen into a folder, and how large it became."""

from pathlib import Path
from typing import TYPE_CHECKING

from armillary.cli.progress import progress
from armillary.cli.show import say_line, size_said, table
from armillary.language import say

if TYPE_CHECKING:
    from armillary.web.library import Library
else:
    Library = object  # the server is imported by whoever needs it


def frozen(library: Library, folder: Path, text: str, force: bool) -> None:
    """Write the folder, and say what is in it."""
    from armillary.web.freeze.export import export

    library.only_named()
    with progress(say("freezing the pages"), quiet=False) as told:
        made = export(library, folder, text, force, told)
    names = {"pages": say("the pages themselves"), "home": say("the page Home"), "count": say("the page Count"),
             "compare": say("the page Compare")}
    table([say("what"), say("size")], [(names.get(name, name), size_said(size)) for name, size in made.shares.items()])
    say_line(say("{files} files, {size}. Open {page} in a browser, or put the folder on any static host.",
                 files=made.files, size=size_said(made.bytes), page=str(folder / "index.html")))
    say_line(say("What is not in it says so, with the command that shows it live: {command}", command=made.command))

"""Write docs/help.md from the commands themselves: `python docs/make_help.py`; a test fails when it is stale."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from armillary.cli.command import Group
from armillary.cli.main import armillary

PAGE = Path(__file__).with_name("help.md")


def help_page() -> str:
    """Every command's help, in the order of the table."""
    with click.Context(armillary, info_name="armillary", max_content_width=80, terminal_width=80) as context:
        parts = ["# Every command\n", f"```\n{armillary.get_help(context)}\n```\n"]
        parts += pages(armillary, context)
    return "\n".join(parts)


def pages(group: Group, context: click.Context, above: str = "") -> Iterator[str]:
    """The page of each command of a group, and of those below it."""
    for name in group.table:
        command = group.get_command(context, name)
        assert command is not None
        with click.Context(command, parent=context, info_name=name) as inner:
            yield f"## {above}{name}\n\n```\n{command.get_help(inner)}\n```\n"
            if isinstance(command, Group):
                yield from pages(command, inner, f"{above}{name} ")


if __name__ == "__main__":
    PAGE.write_text(help_page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")

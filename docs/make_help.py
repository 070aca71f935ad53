"""Write docs/help.md from the commands themselves: `python docs/make_help.py`; a test fails when it is stale."""

import sys
from pathlib import Path

import click

from armillary.cli.main import COMMANDS, armillary

PAGE = Path(__file__).with_name("help.md")


def help_page() -> str:
    """Every command's help, in the order of the table."""
    with click.Context(armillary, info_name="armillary", max_content_width=80, terminal_width=80) as context:
        parts = ["# Every command\n", f"```\n{armillary.get_help(context)}\n```\n"]
        for name in COMMANDS:
            command = armillary.get_command(context, name)
            assert command is not None
            with click.Context(command, parent=context, info_name=name) as inner:
                parts.append(f"## {name}\n\n```\n{command.get_help(inner)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(help_page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")

"""bench: the scripts of a checkout's bench/ folder, a peer and Armillary side by side."""

import subprocess
import sys
from pathlib import Path

import click

import armillary
from armillary.cli.command import command
from armillary.errors import NotFound

FOLDER = Path(armillary.__file__).parents[2] / "bench"


@command(
    "bench",
    """
    armillary bench query
    armillary bench all
    """,
)
@click.argument("name")
def bench_command(name: str) -> int:
    """A peer and Armillary side by side.

    NAME is a script of the folder bench/ of a checkout (an installed package has none), or `all`. Each runs both sides
    in turn, several times, and prints both medians and their ratio.
    """
    known = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "compare")
    if not known:
        raise NotFound("there is no bench/ folder here; benchmarks run in a checkout of the source")
    if name not in (*known, "all"):
        raise NotFound("there is no benchmark {name!r}; there are: {known}", name=name, known=", ".join(known))
    chosen = known if name == "all" else [name]
    return max(subprocess.run([sys.executable, FOLDER / f"{one}.py"], check=False).returncode for one in chosen)

"""bench: the scripts of a checkout's bench/ folder, a peer and Armillary side by side."""

import json
import subprocess
import sys
from pathlib import Path

import click

import armillary
from armillary.cli.command import command
from armillary.cli.options import json_option
from armillary.cli.show import as_json
from armillary.errors import NotFound

FOLDER = Path(armillary.__file__).parents[2] / "bench"
HARNESS = ("compare", "material")


@command(
    "bench",
    """
    armillary bench query
    armillary bench all
    """,
)
@click.argument("name")
@json_option
def bench_command(name: str, json_: bool) -> int:
    """A peer and Armillary side by side.

    NAME is a script of the folder bench/ of a checkout (an installed package has none), or `all`. Each runs both sides
    in turn, several times, and prints both medians and their ratio.
    """
    known = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in HARNESS)
    if not known:
        raise NotFound("there is no bench/ folder here; benchmarks run in a checkout of the source")
    if name not in (*known, "all"):
        raise NotFound("there is no benchmark {name!r}; there are: {known}", name=name, known=", ".join(known))
    chosen = known if name == "all" else [name]
    if not json_:
        return max(subprocess.run([sys.executable, FOLDER / f"{one}.py"], check=False).returncode for one in chosen)
    done = {one: subprocess.run([sys.executable, FOLDER / f"{one}.py", "--json"], stdout=subprocess.PIPE, check=False)
            for one in chosen}
    as_json({one: json.loads(process.stdout)["rows"] for one, process in done.items() if process.stdout})
    return max(process.returncode for process in done.values())

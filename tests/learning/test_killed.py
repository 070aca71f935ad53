"""Killed before any write to the disk and gone on with, a learning comes to the very files of one that never was."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHILD = Path(__file__).with_name("killed_child.py")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of each kind."""
    ran = subprocess.run([sys.executable, CHILD, tmp_path_factory.mktemp("killed")], capture_output=True, text=True,
                         check=False, timeout=600)
    assert ran.returncode == 0, ran.stderr
    return {one["kind"]: {**one, "said": ran.stderr} for one in map(json.loads, ran.stdout.splitlines())}


@pytest.mark.long
@pytest.mark.parametrize("kind", ["gpt", "bert", "classifier", "table", "translator"])
def test_a_killed_learning_comes_to_the_same_files(found: dict[str, Any], kind: str) -> None:
    one = found[kind]
    assert one["status"] == 0, one["said"]
    assert one["kills"] > 8
    assert {"out/model.safetensors", "out/learned.json"} <= set(one["whole"])
    assert one["cut"] == one["whole"]

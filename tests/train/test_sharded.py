"""Processes that share a model make the steps of one that has it whole, and go on with what others saved."""

import json
import subprocess
from pathlib import Path

import pytest

from armillary.errors import DamagedFile
from armillary.train.checkpoint import dropped, resume
from armillary.train.optimiser import Optimiser
from tests.train.lessons import small
from tests.train.sharded_child import PLAN, learned
from tests.train.test_together import ENVIRONMENT, FORKED

pytestmark = pytest.mark.long(20)


def losses(path: Path, until: int, processes: int) -> list[float]:
    child = Path(__file__).with_name("sharded_child.py")
    done = subprocess.run([*FORKED, str(processes), str(child), str(path), str(until)], env=ENVIRONMENT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[float] = json.loads(done.stdout)["losses"]
    return found


def test_two_four_and_one_process_go_on_with_each_others_learning(tmp_path: Path):
    alone = learned(tmp_path / "one", 20)
    path = tmp_path / "many"
    several = losses(path, 8, 2)
    assert [one.name for one in path.parent.glob("many.*")] == ["many.8"]
    for file in (tmp_path / "many.8").iterdir():
        assert file.suffix == ".safetensors"  # no pickle
    several += losses(path, 14, 4)
    assert [one.name for one in path.parent.glob("many.*")] == ["many.14"]
    several += learned(path, 20)
    assert several == pytest.approx(alone, abs=1e-5)
    assert not list(path.parent.glob("many.*"))


def test_shards_that_have_changed_are_refused_and_taken_away_with_their_file(tmp_path: Path):
    path = tmp_path / "many"
    losses(path, 2, 2)
    shard = next((tmp_path / "many.2").iterdir())
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    with pytest.raises(DamagedFile, match="has changed"):
        resume(path, Optimiser(small(), PLAN), {})
    dropped(path)
    assert not list(tmp_path.iterdir())

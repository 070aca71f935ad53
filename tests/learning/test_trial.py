"""The pace of several processes, found by a trial that all of them end after the same step."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_processes_end_the_trial_after_the_same_step_though_one_clock_is_a_thousand_times_as_fast(tmp_path: Path):
    (tmp_path / "book.txt").write_text("the cat sat on the mat.\n" * 300)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    child = str(Path(__file__).with_name("trial_child.py"))
    two = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", child, str(tmp_path)]
    done = subprocess.run(two, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [json.loads((tmp_path / f"{place}.json").read_text()) for place in range(2)]
    assert told[0] == told[1]
    assert told[0]["tried"] == [1, 2, 3, 4, 5, 6]  # two that are slow, and until the fast clock has gone over three
    assert told[0]["steps"] > 1

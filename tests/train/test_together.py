"""Several processes on one machine learn what one does."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import armillary
from armillary.learning.output import snapshot_of

ROOT = Path(__file__).parents[2]
RUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
FORKED = [sys.executable, "-m", "tests.train.forked"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}

pytestmark = pytest.mark.long(20)


def told(*command: str) -> dict[str, Any]:
    done = subprocess.run([*command, str(Path(__file__).with_name("together_child.py"))], env=ENVIRONMENT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_and_four_processes_make_the_steps_of_one():
    alone = told(sys.executable)
    for processes in ("2", "4"):
        together = told(*FORKED, processes)
        assert together["losses"] == pytest.approx(alone["losses"], abs=1e-5)
        assert together["agreed"] == 7


def test_two_processes_are_killed_and_gone_on_with_and_one_opens_what_they_made(tmp_path: Path):
    text, out = tmp_path / "book.txt", tmp_path / "out"
    text.write_text("".join(f"the cat of {name} sat on the mat of {name}.\n" for name in "abcdefgh") * 30)
    command = [*RUN, "2", "--no-python", str(Path(sys.executable).with_name("armillary")), "learn", "gpt", str(text),
               "--out", str(out), "--steps", "150", "--d-model", "16", "--n-layers", "1", "--context", "16",
               "--snapshot-seconds", "0", "--quiet"]
    child = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    while not snapshot_of(out).exists() and child.poll() is None:
        time.sleep(0.01)
    workers = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    for one in (*map(int, workers), child.pid):
        os.kill(one, signal.SIGKILL)
    said, _ = child.communicate()
    assert snapshot_of(out).exists(), said
    assert not out.exists()
    done = subprocess.run([*command, "--resume"], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert armillary.open(out).next("the cat")[0].probability > 0.1


def test_processes_that_share_a_model_are_interrupted_together_and_one_goes_on(tmp_path: Path):
    text, out, alone = tmp_path / "book.txt", tmp_path / "out", tmp_path / "alone"
    text.write_text("".join(f"the cat of {name} sat on the mat of {name}.\n" for name in "abcdefgh") * 30)
    learn = [str(Path(sys.executable).with_name("armillary")), "learn", "gpt", str(text), "--steps", "120", "--d-model",
             "16", "--n-layers", "1", "--context", "16", "--quiet"]
    shared = [*RUN, "2", "--no-python", *learn, "--out", str(out), "--share", "--snapshot-seconds", "0"]
    child = subprocess.Popen(shared, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    while not snapshot_of(out).exists() and child.poll() is None:
        time.sleep(0.01)
    second = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()[1]
    os.kill(int(second), signal.SIGINT)  # one of them; the other ends with it
    said = child.communicate()[0].decode()
    assert "exitcode  : 130" in said, said
    assert "all is saved" in said, said
    step = int(next(tmp_path.glob(f"{snapshot_of(out).name}.*")).suffix[1:])
    assert 0 < step < 120
    for folder, more in ((out, ["--resume"]), (alone, [])):
        subprocess.run([*learn, "--out", str(folder), *more], env=ENVIRONMENT, check=True)
    losses = [json.loads((folder / "learned.json").read_text())["model"]["nats_per_token"] for folder in (out, alone)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)
    assert not list(tmp_path.glob(f"{snapshot_of(out).name}*"))

"""A learning that was broken off goes on as if it had not been: the same bits, or a refusal."""

import dataclasses
import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from armillary.errors import DamagedFile, FileError, UnknownFormat
from armillary.formats.safetensors import write_tensors
from armillary.train.checkpoint import Standing, facts_of, resume, save
from armillary.train.fit import fit
from armillary.train.optimiser import Optimiser
from armillary.train.plan import Plan
from armillary.transformer.model import Transformer
from tests.train.lessons import lessons, small

MUON = Plan(steps=12, rate=0.01, matrices=0.02, warm=2)
ASKED = {"plan": dataclasses.asdict(MUON) | {"betas": [0.9, 0.95]}, "text": "abc"}


def digest(model: Transformer) -> str:
    return hashlib.sha256(b"".join(one.detach().numpy().tobytes() for one in model.parameters())).hexdigest()


def learned(path: Path, plan: Plan, until: int) -> Transformer:
    """A model that learned up to a step, from where `path` stands, and saved itself after every step."""
    model = small()
    optimiser, done = Optimiser(model, plan), 0
    if path.exists():
        done = resume(path, optimiser, ASKED).step
    for step in fit(model, lessons(), plan, optimiser, done):
        save(path, optimiser, Standing(step.number), ASKED)
        if step.number == until:
            break
    return model


@pytest.mark.parametrize("plan", [MUON, dataclasses.replace(MUON, matrices=0.0)], ids=["muon", "adamw"])
def test_a_resumed_learning_equals_one_that_was_never_broken_off(tmp_path: Path, plan: Plan):
    whole = learned(tmp_path / "whole", plan, 12)
    for until in (1, 2, 7, 12):
        parts = learned(tmp_path / "parts", plan, until)
    assert digest(parts) == digest(whole)
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()


def test_another_question_is_refused(tmp_path: Path):
    path, model = tmp_path / "one", small()
    save(path, Optimiser(model, MUON), Standing(0, {"lines": 3}, {"seen": np.eye(2)}), ASKED)
    standing = resume(path, Optimiser(model, MUON), ASKED)
    assert (standing.step, standing.facts, standing.arrays["seen"].tolist()) == (0, {"lines": 3}, [[1, 0], [0, 1]])
    assert facts_of(path) == {"lines": 3}
    with pytest.raises(FileError, match="was learning with another text: abc, not xyz"):
        resume(path, Optimiser(model, MUON), {**ASKED, "text": "xyz"})


def test_changed_bytes_and_other_files_are_refused(tmp_path: Path):
    path, model = tmp_path / "one", small()
    save(path, Optimiser(model, MUON), Standing(3), ASKED)
    good = path.read_bytes()
    path.write_bytes(good[:-400] + bytes([good[-400] ^ 1]) + good[-399:])
    with pytest.raises(DamagedFile, match="has changed"):
        resume(path, Optimiser(model, MUON), ASKED)
    write_tensors({}, path, {}, force=True)
    with pytest.raises(UnknownFormat, match="not what an unfinished learning leaves"):
        resume(path, Optimiser(model, MUON), ASKED)


def test_a_full_disk_leaves_the_last_good_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, model = tmp_path / "one", small()
    save(path, Optimiser(model, MUON), Standing(3), ASKED)
    good = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        save(path, Optimiser(model, MUON), Standing(4), ASKED)
    assert path.read_bytes() == good
    assert list(tmp_path.iterdir()) == [path]


def test_a_generator_of_the_model_goes_on_too(tmp_path: Path):
    model = small()
    optimiser = Optimiser(model, MUON)
    torch.manual_seed(7)
    save(tmp_path / "one", optimiser, Standing(0), ASKED)
    drawn = torch.rand(3)
    torch.manual_seed(8)
    resume(tmp_path / "one", optimiser, ASKED)
    assert torch.equal(torch.rand(3), drawn)


KILLED = """
import os, signal, sys, time
from pathlib import Path
from dataclasses import replace
import torch
from tests.train.test_checkpoint import MUON, digest, learned

torch.set_num_threads(1)
os.fsync = os.fstat  # no power fails here
plan, path, kills = replace(MUON, steps=200), Path(sys.argv[1]), 0
saved = lambda: path.exists() and path.stat().st_mtime_ns
while kills < 20:
    before, child = saved(), os.fork()  # before this process has computed anything
    if not child:
        learned(path, plan, 200)
        os._exit(0)
    while saved() == before and not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(0.001)
    time.sleep(0.001 * kills)
    os.kill(child, signal.SIGKILL)
    kills += os.WIFSIGNALED(os.waitpid(child, 0)[1])
print(digest(learned(path, plan, 200)), digest(learned(path.with_name("whole"), plan, 200)))
"""


@pytest.mark.long
def test_twenty_kills_change_no_bit(tmp_path: Path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["", *sys.path])}
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "killed")], env=environment,
                          capture_output=True, text=True, check=True)
    killed, whole = done.stdout.split()
    assert killed == whole

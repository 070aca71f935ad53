"""Killed at any moment, or wanted by two at once: a whole entry is there, or none, and the next `get` brings it."""

import os
import random
import signal
import subprocess
import time

import pytest

# Each step of a run, in its order; a process is killed just before it, and just after.
STEPS = ["bring._sweep", "bring.take_files", "bring.write_record", "pathlib.Path.rename", "shutil.rmtree"]
KILLED = """if True:
    import os, pathlib, shutil, signal
    from armillary.shelf import bring, wheels
    owner, _, step = {step!r}.rpartition(".")
    owner = eval(owner)
    real = getattr(owner, step)
    def deadly(*given, **named):
        if {after}:
            real(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(owner, step, deadly)
    shelf.get("thing")
"""


def whole_or_nothing(bench):
    assert bench.left() <= {"thing", ".thing.part"}
    if (bench.home / "shelf" / "thing").exists():
        bench.shelf().verify("thing")


@pytest.mark.parametrize("after", [False, True])
def test_kill_9_around_every_step(bench, after):
    shelf = bench.thing()
    for step in STEPS:
        shelf.remove("thing")
        bench.fetched(shelf)
        process = subprocess.run(bench.command(KILLED.format(step=step, after=after)), check=False)
        assert process.returncode == -signal.SIGKILL, step
        whole_or_nothing(bench)
    assert shelf.get("thing").exists()
    assert bench.left() == {"thing"}


def test_kill_9_at_random_moments(bench):
    shelf = bench.thing(content=os.urandom(1 << 20))
    moments = random.Random(7)
    for _ in range(3):
        process = subprocess.Popen(bench.command("shelf.get('thing')"), stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.1, 1.0))
        process.kill()
        process.wait()
        whole_or_nothing(bench)
        shelf.remove("thing")
    bench.fetched(shelf)
    shelf.get("thing")
    assert bench.left() == {"thing"}


def test_ctrl_c_ends_pip_too_and_keeps_what_can_be_gone_on_with(bench, monkeypatch):
    from armillary.shelf import wheels

    shelf = bench.thing()
    children = []
    real = subprocess.Popen

    def noted(*given, **named):
        children.append(real(*given, **named))
        return children[-1]

    def interrupt(done, total):
        raise KeyboardInterrupt

    monkeypatch.setattr(wheels.subprocess, "Popen", noted)
    monkeypatch.setattr(wheels, "_SECONDS_BETWEEN_LOOKS", 0.001)
    with pytest.raises(KeyboardInterrupt):
        shelf.get("thing", progress=interrupt)
    assert children[0].returncode is not None
    assert bench.left() == {".thing.part"}
    assert shelf.remove("thing") == 0


def test_a_removal_cut_short_leaves_nothing_half_in_its_place(bench, monkeypatch):
    from armillary.shelf import bring

    shelf = bench.thing()
    bench.fetched(shelf)
    shelf.get("thing")

    def interrupt(path, **how):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(bring.shutil, "rmtree", interrupt)
        with pytest.raises(KeyboardInterrupt):
            shelf.remove("thing")
    assert bench.left() == {".thing.part"}
    assert shelf.remove("thing") > 0
    assert bench.left() == set()


def test_two_processes_bring_it_once(bench):
    shelf = bench.thing()
    bench.fetched(shelf)
    body = """if True:
        from armillary.shelf import bring
        real = bring.fetch_wheel
        bring.fetch_wheel = lambda *given: (print("fetched"), real(*given))[1]
        shelf.get("thing")
    """
    runs = [subprocess.Popen(bench.command(body), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sorted(said) == ["", "fetched\n"]
    shelf.verify("thing")
    assert bench.left() == {"thing"}

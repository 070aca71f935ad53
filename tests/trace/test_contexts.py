"""Points of a corpus at one layer are those of each line traced alone; and which lines drive a unit most."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.language_model import LanguageModel
from armillary.space import Space
from armillary.trace.contexts import contexts
from armillary.trace.corpus import Corpus
from armillary.trace.neurons import drivers
from tests.conftest import Ran
from tests.parity.test_models_transformers import one_thread
from tests.speak.tiny import speaking_folder
from tests.trace.small import config
from tests.transformer.tiny import model as tiny

__all__ = ["one_thread"]
MANY = " ".join(["the wind and the boat"] * 4)
LINES = ["the boat asked the wind", "小船 asked", "wind", MANY, "boat"]


@pytest.fixture(scope="module")
def lm(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return LanguageModel(speaking_folder(tmp_path_factory.mktemp("models") / "tiny"), device="cpu")


def corpus(lm: LanguageModel, lines: list[str] = LINES, n_ctx: int = 0) -> Corpus:
    return Corpus(lm.tokenizer, enumerate(lines, 1), n_ctx or lm.config.n_ctx)


def test_every_token_is_where_its_own_run_has_it(lm: LanguageModel) -> None:
    layer, told = lm.config.n_layers, []
    found = contexts(lm.transformer, corpus(lm), layer, True, told=lambda done, of: told.append((done, of)))
    runs = [lm.trace(line) for line in LINES]
    frame = len(lm.tokenizer.vocabulary.before)
    expected = np.concatenate([run.layer(layer).vectors[frame:] for run in runs])
    np.testing.assert_allclose(found.vectors, expected, rtol=1e-5, atol=1e-5)
    assert len(np.unique(found.vectors.round(2), axis=0)) > 0.9 * len(found), "tokens know their contexts"
    assert found.origin == {"layer": layer}
    assert told[-1] == (sum(map(len, runs)),) * 2
    names = [name for run in runs for name in run.read.names[frame:]]
    assert [label.partition("[")[2].partition("]")[0] for label in found] == names


def test_the_last_token_of_a_line_has_seen_all_of_it(lm: LanguageModel) -> None:
    found = contexts(lm.transformer, corpus(lm), 1)
    assert len(found) == len(LINES)
    for line, vector, label in zip(LINES, found.vectors, found, strict=True):
        run = lm.trace(line)
        np.testing.assert_allclose(vector, run.at(1, -1).vector, rtol=1e-5, atol=1e-5)
        assert label.startswith(f"{LINES.index(line) + 1}.{len(run) - 1} ")


def test_labels_show_the_line_the_position_and_the_token_in_its_context(lm: LanguageModel) -> None:
    found = list(contexts(lm.transformer, corpus(lm), 0, True))
    long = LINES[3]
    middle = next(label for label in found if label.startswith("4.") and label.count("…") == 2)
    before, _, rest = middle.partition(" ")[2].strip("…").partition("[")
    token, _, after = rest.partition("]")
    assert before + token + after in long
    assert len(before) == len(after) == 24
    assert any("[小" in label for label in found)


def test_lines_that_are_too_long_lose_their_ends(lm: LanguageModel) -> None:
    short = corpus(lm, ["the boat asked the wind", "boat", ""], 3)
    assert short.truncated == 1
    assert [number for number, _ in short.lines] == [1, 2]
    found = contexts(lm.transformer, short, 1)
    np.testing.assert_allclose(found.vectors[0], lm.trace(LINES[0]).at(1, 2).vector, rtol=1e-5, atol=1e-5)
    with pytest.raises(InputError, match="no line of text"):
        corpus(lm, [""])


def test_what_has_no_contexts_says_so(lm: LanguageModel) -> None:
    with pytest.raises(InputError, match="left to right"):
        contexts(tiny(config("post, both ways, transform")), corpus(lm), 0)
    with pytest.raises(InputError, match="no layer 9"):
        contexts(lm.transformer, corpus(lm), 9)


def test_the_command_writes_a_space_to_search(
    lm: LanguageModel, tmp_path: Path, armillary_cli: Callable[..., Ran]
) -> None:
    file, out = tmp_path / "lines.txt", str(tmp_path / "out.space")
    file.write_text("\n\n".join(LINES), encoding="utf-8")
    arguments = ["embed", str(file), "--in", str(lm.path), "--out", out, "--layer", "1"]
    ran = armillary_cli(*arguments, "--each-token", "--json")
    space = Space.load(out)
    assert json.loads(ran.out) == {"out": out, "rows": len(space), "dim": lm.config.d_model, "layer": 1,
                                   "truncated": 0}
    numbered = Corpus(lm.tokenizer, zip(range(1, 10, 2), LINES, strict=True), lm.config.n_ctx)
    expected = contexts(lm.transformer, numbered, 1, True)
    assert list(space) == list(expected)
    np.testing.assert_allclose(space.vectors, expected.vectors, atol=1e-6)
    assert space.origin["layer"] == 1
    assert len(space.near(space.labels[0], 3)) == 3
    assert "already there" in armillary_cli(*arguments).err
    assert armillary_cli(*arguments, "--force").code == 0
    assert len(Space.load(out)) == len(LINES)
    assert sorted(tmp_path.iterdir()) == [file, tmp_path / "out.space"]
    assert "goes with --layer" in armillary_cli(*arguments[:-2], "--each-token").err
    assert "goes without" in armillary_cli(*arguments, "--force", "--weighting", "sif").err


def test_the_lines_that_drive_a_unit_most(lm: LanguageModel) -> None:
    found = drivers(lm.transformer, corpus(lm), 1, 5, n=3)
    runs = [lm.trace(line) for line in LINES]
    frame = len(lm.tokenizer.vocabulary.before)
    said = [run["1.mlp_post.5"][frame:, 0] for run in runs]
    order = sorted(range(len(LINES)), key=lambda row: -said[row].max())[:3]
    assert [one.line - 1 for one in found] == order
    for one in found:
        assert one.activation == pytest.approx(said[one.line - 1].max(), abs=1e-5)
        assert one.position == said[one.line - 1].argmax() + frame
        assert one.label.startswith(f"{one.line}.{one.position} ")
    with pytest.raises(InputError, match="no block 7"):
        drivers(lm.transformer, corpus(lm), 7, 0)
    with pytest.raises(InputError, match="parts 0 to"):
        drivers(lm.transformer, corpus(lm), 0, 100_000)
    with pytest.raises(InputError, match="experts"):
        drivers(tiny(config("experts")), corpus(lm), 0, 0)


STREAMED = """
import sys, torch
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from armillary.trace.contexts import contexts
from armillary.trace.corpus import Corpus
from tests.trace.small import bytes_only, config
from tests.transformer.tiny import model
from dataclasses import replace

def own():
    told = Path("/proc/self/status").read_text()
    return int(told.split("RssAnon:")[1].split()[0]) * 1024

torch.set_grad_enabled(False)
made = model(replace(config("rotary, rms, gated"), d_model=1024, n_layers=1))
lines = [(number, "abcdefgh" * 4) for number in range(2000)]
corpus = Corpus(bytes_only(), lines, 40)
first = contexts(made, Corpus(bytes_only(), lines[:64], 40), 0, True)
before, most = own(), 0
def told(done, of):
    global most
    most = max(most, own() - before)
space = contexts(made, corpus, 0, True, told=told)
print(most, space.vectors.nbytes)
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="RssAnon is Linux's")
def test_memory_holds_a_few_lines_points_at_a_time() -> None:
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", STREAMED, root], capture_output=True, text=True, check=True)
    most, whole = map(int, done.stdout.split())
    assert whole == 2000 * 32 * 1024 * 4
    assert most < whole / 4, "the numbers wait in memory, not in a file"

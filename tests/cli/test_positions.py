"""armillary positions: a heat map in the terminal and in files, of every kind of positions."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

from armillary.published.configs import named
from armillary.transformer.config import Config
from armillary.transformer.positions import position_numbers
from tests.conftest import Ran
from tests.published.test_folder import arrays, folder
from tests.published.test_tables import BERT
from tests.speak.tiny import speaking_gguf

Cli = Callable[..., Ran]


@pytest.fixture(autouse=True)
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    folder(tmp_path / "bert", arrays(**BERT), **BERT)
    speaking_gguf(tmp_path / "tiny.gguf")


@pytest.mark.parametrize(("target", "kind", "columns"), [
    ("bert", "learned", 8), ("tiny.gguf", "rotary", 8), ("transformer-base", "sinusoidal", 512),
    ("llama-3-8b", "rotary", 128),
])
def test_each_kind_is_drawn(armillary_cli: Cli, target: str, kind: str, columns: int) -> None:
    told = json.loads(armillary_cli("positions", target, "-n", "20", "--json").out)
    assert (told["kind"], np.shape(told["numbers"])) == (kind, (20, columns))
    for language in ("en", "zh"):
        ran = armillary_cli("positions", target, "-n", "20", "--lang", language)
        assert (ran.code, ran.err) == (0, "")
        assert all(cell_len(line) <= 80 for line in ran.out.splitlines())
        drawn = [line for line in ran.out.splitlines() if set(line) & set("░▒▓█")]
        assert len(drawn) == 21  # and the scale


def test_numbers_are_those_of_the_file_or_of_the_formula(armillary_cli: Cli) -> None:
    told = json.loads(armillary_cli("positions", "bert", "-n", "7", "--json").out)["numbers"]
    table = arrays(**BERT)["bert.embeddings.position_embeddings.weight"]
    np.testing.assert_array_equal(np.array(told, np.float32), table[:7])
    told = json.loads(armillary_cli("positions", "transformer-base", "-n", "7", "--json").out)["numbers"]
    config: Config = named("transformer-base").config
    np.testing.assert_array_equal(np.array(told, np.float32), position_numbers(config, 7))


def test_places_can_be_columns(armillary_cli: Cli) -> None:
    rows, columns = (json.loads(armillary_cli("positions", "llama-3-8b", "-n", "5", *more, "--json").out)["numbers"]
                     for more in ((), ("--columns",)))
    np.testing.assert_array_equal(np.array(rows).T, columns)
    for target in ("llama-3-8b", "transformer-base", "bert"):
        drawn = armillary_cli("positions", target, "-n", "5", "--columns").out.splitlines()
        assert max(map(cell_len, drawn)) <= 80
        assert sum(line.lstrip()[:1].isdigit() for line in drawn) == min(32, np.shape(json.loads(
            armillary_cli("positions", target, "-n", "5", "--json").out)["numbers"])[1])
    for name in ("c.svg", "c.json"):
        assert armillary_cli("positions", "llama-3-8b", "-n", "5", "--columns", "--out", name).code == 0
    assert json.loads(Path("c.json").read_text()) == columns


def test_files_hold_every_column(armillary_cli: Cli) -> None:
    for name in ("a.svg", "a.json"):
        ran = armillary_cli("positions", "transformer-base", "-n", "9", "--out", name)
        assert (ran.code, ran.err) == (0, "")
        assert armillary_cli("positions", "transformer-base", "--out", name).code == 1  # it is there
    assert np.shape(json.loads(Path("a.json").read_text())) == (9, 512)
    assert Path("a.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(("arguments", "problem"), [
    (("gpt2",), "were learned"), (("bert", "-n", "600"), "has 512 positions"),
    (("tiny.gguf", "--block", "2"), "no block 2"), (("nobody",), "no config is known"),
    (("tiny.gguf", "--out", "a.gif"), ".svg, .png or .json"),
])
def test_what_cannot_be_drawn_says_why(armillary_cli: Cli, arguments: tuple[str, ...], problem: str) -> None:
    ran = armillary_cli("positions", *arguments)
    assert ran.code
    assert problem in ran.err

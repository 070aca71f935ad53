"""count: tables whole at 80 columns, the same numbers in JSON, configs from the disk, errors that help."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from armillary.count import count
from armillary.published.configs import named, names
from tests.conftest import Ran

Cli = Callable[..., Ran]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", names())
def test_no_number_is_cut(armillary_cli: Cli, name: str, language: str) -> None:
    ledger = count(named(name).config)
    for by, numbers in (("kind", ledger.by_kind.values()), ("row", [ledger.total])):
        ran = armillary_cli("count", name, "--by", by, "--lang", language)
        assert (ran.code, ran.err) == (0, "")
        assert all(cell_len(line.rstrip()) <= 80 for line in ran.out.splitlines() if "https" not in line)
        assert {f"{number:,}" for number in numbers} <= set(re.findall(r"[\d,]*\d", ran.out))


def test_rows_of_alike_blocks_stand_on_one_line(armillary_cli: Cli) -> None:
    lines = [line.split() for line in armillary_cli("count", "gpt2", "--by", "row").out.splitlines()]
    assert ["attention.W_Q", "768×768", "d_model·n_heads·d_head", "7,077,888"] in lines
    assert ["blocks.0-11", "×12", "–"] in lines
    assert ["unembedding.W_U", "768×50257", "is", "embedding.W_E", "0"] in lines
    assert ["softmax", "0"] in lines
    assert lines[-1] == ["total", "124,439,808"]


def test_json_has_each_tensor(armillary_cli: Cli) -> None:
    found = json.loads(armillary_cli("count", "gpt-3", "--json").out)
    assert found["total"] == sum(row["parameters"] for row in found["rows"]) == 174_604_259_328
    assert found["eight"]["total"] == 175_181_291_520
    assert len(found["rows"]) == 2 + 96 * 16 + 2 + 1 + 5
    assert set(found["rows"][0]) >= {"name", "shape", "formula", "parameters", "tied"}


def test_a_config_on_the_disk_goes_before_a_name(
    armillary_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = {"model_type": "gpt2", "vocab_size": 10, "n_embd": 4, "n_layer": 1, "n_head": 2, "n_positions": 8}
    Path("gpt2").mkdir()
    Path("gpt2/config.json").write_text(json.dumps(config))
    expected = 10 * 4 + 8 * 4 + 4 * 16 + 16 + 2 * 4 * 16 + 16 + 4 + 3 * 8
    for target in ("gpt2", "gpt2/config.json"):
        assert json.loads(armillary_cli("count", target, "--json").out)["total"] == expected
    Path("gpt2/config.json").write_text(json.dumps(config | {"novel": 1}))
    ran = armillary_cli("count", "gpt2")
    assert ran.code == 1
    assert "novel" in ran.err


def test_a_name_that_is_not_known(armillary_cli: Cli) -> None:
    ran = armillary_cli("count", "gpt-17")
    assert ran.code == 3
    assert "gpt-3" in ran.err


@pytest.mark.parametrize(("name", "problem"), [("glove-6b-50d", "is no model"), ("nonsense", "no config is known")])
def test_what_is_no_model_is_said_to_be_none(armillary_cli: Cli, name: str, problem: str) -> None:
    ran = armillary_cli("count", name)
    assert ran.code in (1, 3)
    assert problem in ran.err


@pytest.mark.shelf("smollm2-135m-instruct")
def test_a_model_on_the_shelf_and_its_file_are_counted(armillary_cli: Cli) -> None:
    """SmolLM2 as GGUF has the tensors that its config.json calls for."""
    from armillary.shelf import Shelf

    file = str(Shelf().path("smollm2-135m-instruct"))
    totals = {json.loads(armillary_cli("count", target, "--json").out)["total"]
              for target in ("smollm2-135m-instruct", file, "smollm2-135m")}
    assert totals == {134_515_008}

"""Pairs become a translator: to a known loss, resumed exactly, opened here and elsewhere, and nothing but pairs."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
import transformers

import armillary
from armillary.errors import ArmillaryWarning, FileError, InputError, NotFound, UnknownFormat
from armillary.language import Note
from armillary.learning.output import snapshot_of
from armillary.learning.supervised.reports import Stage
from armillary.learning.translator.asked import Asked
from armillary.learning.translator.learn import translator_learned
from armillary.learning.translator.translator import Translator
from tests.conftest import Ran

TINY: dict[str, Any] = {"steps": 120, "d_model": 32, "n_layers": 1, "batch": 32}
WORDS = dict(zip("一二三四五六七八九", "123456789", strict=True))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chinese digits, one to three side by side, and the same as figures: all that there are."""
    names = list(WORDS)
    pairs = [one for a in names for one in (a, *(a + b for b in names), *(a + b + c for b in names for c in names))]
    path = tmp_path_factory.mktemp("pairs") / "digits.tsv"
    path.write_text("source\ttarget\n" + "".join(f"{one}\t{''.join(WORDS[each] for each in one)}\n" for one in pairs))
    return path


@pytest.fixture(scope="module")
def learned(table: Path) -> Path:
    """A translator learned from them."""
    translator_learned(table, table.with_name("learned"), Asked(**TINY))
    return table.with_name("learned")


def test_what_was_never_seen_is_said_exactly(learned: Path) -> None:
    card = json.loads((learned / "learned.json").read_text())
    assert card["pairs"] == 655
    assert card["held"]["rows"] == 164
    assert card["held"]["accuracy"] > 0.9
    assert card["held"]["low"] < card["held"]["accuracy"]
    assert card["commonest"]["accuracy"] < 0.1
    assert card["trail"][0][1] > 1 > 0.3 > card["trail"][-1][1]
    assert card["characters"] == "".join(sorted(WORDS))
    translator = Translator.load(learned)
    assert translator.translate("三五七") == "357"
    assert translator.translate_all([one["source"] for one in card["shown"]]) == [one["said"] for one in card["shown"]]


def test_it_listens_to_what_it_says(learned: Path) -> None:
    found = Translator.load(learned).listen("三五七")
    assert (found.target, list(found.heard), list(found.said)) == ("357", list("三五七"), [*"357", "</s>"])
    np.testing.assert_allclose(found.patterns.sum(-1), 1, atol=1e-5)
    assert found.pattern().shape == found.pattern(0).shape == found.pattern(0, 0).shape == (4, 3)
    with pytest.raises(InputError, match="no head 9"):
        found.pattern(0, 9)


@torch.no_grad()
def test_the_folder_opens_in_transformers(learned: Path) -> None:
    theirs = transformers.AutoModelForSeq2SeqLM.from_pretrained(learned)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(learned / "tokenizer.json"))
    source = torch.tensor([tokenizer("九一四")["input_ids"]])
    ids = theirs.generate(source, max_new_tokens=10, do_sample=False, num_beams=1)[0]
    assert tokenizer.decode(ids, skip_special_tokens=True) == Translator.load(learned).translate("九一四") == "914"


@pytest.mark.long
def test_an_interrupted_learning_goes_on_to_the_same_bytes(table: Path, tmp_path: Path) -> None:
    def interrupt(told: Stage | Note) -> None:
        if isinstance(told, Stage) and told.step == 12:
            signal.raise_signal(signal.SIGINT)

    few = {**TINY, "steps": 24}
    translator_learned(table, tmp_path / "whole", Asked(**few))
    with pytest.raises(KeyboardInterrupt):
        translator_learned(table, tmp_path / "one", Asked(**few, progress=interrupt))
    assert snapshot_of(tmp_path / "one").exists()
    with pytest.raises(FileError, match="another seed: 1, not 2"):
        translator_learned(table, tmp_path / "one", Asked(**few, resume=True, seed=2))
    translator_learned(table, tmp_path / "one", Asked(**few, resume=True))
    for name in ("model.safetensors", "tokenizer.json", "config.json", "learned.json"):
        one, whole = ((tmp_path / folder / name).read_text(errors="replace") for folder in ("one", "whole"))
        assert one.replace(str(tmp_path / "one"), str(tmp_path / "whole")) == whole, name


@pytest.mark.parametrize(("text", "said"), [
    ("", "has no row"),
    ("source\ttarget\n", "has no row"),
    ("words\nuno\ndos\n", "one column, 'words'"),
    ("a\tb\tc\n" + "1\t2\t3\n" * 30, "say which holds the source"),
    ("source\ttarget\n" + "x\ty\n" * 40, "1 pairs of a source and a target"),
])  # fmt: skip
def test_what_is_no_table_of_pairs_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text(text)
    with pytest.raises(InputError, match=said):
        translator_learned(tmp_path / "pairs.tsv", tmp_path / "out", Asked(**TINY))
    assert not (tmp_path / "out").exists()


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    rows = [{"en": f"n{number}", "de": f"z{number}"} for number in range(40)]
    rows += [{"en": "n1", "de": "other"}, {"en": "", "de": "x"}, {"en": "y" * 600, "de": "x"}]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.warns(ArmillaryWarning) as told:
        card = armillary.learn_translator(tmp_path / "pairs.jsonl", tmp_path / "out", **{**TINY, "steps": 2})
    said = " ".join(str(one.message) for one in told)
    assert "1 lines lack a source" in said
    assert "1 pairs are of 512 bytes or more" in said
    assert "1 pairs have a source that came before" in said
    assert card.columns == ("en", "de")
    assert card.pairs + card.held.rows == 40


def test_a_source_that_was_never_learned_of_is_refused(learned: Path, tmp_path: Path) -> None:
    translator = Translator.load(learned)
    with pytest.raises(NotFound, match="nothing of x; its sources had only: 一七三"):
        translator.translate("三x")
    with pytest.raises(InputError, match="12 tokens, more than the 3"):
        translator.translate("三" * 12)
    with pytest.raises(InputError, match="empty text"):
        translator.translate("")
    with pytest.raises(NotFound):
        Translator.load(tmp_path / "none")
    with pytest.raises(UnknownFormat, match="no translator"):
        Translator.load(tmp_path)


@pytest.mark.parametrize("wrong", [{"d_model": 12}, {"n_layers": 0}, {"held_out": 1.0}, {"batch": 0}])
def test_settings_of_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Asked(**wrong)


@pytest.mark.long
def test_the_command_that_learns(table: Path, tmp_path: Path, armillary_cli: Callable[..., Ran]) -> None:
    asked = ["learn", "translator", str(table), "--out", str(tmp_path / "out"), "--steps", "2", "--d-model", "32"]
    ran = armillary_cli(*asked, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["steps"] == 2
    assert '"held_out"' in ran.err
    assert "--force" in armillary_cli(*asked).err
    ran = armillary_cli(*asked, "--force", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    ran = armillary_cli(*asked, "--force", "--lang", "zh")
    assert "总说最常见的译文" in ran.out
    assert "--steps 2" in ran.out


def test_the_command_that_translates(learned: Path, tmp_path: Path, armillary_cli: Callable[..., Ran]) -> None:
    assert armillary_cli("translate", "三五七", "--in", str(learned)).out == "357\n"
    ran = armillary_cli("translate", "三五七", "--in", str(learned), "--attention", "0.0", "--out",
                        str(tmp_path / "heard.svg"), "--lang", "zh")
    assert ran.out.splitlines()[0] == "357"
    assert "</s>" in ran.out
    ElementTree.parse(tmp_path / "heard.svg")
    told = json.loads(armillary_cli("translate", "三五七", "--in", str(learned), "--attention", "all", "--json").out)
    assert np.array(told["pattern"]).shape == (len(told["said"]), len(told["heard"])) == (4, 3)
    assert armillary_cli("translate", "x", "--in", str(learned)).code == 3
    assert armillary_cli("translate", "三", "--in", str(learned), "--attention", "x").code == 1
    assert "ends in .svg" in armillary_cli("translate", "三", "--in", str(learned), "--out", "a.gif").err

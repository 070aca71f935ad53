"""A text becomes a model: chosen for, learned, written so that it opens here and elsewhere, repeated bit for bit."""

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

import armillary
from armillary.errors import ArmillaryWarning, FileError, InputError, NotFound, OutputExists
from armillary.formats.safetensors import tensors
from armillary.language import Note
from armillary.learning.gpt.asked import Asked
from armillary.learning.gpt.learn import gpt_learned
from armillary.learning.output import snapshot_of, watched_of
from armillary.learning.self_supervised import course
from armillary.learning.self_supervised.design import designed, fitted
from armillary.learning.self_supervised.material import look, material
from armillary.learning.self_supervised.reports import Going
from armillary.learning.watched import Watched
from armillary.shelf import Shelf
from tests.conftest import Ran

LINES = ("the cat sat on the mat", "the dog sat on the log", "a cat and a dog met", "the mat was flat", "on the log")
TINY: dict[str, Any] = {"steps": 20, "d_model": 32, "n_layers": 1, "context": 16, "batch": 16}


@pytest.fixture(scope="module", autouse=True)
def _short_samples() -> Iterator[None]:
    """What is written on the way costs more than a model so small learns in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "_WRITTEN", 6)
        yield


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some hundred lines of few words."""
    random = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("text") / "book.txt"
    path.write_text("".join(LINES[row] + ".\n" for row in random.integers(len(LINES), size=300)))
    return path


@pytest.fixture(scope="module")
def learned(book: Path) -> Path:
    """A model learned from it."""
    gpt_learned(book, book.with_name("learned"), Asked(**{**TINY, "steps": 30}))
    return book.with_name("learned")


@torch.no_grad()
def test_the_folder_opens_here_and_in_transformers(learned: Path):
    ours = armillary.open(learned)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(learned)
    text = "the cat sat on"
    ids = transformers.AutoTokenizer.from_pretrained(learned)(text)["input_ids"]
    assert ours.ids(text) == ids
    torch.testing.assert_close(torch.from_numpy(ours.scores(text)), theirs(torch.tensor([ids])).logits[0, -1],
                               rtol=0, atol=1e-5)


def test_the_card_tells_what_was_learned(learned: Path):
    card = json.loads((learned / "learned.json").read_text())
    assert card["model"]["nats_per_token"] < card["trail"][0][2] - 1
    assert card["bigram"]["nats_per_token"] < card["unigram"]["nats_per_token"] < np.log(256)
    assert card["tokenizer"] == "bytes"
    assert card["steps"] == card["design"]["plan"]["steps"] == 30
    assert [step for step, _, _ in card["trail"]] == list(range(0, 31, 3))
    assert card["trail"][0][2] == pytest.approx(np.log(256), abs=0.05)
    assert sum(card["parameters"].values()) == sum(int(np.prod(one.shape)) for one in tensors(
        learned / "model.safetensors").values())
    assert all(text.startswith(card["first_line"][:8]) for _, text in card["samples"])
    assert sum(chance for _, chance in card["next"]) <= 1
    assert "--steps 30" in card["command"]
    frames = Watched.load(watched_of(learned))
    assert frames.vectors.shape[0] == 11
    assert frames.space(-1)["t"].vector.tolist() == armillary.open(learned).embedding["t"].vector.tolist()


def test_the_recipe_fast_makes_a_model_that_opens_here(book: Path, tmp_path: Path):
    card = gpt_learned(book, tmp_path / "fast", Asked(**TINY, recipe="fast"))
    assert json.loads((tmp_path / "fast" / "config.json").read_text())["model_type"] == "armillary-fast"
    assert card.trail[0][2] == pytest.approx(np.log(256), abs=1e-3)  # its scores begin at 0
    assert card.model.nats_per_token < card.trail[0][2] - 1
    assert "--recipe fast" in card.command
    assert any("opens here only" in str(note) for note in card.notes)
    assert armillary.open(tmp_path / "fast").next("the cat")[0].probability > 1 / 256


@pytest.mark.long
def test_the_same_steps_give_the_same_bytes(book: Path, learned: Path, tmp_path: Path):
    gpt_learned(book, tmp_path / "again", Asked(**{**TINY, "steps": 30}))
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        assert (tmp_path / "again" / name).read_bytes() == (learned / name).read_bytes()


@pytest.mark.long
def test_an_interrupted_learning_goes_on_to_the_same_bytes(book: Path, learned: Path, tmp_path: Path):
    def interrupt(told: Going | Note) -> None:
        if isinstance(told, Going) and told.step == 15:
            signal.raise_signal(signal.SIGINT)

    out, settings = tmp_path / "one", {**TINY, "steps": 30}
    with pytest.raises(KeyboardInterrupt):
        gpt_learned(book, out, Asked(**settings, progress=interrupt))
    assert not out.exists()
    with pytest.raises(FileError, match="unfinished learning left"):
        gpt_learned(book, out, Asked(**settings))
    with pytest.raises(FileError, match="another batch: 16, not 5"):
        gpt_learned(book, out, Asked(**{**settings, "batch": 5}, resume=True))
    gpt_learned(book, out, Asked(**settings, resume=True))
    for name in ("model.safetensors", "learned.json"):
        told = (out / name).read_text(errors="replace").replace(str(out), str(learned))
        assert told == (learned / name).read_text(errors="replace")
    assert not snapshot_of(out).exists()


def test_who_has_seen_enough_keeps_what_is_learned(book: Path, tmp_path: Path):
    seen: list[float] = []
    card = gpt_learned(book, tmp_path / "short", Asked(
        **TINY, seen=lambda words, fraction, vectors: seen.append(fraction), enough=lambda: len(seen) > 2))
    assert 0 < card.steps < TINY["steps"]
    assert card.trail[-1][0] == card.steps
    assert seen == [step / TINY["steps"] for step, _, _ in card.trail]
    assert "somebody asked for that" in str(card.notes[-1])
    assert armillary.open(tmp_path / "short").next("the", n=1)
    assert not snapshot_of(tmp_path / "short").exists()


def test_what_could_not_be_written_is_refused_first(book: Path, learned: Path, tmp_path: Path):
    with pytest.raises(OutputExists):
        gpt_learned(book, learned, Asked(**TINY))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear")
    with pytest.raises(FileError, match="no folder of a model"):
        gpt_learned(book, tmp_path / "mine", Asked(**TINY, force=True))
    with pytest.raises(NotFound, match="no folder"):
        gpt_learned(book, tmp_path / "none" / "out", Asked(**TINY))


@pytest.mark.long
def test_too_little_text_is_told_with_numbers(tmp_path: Path):
    short = tmp_path / "short.txt"
    short.write_text("a haiku\n")
    with pytest.raises(InputError, match=r"9 characters.*needs 1,000 at least"):
        gpt_learned(short, tmp_path / "out", Asked(**TINY))
    short.write_text("".join(LINES) * 20)
    with pytest.warns(ArmillaryWarning, match=r"a text of 1,\d+ characters is small"):
        armillary.learn_gpt(short, tmp_path / "out", **TINY)


@pytest.mark.parametrize("wrong", [{"minutes": 0.0}, {"train": "lora"}, {"start": "x", "d_model": 8},
                                   {"start": "x", "recipe": "fast"}])
def test_settings_of_no_sense_are_refused(wrong: dict[str, Any]):
    with pytest.raises(InputError):
        Asked(**wrong)


def test_three_texts_show_three_plans(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("armillary.learning.self_supervised.material._PAIRS_FROM", 200_000)
    random = np.random.default_rng(1)
    english = " ".join(LINES) * 400
    chinese = "".join(chr(one) for one in random.integers(0x4E00, 0x4E00 + 900, size=60_000))
    long = english * 8
    told = [material(text, None) for text in (english, chinese, long)]
    assert [one.kind for one in told] == ["bytes", "characters", "pairs"]
    assert (look(chinese).chinese, look(english).chinese) == (1.0, 0.0)
    sizes = [designed(one, Asked(minutes=2.0)).d_vocab for one in told]
    assert len(set(sizes)) == 3
    assert designed(told[2], Asked(minutes=60.0)).d_model > designed(told[2], Asked(minutes=2.0)).d_model
    for one, text in zip(told, (english, chinese, long), strict=True):
        whole = one.tokenizer.decode(np.concatenate([one.learned, one.held]))
        assert whole == text
        assert one.held_bytes == len(one.tokenizer.decode_bytes(one.held)) <= 800_000


def test_steps_fill_the_time_but_not_beyond_what_a_text_can_teach():
    asked = Asked(minutes=1.0, context=10, batch=10)
    design = designed(material("".join(LINES) * 40, None), asked)
    enough, notes = fitted(design, asked, 1_000_000, 1000.0, 20)
    assert (enough.plan.steps, enough.batch, notes) == (600, 10, [])
    short, notes = fitted(design, asked, 1000, 1000.0, 20)
    assert short.plan.steps == 200
    assert "0.3 of the 1 minutes" in str(notes[0])
    slow, _ = fitted(replace(design, batch=100), Asked(minutes=1.0), 1_000_000, 1000.0, 20)
    assert (slow.batch, slow.plan.steps) == (15, 400)


@pytest.mark.long
@pytest.mark.parametrize("train", ["all", "W_E", "but-W_E", "lora"])
def test_a_model_is_gone_on_from_and_only_what_shall_learn_does(book: Path, learned: Path, tmp_path: Path, train: str):
    settings = {"steps": 8, "batch": 8, "context": 16, "start": learned}
    card = gpt_learned(book, tmp_path / "more", Asked(**settings, train=train))
    before, after = ({name: one.array() for name, one in tensors(path / "model.safetensors").items()}
                     for path in (learned, tmp_path / "more"))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    table = "model.embed_tokens.weight"
    matrices = {name for name in before if before[name].ndim == 2 and name != table}
    wanted = {"all": set(before), "W_E": {table}, "but-W_E": set(before) - {table}, "lora": matrices}[train]
    assert changed == wanted
    assert card.before is not None
    assert card.model.nats_per_token < card.before.nats_per_token
    assert (tmp_path / "more" / "tokenizer.json").read_bytes() == (learned / "tokenizer.json").read_bytes()
    assert armillary.open(tmp_path / "more").next("the")


@pytest.fixture(scope="module")
def gemma() -> Path:
    """A GGUF file whose tokenizer is none of byte pairs; found before each test gets a shelf of its own."""
    return Shelf().path("gemma3-270m")


@pytest.mark.long
@pytest.mark.shelf("gemma3-270m")
def test_what_a_gguf_file_holds_and_cannot_be_written_is_refused_before_any_work(
    gemma: Path, book: Path, tmp_path: Path
):
    with pytest.raises(InputError, match="read here from GGUF and not written"):
        gpt_learned(book, tmp_path / "out", Asked(start=gemma))
    assert not (tmp_path / "out").exists()


def test_a_model_that_cannot_write_is_not_gone_on_from(book: Path, tmp_path: Path):
    config = transformers.BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
                                     intermediate_size=8)
    transformers.BertForMaskedLM(config).save_pretrained(tmp_path / "masked")
    (tmp_path / "masked" / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abc"]))
    with pytest.raises(InputError, match="sees what comes after"):
        gpt_learned(book, tmp_path / "out", Asked(start=tmp_path / "masked"))


@pytest.mark.long
def test_the_command_says_what_it_chose_and_ends_with_the_card(armillary_cli: Any, book: Path, tmp_path: Path):
    sizes = ("--steps", "20", "--d-model", "16", "--n-layers", "1", "--context", "16", "--batch", "4")
    ran: Ran = armillary_cli("learn", "gpt", str(book), "--out", str(tmp_path / "one"), *sizes)
    assert ran.code == 0
    lines = [json.loads(line) for line in ran.err.splitlines()]
    notes = [line["note"] for line in lines if "note" in line]
    assert any("tokens are bytes" in note for note in notes)
    assert any("20 steps of 4 windows of 16 tokens" in note for note in notes)
    assert [line["step"] for line in lines if "sample" in line] == list(range(2, 21, 2))
    for said in ("counting pairs of tokens", "nearest to", "SHA-256 of model.safetensors", "the same again"):
        assert said in ran.out
    shutil.rmtree(tmp_path / "one")
    told: Ran = armillary_cli("learn", "gpt", str(book), "--out", str(tmp_path / "one"), *sizes, "--json", "--quiet")
    assert json.loads(told.out)["steps"] == 20
    assert told.err == ""
    chinese: Ran = armillary_cli("learn", "gpt", str(book), "--out", str(tmp_path / "二"), *sizes, "--lang", "zh")
    assert "共 20 步" in chinese.out

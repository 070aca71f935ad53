"""A text becomes a model that fills blanks: learned, told, opened here and in transformers, repeated bit for bit."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
import transformers

import armillary
from armillary.errors import FileError
from armillary.language import Note
from armillary.learning import Watched
from armillary.learning.bert import rates
from armillary.learning.bert.asked import Asked
from armillary.learning.bert.learn import bert_learned
from armillary.learning.bert.origin import spaced
from armillary.learning.bert.rates import Rate
from armillary.learning.output import snapshot_of, watched_of
from armillary.learning.self_supervised.reports import Going
from tests.conftest import Ran

LINES = (
    "小猫坐在垫子上。", "小狗坐在木头上。", "一只猫遇见一只狗。", "the cat sat on the mat.",
    "the dogs sat on the log.",
)
TINY: dict[str, Any] = {"steps": 150, "d_model": 32, "n_layers": 1, "context": 16, "batch": 16}


@pytest.fixture(scope="module", autouse=True)
def _few_blanks() -> Iterator[None]:
    """A model so small is asked less often than it would be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rates, "TOKENS", 300)
        patch.setattr(rates, "WORDS", 60)
        yield


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some hundred lines of few words, of both languages."""
    random = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("text") / "book.txt"
    path.write_text("".join(LINES[row] + "\n" for row in random.integers(len(LINES), size=600)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def learned(book: Path) -> Path:
    """A model learned from it."""
    bert_learned(book, book.with_name("learned"), Asked(**TINY))
    return book.with_name("learned")


@torch.no_grad()
def test_the_folder_opens_here_and_in_transformers(learned: Path):
    ours, text = armillary.open(learned), "小猫[MASK]在垫子上。 the [MASK] sat"
    theirs = transformers.AutoModelForMaskedLM.from_pretrained(learned)
    assert type(theirs).__name__ == "BertForMaskedLM"
    ids = transformers.AutoTokenizer.from_pretrained(learned)(text, return_tensors="pt")["input_ids"]
    assert ours.tokenizer.encode(text, special=True, framed=True).tolist() == ids[0].tolist()
    torch.testing.assert_close(ours.transformer(ids), theirs(ids).logits, rtol=0, atol=1e-5)


def test_it_opens_with_its_list_of_pieces_alone(learned: Path, tmp_path: Path):
    for name in ("config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((learned / name).read_bytes())
    one, other = armillary.open(learned), armillary.open(tmp_path)
    assert one.tokenizer.encode("小猫 the cat", framed=True).tolist() == other.tokenizer.encode(
        "小猫 the cat", framed=True).tolist()
    assert one.fill("小[MASK]坐") == other.fill("小[MASK]坐")


def test_the_card_tells_what_was_learned(learned: Path):
    card = json.loads((learned / "learned.json").read_text(encoding="utf-8"))
    assert card["trail"][0][2] == pytest.approx(np.log(card["design"]["d_vocab"]), abs=0.1)
    assert card["model"] < card["unigram"]
    assert [step for step, _, _ in card["trail"]] == list(range(0, 151, 15))
    assert card["tokens"]["ten"]["asked"] == card["tokens"]["first"]["asked"] == 300
    assert card["tokens"]["first"]["right"] < card["tokens"]["ten"]["right"]
    assert card["words"]["ten"]["asked"] >= 50
    assert "〔" in card["samples"][-1][1]
    assert card["neighbours"] != card["neighbours_before"]
    assert card["neighbours"].keys() == card["neighbours_before"].keys()
    frames = Watched.load(watched_of(learned))
    assert frames.space(-1)["猫"].vector.tolist() == armillary.open(learned).embedding["猫"].vector.tolist()
    assert frames.space(0)["猫"].vector.std() == pytest.approx(0.02, rel=0.5)


@pytest.mark.long
def test_an_interrupted_learning_goes_on_to_the_same_bytes(book: Path, learned: Path, tmp_path: Path):
    def interrupt(told: Going | Note) -> None:
        if isinstance(told, Going) and told.step == 75:
            signal.raise_signal(signal.SIGINT)

    out = tmp_path / "one"
    with pytest.raises(KeyboardInterrupt):
        bert_learned(book, out, Asked(**TINY, progress=interrupt))
    assert not out.exists()
    with pytest.raises(FileError, match="another seed: 1, not 2"):
        bert_learned(book, out, Asked(**TINY, seed=2, resume=True))
    bert_learned(book, out, Asked(**TINY, resume=True))
    for name in ("model.safetensors", "learned.json", "vocab.txt", "tokenizer.json"):
        told = (out / name).read_text(errors="replace").replace(str(out), str(learned))
        assert told == (learned / name).read_text(errors="replace")
    assert not snapshot_of(out).exists()


@pytest.mark.long
def test_words_are_tokens_where_they_are_asked_for(book: Path, tmp_path: Path):
    card = bert_learned(book, tmp_path / "words", Asked(**TINY, tokenizer="words"))
    model = armillary.open(tmp_path / "words")
    assert "垫子" in model.embedding.labels
    assert card.words is None
    assert model.fill("小猫 坐在 [MASK] 上 。").blanks[0].tokens == 1
    assert spaced("小猫坐在垫子上。a cat\n") == "小猫 坐在 垫子 上 。 a cat\n"


def test_rates_have_the_intervals_that_wilson_gives():
    some = Rate.of(15, 148)
    theirs = scipy.stats.binomtest(15, 148).proportion_ci(method="wilson")
    assert (some.low, some.high) == pytest.approx((theirs.low, theirs.high), rel=1e-6)
    assert (Rate.of(0, 10).low, Rate.of(10, 10).high) == pytest.approx((0.0, 1.0))


@pytest.mark.long
def test_the_command_says_what_it_chose_and_ends_with_the_card(armillary_cli: Any, book: Path, tmp_path: Path):
    sizes = ("--steps", "20", "--d-model", "16", "--n-layers", "1", "--context", "16", "--batch", "4")
    ran: Ran = armillary_cli("learn", "bert", str(book), "--out", str(tmp_path / "one"), *sizes)
    assert ran.code == 0
    notes = [line["note"] for line in map(json.loads, ran.err.splitlines()) if "note" in line]
    assert any("single Chinese characters" in note for note in notes)
    for said in ("counting tokens", "among ten", "before it learned", "it fills", "learn bert"):
        assert said in ran.out
    chinese: Ran = armillary_cli("learn", "bert", str(book), "--out", str(tmp_path / "二"), *sizes, "--lang", "zh")
    assert "共 20 步" in chinese.out
    model, text = str(tmp_path / "one"), "小[MASK]坐在[MASK][MASK]上。"
    filled: Ran = armillary_cli("fill", text, "--in", model, "--json", "-n", "3")
    answer = json.loads(filled.out)
    assert [blank["tokens"] for blank in answer["blanks"]] == [1, 2]
    assert len(answer["blanks"][1]["guesses"]) == 3
    assert "[MASK]" not in answer["text"]
    shown: Ran = armillary_cli("fill", text, "--in", model)
    assert "apart" in shown.out
    wrong: Ran = armillary_cli("fill", "小猫", "--in", model)
    assert (wrong.code, "has no blank" in wrong.err) == (1, True)

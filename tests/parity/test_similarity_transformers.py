"""armillary similarity on an encoder: the cosine of two texts that transformers' points give, pooled by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

import armillary as ar
from armillary.shelf import Shelf
from tests.conftest import Ran
from tests.parity.test_models_transformers import one_thread
from tests.published.test_sentences import STEPS, encoder, expected, theirs, told

__all__ = ["encoder", "one_thread", "theirs"]
Cli = Callable[..., Ran]
PAIRS = [
    ("A man is eating food.", "Someone is having a meal."), ("dog bites man", "man bites dog"),
    ("A man is eating food.", "The stock market fell today."), ("今天天气很好", "今天天气不错"),
    ("他在吃饭", "The weather is nice today"),
]


def asked(ran: Ran) -> dict[str, Any]:
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    return found


def by_hand(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.mark.parametrize(("a", "b"), [("unable", "un able"), ("国王", "王 unable"), ("国王", "国 国")])
def test_two_texts_of_an_encoder(theirs: Any, encoder: Path, armillary_cli: Cli, a: str, b: str) -> None:
    told(encoder, STEPS)
    ids = [ar.open(encoder).tokenizer.encode(text, framed=True).tolist() for text in (a, b)]
    first, second = expected(theirs, ids, first=False, unit=True)
    found = asked(armillary_cli("similarity", a, b, "--in", str(encoder), "--json"))
    assert found["cosine"] == pytest.approx(by_hand(first, second), abs=1e-5)
    assert found["angle_degrees"] == pytest.approx(np.degrees(np.arccos(by_hand(first, second))), abs=0.01)
    assert (found["a"], found["b"], found["missing"], found["truncated"]) == (a, b, [], 0)


def test_what_an_encoder_does_not_know_is_named_and_its_table_can_be_asked(encoder: Path, armillary_cli: Cli) -> None:
    told(encoder, STEPS, 7)
    pair = ("similarity", "国人王人", "un able un able un able", "--in", str(encoder))
    for language, said in (("en", "reads [UNK] in their place: 人"), ("zh", "用 [UNK] 代替：人")):
        ran = armillary_cli(*pair, "--lang", language)
        assert said in ran.err
        assert "7" in ran.err
        assert len(ran.out.splitlines()) == 3
    found = json.loads(armillary_cli(*pair, "--json", "--quiet").out)
    assert (found["missing"], found["truncated"]) == (["人", "人"], 1)
    assert "weighs them itself" in armillary_cli(*pair, "--weighting", "sif").err
    table = asked(armillary_cli("similarity", "un", "able", "--in", str(encoder), "--points", "W_E", "--json"))
    rows = ar.open(encoder).embedding
    assert table["cosine"] == pytest.approx(by_hand(rows.vector("un"), rows.vector("able")), abs=1e-5)
    assert "percentile" in table


@pytest.mark.shelf("minilm-l6-v2")
@pytest.mark.long
@torch.no_grad()
def test_texts_in_english_and_chinese_of_the_published_encoder(armillary_cli: Cli) -> None:
    folder = Shelf().path("minilm-l6-v2")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()

    def pooled(text: str) -> np.ndarray:
        mean: np.ndarray = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0).numpy()
        return mean

    for a, b in PAIRS:
        ran = armillary_cli("similarity", a, b, "--in", "minilm-l6-v2", "--json", "--quiet")
        assert asked(ran)["cosine"] == pytest.approx(by_hand(pooled(a), pooled(b)), abs=1e-5)
    ran = armillary_cli("similarity", *PAIRS[3], "--in", "minilm-l6-v2", "--json", "--quiet")
    unknown = [one for text in PAIRS[3] for one in text if tokenizer.tokenize(one) == ["[UNK]"]]
    assert asked(ran)["missing"] == unknown == [*"今气很好", *"今气错"]

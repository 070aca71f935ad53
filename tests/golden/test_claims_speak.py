"""What explainers say of scores, temperature, context and chats, as the product shows it (rows of CLAIMS)."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import armillary as ar
from armillary.language_model import LanguageModel
from armillary.published.configs import named
from armillary.speak.engine import Engine
from armillary.speak.sample import Sampling, chances, softmax
from armillary.speak.torch_engine import TorchEngine
from armillary.speak.write import Limits, Spelling, Writing
from tests.conftest import Ran
from tests.parity.test_models_transformers import one_thread
from tests.speak.stories import stories
from tests.transformer.tiny import CONFIGS, SHORT, model

__all__ = ["one_thread"]
GREEDY = Sampling(temperature=0.0)
BEGIN = "Lily saw a big"


@pytest.fixture(scope="module")
def lily(data: Path, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    """A real model of 260,032 parameters that tells stories."""
    opened = ar.open(stories(data, tmp_path_factory.mktemp("stories") / "stories260K.gguf"))
    assert isinstance(opened, LanguageModel)
    return opened


@pytest.fixture(scope="module")
def smollm() -> LanguageModel:
    opened = ar.open("smollm2-135m-instruct")
    assert isinstance(opened, LanguageModel)
    return opened


def text_of(lm: LanguageModel, writing: Writing) -> str:
    spelling = Spelling(lm.tokenizer)
    return "".join([spelling.feed(step.id) for step in writing]) + spelling.end()


@pytest.mark.long
def test_two_hundred_tokens_are_those_that_the_model_s_author_publishes(lily: LanguageModel) -> None:
    """The known-good output in llama2.c's test_all.py, made by an independent program in C; kept as its SHA-256."""
    text = text_of(lily, lily.write("", GREEDY, Limits(most=200)))
    assert hashlib.sha256(text.lstrip().encode()).hexdigest() == (
        "beeb5cb46785efee81a8545300b31e396b595e5ce6f3b77db201545501981d14")


def test_a_story_begins(lily: LanguageModel) -> None:
    text = text_of(lily, lily.write("", GREEDY, Limits(most=25)))
    assert text.startswith(" Once upon a time, there was a little girl named Lily.")


def test_only_the_last_row_predicts_and_every_row_has_a_score_for_every_token(lily: LanguageModel) -> None:
    rows = list(lily.rows(BEGIN))
    assert [one for one, _ in rows] == lily.ids(BEGIN)
    assert all(scores.shape == (512,) for _, scores in rows)
    np.testing.assert_allclose(lily.scores(BEGIN), rows[-1][1], atol=1e-5)
    # the other rows predict what stands there already: as good a guess as training has made it
    came = [softmax(scores)[one] for (_, scores), one in zip(rows, lily.ids(BEGIN)[1:], strict=False)]
    assert np.exp(np.log(came).mean()) > 20 / 512
    # and no row knows what comes after it
    longer = list(lily.rows(f"{BEGIN} red ball"))[: len(rows)]
    np.testing.assert_allclose([scores for _, scores in longer], [scores for _, scores in rows], atol=1e-5)


def test_there_are_50_257_scores_not_5_000() -> None:
    assert named("gpt2").config.d_vocab == named("gpt-3").config.d_vocab == 50_257


def test_temperature_has_no_upper_end(lily: LanguageModel) -> None:
    scores, heats = lily.scores(BEGIN), (0.0, 0.5, 1.0, 2.0, 5.0, 100.0, 1e6)
    odds = [chances(scores, Sampling(temperature=heat)) for heat in heats]
    assert odds[0].max() == 1
    entropy = [float(-(one[one > 0] * np.log(one[one > 0])).sum()) for one in odds]
    assert entropy == sorted(entropy)
    assert entropy[-1] == pytest.approx(math.log(512), abs=1e-6)  # every token as likely as any other
    assert all((np.argsort(one)[-1], one.sum()) == (scores.argmax(), pytest.approx(1)) for one in odds)


def test_four_temperatures_and_their_texts_side_by_side(lily: LanguageModel, armillary_cli: Callable[..., Ran]) -> None:
    flags = [flag for heat in ("0", "1", "2", "5") for flag in ("--temperature", heat)]
    shown = armillary_cli("write", BEGIN, "--in", str(lily.path), "-n", "12", *flags).out
    heads = [line.strip() for line in shown.splitlines() if line.startswith("T = ")]
    assert heads == ["T = 0", "T = 1", "T = 2", "T = 5"]
    assert shown.count(BEGIN) == 4
    surprise = [float(one.partition(", ")[0].replace(",", "")) for one in shown.split("perplexity ")[1:]]
    assert surprise == sorted(surprise)
    assert len(set(surprise)) == 4


def next_scores(engine: Engine, ids: list[int], context: int) -> np.ndarray:
    """The scores after a text of which a context is seen, as `--on-full slide` computes them."""
    reading = engine.start()
    scores: np.ndarray = reading.read(ids[-context:])
    return scores


def changed(engine: Engine, ids: list[int], distance: int, context: int) -> bool:
    """Whether another token, so many back (1 is the last), changes any score of the next."""
    other = list(ids)
    other[-distance] = (other[-distance] + 7) % engine.d_vocab
    return not np.array_equal(next_scores(engine, ids, context), next_scores(engine, other, context))


def test_with_a_context_of_64_a_word_65_back_changes_no_score(lily: LanguageModel) -> None:
    text = "Lily and Tom went to the park and saw a big red ball. They were happy and played all day. " * 6
    ids = lily.ids(text)[:100]
    limits = Limits(most=1, context=64, on_full="slide", frame=0)
    chance = {}
    for distance in (0, 65, 64):
        changed_ids = list(ids)
        if distance:
            changed_ids[-distance] = 300 if changed_ids[-distance] != 300 else 301
        [step] = Writing(lily.engine, changed_ids, GREEDY, limits)
        chance[distance] = step.nats
    assert chance[65] == chance[0]
    assert chance[64] != chance[0]
    assert [changed(lily.engine, ids, back, 64) for back in (1, 63, 64, 65, 66, 100)] == [
        True, True, True, False, False, False]


def test_a_kept_cache_and_stacked_windows_leak_further() -> None:
    """Three blocks with windows of 4: a token is felt 3 (4 - 1) places on, though none of them sees farther than 3."""
    base = CONFIGS["sandwich, windows, caps"]
    windowed = replace(base, n_ctx=64, pattern=tuple(replace(one, attention=SHORT) for one in base.pattern))
    engine = TorchEngine(model(windowed))
    ids = np.random.default_rng(0).integers(0, 31, 40).tolist()
    reach = 1 + windowed.n_layers * (4 - 1)
    whole = [changed(engine, ids, back, len(ids)) for back in range(1, 20)]
    assert whole == [back <= reach for back in range(1, 20)]
    # a cache that is kept has read the old tokens; only a window that is computed anew forgets at its edge
    anew = [changed(engine, ids, back, 4) for back in range(1, 20)]
    assert anew == [back <= 4 for back in range(1, 20)]


@pytest.mark.shelf("smollm2-135m-instruct")
@pytest.mark.long
def test_a_bigger_model_writes_better(
    lily: LanguageModel, smollm: LanguageModel, armillary_cli: Callable[..., Ran]
) -> None:
    """135 million parameters against 260 thousand: fewer bits for each byte of an article, on the same text."""
    article = Path(__file__).parents[2].joinpath("LICENSE").read_text(encoding="utf-8")[:1500]
    small, big = (one.perplexity(article, 256, 128) for one in (lily, smollm))
    assert big.bits_per_byte < 1.5 < 2.5 < small.bits_per_byte
    told = json.loads(armillary_cli("write", "The capital of France is", "--in", str(lily.path), "--in",
                                    "smollm2-135m-instruct", "-n", "12", "--temperature", "0", "--json").out)
    texts = {one["model"]: one["text"] for one in told["texts"]}
    assert " Paris" in texts["smollm2-135m-instruct"]
    assert "Paris" not in texts[str(lily.path)]
    assert all(one["nats_per_token"] > 0 for one in told["texts"])


@pytest.mark.shelf("smollm2-135m-instruct")
@pytest.mark.long
def test_a_real_model_scores_chats_and_forgets(smollm: LanguageModel) -> None:
    scores = smollm.scores("The capital of France is")
    assert scores.shape == (49_152,)
    assert [one.token for one in smollm.next("The capital of France is", 2)] == [" Paris", " the"]
    chat = smollm.chat(how=GREEDY, limits=Limits(most=30))
    answers = []
    for message in ("What is the capital of France?", "And of Germany?"):
        *_, (_, answer) = chat.say(message)
        answers.append(answer)
    assert "Paris" in answers[0].text
    assert "Berlin" in answers[1].text
    assert answers[0].tokens < answers[1].tokens < chat.context == 8192
    ids = smollm.ids("The quick brown fox jumps over the lazy dog and runs away. " * 9)[:100]
    assert [changed(smollm.engine, ids, back, 64) for back in (64, 65)] == [True, False]

"""What explainers say of the way through a model, as the product shows it (rows of CLAIMS), on two small real models.

`lily` tells stories (260,032 parameters, rotary, RMSNorm); `nano` sorts letters (GPT-2's kind, learned positions).
"""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

import armillary as ar
from armillary.language_model import LanguageModel
from armillary.opening import open_model
from armillary.published.configs import named
from armillary.trace.changes import listen_to_one, put
from armillary.trace.heads import value_map
from armillary.trace.run import Run
from armillary.trace.taps import array
from armillary.transformer.weights import weights
from tests.parity.test_models_transformers import one_thread
from tests.parity.test_trace_stored import nano, stored
from tests.speak.stories import stories
from tests.trace.small import run, run_of

__all__ = ["one_thread"]
STORY = "Lily saw a big cat. The cat saw a big dog. Cat and dog saw a cat"


@pytest.fixture(scope="module")
def lily(data: Path, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    opened = ar.open(stories(data, tmp_path_factory.mktemp("stories") / "stories260K.gguf"))
    assert isinstance(opened, LanguageModel)
    return opened


@pytest.fixture(scope="module")
def story(lily: LanguageModel) -> Run:
    return lily.trace(STORY)


@pytest.fixture(scope="module")
def sorting(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("nano")
    return run_of(nano(stored(data / "models" / "gpt-nano-sort" / "gpt-nano-sort-model.json"), folder),
                  ids=[0, 1, 0, 2, 1, 0])


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_a_token_has_one_start_and_as_many_ends_as_contexts(story: Run, sorting: Run) -> None:
    places = [story.position("cat", which) for which in range(3)]
    assert len({story.read.ids[at] for at in places}) == 1
    starts, ends = (story.layer(layer).vectors[places] for layer in (0, story.model.config.n_layers))
    np.testing.assert_array_equal(starts[0], starts[1])
    assert cosine(ends[0], ends[1]) < 0.95
    # where positions are learned, the start is the row of W_E with another row added: not the same any more
    np.testing.assert_allclose(sorting.layer(0).vectors[0] - sorting.layer(0).vectors[2],
                               array(sorting.model.embedding.W_pos[0] - sorting.model.embedding.W_pos[2]), atol=1e-6)
    assert np.abs(sorting.layer(0).vectors[0] - sorting.layer(0).vectors[2]).max() > 0.01


def test_only_the_same_token_in_the_same_casing_starts_the_same(story: Run) -> None:
    small, large = story.position("c", 0), story.position("C")
    assert story.read.ids[small] != story.read.ids[large]
    assert np.abs(story.layer(0).vectors[small] - story.layer(0).vectors[large]).max() > 0.01


@pytest.mark.parametrize("block", [0, 2, 4])
def test_scores_are_divided_so_that_patterns_do_not_harden(story: Run, block: int) -> None:
    attention = story.attention(block)
    assert attention.facts.scale == pytest.approx(attention.facts.d_head**-0.5)
    by, bare = (np.mean([attention.entropy(head, divided) for head in range(8)]) for divided in (True, False))
    assert bare < 0.8 * by
    np.testing.assert_allclose(attention.scores(0), attention.scores(0, False) / math.sqrt(8), atol=1e-4)


def test_queries_and_keys_are_points_of_a_narrow_space(story: Run) -> None:
    space = story.attention(1).spots(0)
    assert (len(space), space.dim) == (2 * len(story), 8)
    gpt3 = named("gpt-3").config
    heads = gpt3.pattern[0].attention
    W_Q = next(weight for weight in weights(gpt3) if weight.kind == "query")
    assert heads.d_head == 128
    assert W_Q.parameters // heads.n_heads == 128 * 12_288 == 1_572_864


def test_a_head_takes_a_weighted_mean_and_not_the_maximum(story: Run, lily: LanguageModel) -> None:
    attention = story.attention(2)
    pattern = np.stack([attention.pattern(head) for head in range(8)])
    np.testing.assert_allclose(pattern.sum(-1), 1, atol=1e-6)
    listened = np.stack([pattern[head] @ array(attention.v[attention.shared(head)]) for head in range(8)])
    np.testing.assert_allclose(listened, array(attention.z), atol=1e-5)
    assert (pattern[:, 1:].max(-1) < 0.9).mean() > 0.3
    hard = lily.trace(STORY, *(listen_to_one(story.where(f"{block}.pattern")) for block in range(5)))
    assert hard.losses().mean() > story.losses().mean() + 0.1


def test_a_gpts_word_looks_at_itself_and_earlier_ones_and_only_berts_both_ways(story: Run) -> None:
    pattern = story.attention(3).pattern(1)
    assert not np.triu(pattern, 1).any()
    assert (np.tril(pattern) > 0)[np.tril_indices(len(story))].all()
    assert (run("post, both ways, transform").attention(1).pattern(1) > 0).all()


def test_values_come_from_the_listened_to_and_are_added_to_the_point(story: Run) -> None:
    added = story["3.attn_out"]
    np.testing.assert_allclose(story["3.resid_pre"] + added, story["3.resid_mid"], atol=1e-5)
    # the second factors of all heads, one below the other, are W_O: what is added is the sum of what each head writes
    maps = [value_map(story.model, 3, head) for head in range(8)]
    assert torch.equal(torch.cat([one.second for one in maps]), story.model.blocks[3].attention.W_O)
    with torch.inference_mode():
        normed = story.model.blocks[3].before_attention(story.points[3][None])[0]
    listened = sum(story.attention(3).pattern(head) @ array(normed @ one.first @ one.second)
                   for head, one in enumerate(maps))
    np.testing.assert_allclose(listened, added, atol=1e-4)


def test_a_pattern_is_the_square_of_the_text(lily: LanguageModel) -> None:
    for count in (64, 128, 256):
        traced = run_of(lily.transformer, ids=[1] * count)
        assert traced.attention(0).pattern(0).nbytes == 4 * count**2


def test_a_layer_norm_centres_and_an_rms_norm_does_not(story: Run, sorting: Run) -> None:
    centred = sorting.model.blocks[1].before_attention.held(sorting.points[1], scale(sorting, 1))
    centred = array(centred / sorting.model.blocks[1].before_attention.gain)
    np.testing.assert_allclose(centred.mean(-1), 0, atol=1e-5)
    np.testing.assert_allclose(centred.std(-1), 1, atol=1e-3)
    with torch.inference_mode():
        normed = array(sorting.model.blocks[1].before_attention(sorting.points[1]))
    assert np.abs(normed.mean(-1)).min() > 1e-3, "gain and bias moved the mean again"
    bare = array(story.points[1] / scale(story, 1))
    np.testing.assert_allclose((bare**2).mean(-1), 1, atol=1e-3)
    assert np.abs(bare.mean(-1)).max() > 0.02, "an RMS norm leaves the mean where it is"


def scale(traced: Run, block: int) -> torch.Tensor:
    return torch.from_numpy(traced[f"{block}.before_attention.norm_scale"])


def test_the_mlp_sees_one_position(story: Run, lily: LanguageModel) -> None:
    there, others = story.where("2.resid_mid"), tuple(range(len(story) - 1))
    moved = lily.trace(STORY, put(there.at(*others), np.ones(64, np.float32)))
    np.testing.assert_array_equal(moved["2.mlp_out"][-1], story["2.mlp_out"][-1])
    assert np.abs(moved["2.mlp_out"][:-1] - story["2.mlp_out"][:-1]).max() > 0.1


@pytest.mark.long
@pytest.mark.parametrize(("name", "text", "word", "pieces"), [
    pytest.param(name, *asked, marks=pytest.mark.shelf(name)) for name, *asked in (
        ("smollm2-135m-instruct", "I saw a quill", " quill", 2), ("smollm2-135m-instruct", "你意思意思", "意思", 5),
        ("smollm2-135m-instruct", "I like candy", " candy", 1), ("smollm2-135m-instruct", "candy", "candy", 2),
        ("gemma3-270m", "I saw a quill", " quill", 1), ("gemma3-270m", "你意思意思", "意思", 1),
    )
])
def test_which_words_are_one_token_depends_on_the_model(name: str, text: str, word: str, pieces: int) -> None:
    tokenizer = open_model(name).tokenizer
    start = text.index(word)
    within = [one for one in tokenizer.tokens(text) if start < one.end and one.start < start + len(word)]
    assert len(within) == pieces

"""Blanks: that chances are what the model says, that joint guesses follow the chain rule, that no blank is refused."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from armillary.errors import InputError
from armillary.speak.fill import Gaps, joined
from armillary.text.learn_word_pieces import learn_word_pieces
from armillary.text.tokenizer import Tokenizer
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Unembedding
from armillary.transformer.initial import drawn
from tests.text.written import read


def config(d_vocab: int, causal: bool = False, scores: bool = True) -> Config:
    """A small encoder, or what is none."""
    attention = Attention(n_heads=2, n_kv_heads=2, d_head=4, scale=0.5, causal=causal)
    return Config(d_vocab=d_vocab, d_model=8, n_layers=2, n_ctx=14, norm=Norm(kind="layer", epsilon=1e-5),
                  embedding=Embedding(positions="learned"), unembedding=Unembedding(tied=True) if scores else None,
                  pattern=(Block(attention=attention, mlp=Mlp(d_mlp=16, activation="gelu")),))


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    """Few characters, so that all guesses can be tried."""
    return read(tmp_path, learn_word_pieces(["天地玄黄 天地玄黄 on on 玄天"]))


@pytest.fixture
def gaps(tokenizer: Tokenizer) -> Gaps:
    """A model at random, of numbers so large that its chances differ."""
    return Gaps(drawn(config(tokenizer.vocabulary.size), seed=3, rows=1.0, matrices=0.5), tokenizer, "it")


def chances(gaps: Gaps, ids: list[int]) -> np.ndarray:
    """Of every token at every place."""
    with torch.no_grad():
        return torch.softmax(gaps.model(torch.tensor([ids]))[0], -1).numpy()


def test_a_blank_of_one_token_gets_the_chances_of_the_model(gaps: Gaps):
    ids = gaps.tokenizer.encode("天[MASK]玄", special=True, framed=True).tolist()
    wanted = chances(gaps, ids)[ids.index(gaps.mask)]
    (blank,) = gaps.fill("天[MASK]玄", n=100).blanks
    special = set(gaps.tokenizer.vocabulary.special.values())
    assert [one.ids[0] for one in blank.guesses] == sorted(
        set(range(len(wanted))) - special, key=lambda one: -wanted[one])
    for guess in blank.guesses:
        assert guess.chance == pytest.approx(wanted[guess.ids[0]], rel=1e-4)
        assert guess.apart == guess.chance
    assert (blank.start, blank.end, blank.tokens) == (1, 7, 1)


def test_a_joint_guess_is_scored_by_the_chain_rule_and_none_is_missed(gaps: Gaps):
    """Every pair by hand: the first token while both are masked, the second once the first stands there."""
    before, after = ([gaps.tokenizer.encode(text).tolist() for text in ("天", "玄")])
    frame = gaps.tokenizer.vocabulary
    ids = [*frame.before, *before, gaps.mask, gaps.mask, *after, *frame.after]
    at = len(frame.before) + 1
    first = chances(gaps, ids)[at]
    words = sorted(set(range(frame.size)) - set(frame.special.values()))
    joint = {}
    for one, other in itertools.product(words, words):
        filled = [*ids[:at], one, *ids[at + 1 :]]
        joint[one, other] = first[one] * chances(gaps, filled)[at + 1][other]
    best = sorted(joint, key=lambda pair: -joint[pair])[:10]
    (blank,) = gaps.fill("天[MASK] [MASK]玄").blanks
    assert [guess.ids for guess in blank.guesses] == best
    assert [guess.chance for guess in blank.guesses] == pytest.approx([joint[pair] for pair in best], rel=1e-4)
    apart = first[best[0][0]] * chances(gaps, ids)[at + 1][best[0][1]]
    assert blank.guesses[0].apart == pytest.approx(apart, rel=1e-4)
    text = "".join(frame.pieces[one].decode() for one in best[0])
    (asked,) = gaps.fill("天[MASK]玄", words=["地", "玄黄", text]).blanks
    scored = {guess.ids: guess.chance for guess in asked.guesses}
    assert scored[best[0]] == pytest.approx(blank.guesses[0].chance, rel=1e-4)
    assert [guess.chance for guess in asked.guesses] == sorted(scored.values(), reverse=True)


def test_of_several_blanks_the_surest_is_filled_first(gaps: Gaps):
    text = "[MASK]地[MASK]玄"
    found = gaps.fill(text)
    assert [blank.tokens for blank in found.blanks] == [1, 1]
    sure = max((0, 1), key=lambda at: found.blanks[at].guesses[0].chance)
    word = found.blanks[sure].guesses[0].text
    rest = text.replace("[MASK]", word, 1) if sure == 0 else f"[MASK]地{word}玄"
    assert found.text == gaps.fill(rest).text


def test_what_looks_like_another_special_token_is_text(gaps: Gaps):
    (blank,) = gaps.fill("[MASK] [SEP]", n=1).blanks
    assert blank.tokens == 1
    ids = [*gaps.tokenizer.vocabulary.before, gaps.mask, *gaps.tokenizer.encode("[SEP]").tolist(),
           *gaps.tokenizer.vocabulary.after]
    assert blank.guesses[0].chance <= chances(gaps, ids)[1].max() * 1.0001


def test_what_cannot_be_filled_is_refused_with_what_to_do(gaps: Gaps, tokenizer: Tokenizer):
    with pytest.raises(InputError, match=r"no blank: write \[MASK\]"):
        gaps.fill("天地")
    with pytest.raises(InputError, match="17 tokens, more than the context of 14"):
        gaps.fill("天" * 14 + "[MASK]")
    with pytest.raises(InputError, match="is no token"):
        gaps.fill("天[MASK]", words=[" "])
    size = tokenizer.vocabulary.size
    with pytest.raises(InputError, match="it reads from left to right"):
        Gaps(drawn(config(size, causal=True)), tokenizer, "it")
    with pytest.raises(InputError, match="it ends in points"):
        Gaps(drawn(config(size, scores=False)), tokenizer, "it")


def test_pieces_are_joined_as_they_are_written():
    assert joined(["walk", "##ing", "the", "dog"]) == "walking the dog"
    assert joined(["巴", "黎", "，", "a", "〔b〕", "，", "〔黎〕", "。"]) == "巴黎， a 〔b〕，〔黎〕。"
    assert joined(["##ing"]) == "##ing"
    assert joined(["道", "：", "“", "来", "。", "”"]) == "道：“来。”"

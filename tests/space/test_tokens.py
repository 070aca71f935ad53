"""A space of tokens answers to words: " king" is a token, king a word."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from armillary.errors import UnknownLabel
from armillary.space import Space
from armillary.space.evaluating import Rules
from armillary.space.picture import pca_picture

ROWS = {
    " king": [4.0, 1.0, 0.0, 0.2], " queen": [4.0, -1.0, 0.0, 0.3], " man": [0.5, 1.0, 0.5, 0.0],
    " woman": [0.5, -1.0, 0.5, 0.1], "king": [0.1, 0.2, 0.0, 3.0], "ing": [0.1, 0.1, 0.1, 2.0],
    "国王": [3.9, 1.1, -0.1, 0.2], " 国王": [0.1, 0.0, -2.0, 0.2], "男人": [0.4, 1.1, 0.4, 0.0],
    "-": [0.0, 0.1, 1.0, 0.0], " -": [0.0, 0.2, 1.0, 0.1], "<e69d>": [1.0, 1.0, 1.0, 1.0], " Queen": [2.0, -1, 3, 1],
}


@pytest.fixture
def tokens() -> Space:
    return Space(list(ROWS), np.array(list(ROWS.values()), np.float32), tokens=True)


@pytest.mark.parametrize(("word", "label"), [
    ("king", " king"), (" king", " king"), ('"king"', "king"), ('" king"', " king"), ("ing", "ing"), ("-", "-"),
    ("国王", "国王"), ('" 国王"', " 国王"), ("男人", "男人"), ("nobody", "nobody"), ('"', '"'), ("", ""),
])
def test_a_word_means_the_token_of_a_word_in_a_text(tokens: Space, word: str, label: str) -> None:
    assert tokens.named(word) == label
    if label in tokens:
        assert tokens.point(word).terms[0].label == label
        assert tokens.named(tokens.quoted(label)) == label


def test_indexing_takes_labels_as_they_are(tokens: Space, royal: Space) -> None:
    assert [tokens.row(label) for label in tokens] == list(range(len(tokens)))
    assert tokens["king"].label == '"king"'
    assert royal.named('"king"') == '"king"'
    assert royal.quoted("new york") == "new york"


def test_every_question_takes_words(tokens: Space) -> None:
    found = tokens.near("king - man + woman", 1)
    assert found.query == '" king" - " man" + " woman"'
    assert [one.label for one in found] == [" queen"]
    assert tokens.point(found.query).vector.tolist() == tokens.point("king - man + woman").vector.tolist()
    assert [one.label for one in found.excluded] == [" king", " woman", " man"]
    assert tokens.compare("king", '" king"').cosine == pytest.approx(1)
    assert tokens.compare("king", '"king"').cosine < 0.5
    assert tokens.odd(["king", "queen", '"king"']).odd == '"king"'
    assert tokens.most_similar(["king", "woman"], ["man"], topn=1)[0][0] == " queen"
    assert tokens.rank("king", "queen") == 1 + len(tokens.closer_than("king", "queen"))
    assert tokens.direction([("man", "woman")]).project(["queen"])[0].value > 0
    test = tokens.association("t", ["king", "国王"], ["queen", "Queen", "nobody"], ["man"], ["woman"])
    assert (test.missing, test.effect > 0) == (("nobody",), True)
    assert [one.label for one in tokens.near("king", 5, among=["queen", '"king"'])] == [" queen", "king"]
    assert tokens.compare("the king and queen", "Queen").missing == ("the", "and")
    assert pca_picture(tokens, ["king", '"king"', "queen"]).labels == ("king", '"king"', "queen")
    with pytest.raises(UnknownLabel, match='not one token of this model.* Near spellings: " queen"'):
        tokens.near('"queen"')


def test_test_files_are_answered_with_words(tokens: Space, tmp_path: Path) -> None:
    (tmp_path / "judged.tsv").write_text("King\tqueen\t8\nman\twoman\t7\nking\tman\t1\n", encoding="utf-8")
    (score,) = tokens.evaluate([tmp_path / "judged.tsv"])
    assert score.skipped == 0
    cosines = [tokens.compare(a, b).cosine for a, b in (("king", "queen"), ("man", "woman"), ("king", "man"))]
    assert (score.pairs, score.spearman) == (3, pytest.approx(spearmanr(cosines, [8, 7, 1]).statistic))
    exact = Rules(case_insensitive=False)
    judged = "king\tqueen\t8\nQueen\t国王\t7\nKing\tman\t1\nqueen\tman\t0\n"
    (tmp_path / "judged.tsv").write_text(judged, encoding="utf-8")
    (score,) = tokens.evaluate([tmp_path / "judged.tsv"], exact)
    assert (score.pairs, score.skipped) == (3, 1)


def test_what_the_labels_are_goes_along(tokens: Space, tmp_path: Path) -> None:
    tokens.save(tmp_path / "t.space")
    turned = tokens.align(tokens).space
    for one in (Space.load(tmp_path / "t.space"), tokens.first(4), turned, tokens.with_origin(a=1),
                tokens.without(tokens.direction([("man", "woman")]))):
        assert one.tokens
        assert one.point("king").terms[0].label == " king"
    assert not Space(["a"], np.ones((1, 2), np.float32)).tokens

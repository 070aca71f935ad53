from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.text import byte_pairs
from armillary.text.byte_pairs import BytePairs, Expansion
from armillary.text.learn_pairs import learn_pairs, merges_in
from armillary.text.merges import merge_steps
from armillary.text.patterns import CL100K, CL100K_BEFORE, DIGITS_FIRST, O200K, R50K, SINGLE_DIGITS
from armillary.text.tokenizer import Added, Vocabulary, by_character
from tests.text.made_pairs import TEXT, learned, small

WORDS = [
    "the king", " quill", "国王", "写", " ", "  ", "\n", "\r\n", "\u3000", "é", "e\u0301", "👩\u200d👧", "1", "23",
    "'s", "!", "。", "\t", "<|endoftext|>", "\x00", "\x85",
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=12).map("".join) | st.text(max_size=20)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> BytePairs:
    return small(tmp_path_factory.mktemp("tokenizer"))


@given(TEXTS.filter(lambda text: text.encode("utf-8", "replace").decode() == text))
def test_a_text_comes_back_to_the_byte(pairs: BytePairs, text: str) -> None:
    ids = pairs.encode(text)
    assert ids.dtype == np.uint32
    assert pairs.decode_bytes(ids) == text.encode()
    assert pairs.decode(ids) == text


@given(TEXTS.filter(lambda text: text.encode("utf-8", "replace").decode() == text), st.booleans())
def test_tokens_tell_where_they_stand(pairs: BytePairs, text: str, special: bool) -> None:
    tokens = pairs.tokens(text, special)
    raw = text.encode()
    assert [token.id for token in tokens] == pairs.encode(text, special).tolist()
    assert "".join(token.text for token in tokens) == text
    assert b"".join(token.bytes for token in tokens) == raw
    for token in tokens:
        assert raw[token.byte_start : token.byte_end] == token.bytes
        covered = text[token.start : token.end].encode()
        before = len(text[: token.start].encode())
        assert before <= token.byte_start < token.byte_end <= before + len(covered)
    groups = by_character(tokens)
    assert [token for group in groups for token in group] == tokens
    for group in groups:  # each group is whole characters
        assert b"".join(token.bytes for token in group).decode()


@given(TEXTS.filter(lambda text: text.encode("utf-8", "replace").decode() == text))
def test_the_core_does_what_its_plain_twin_does(pairs: BytePairs, text: str) -> None:
    parts = [part for piece in pairs.stretches(text) for part in list(merge_steps(piece.encode(), pairs.ranks))[-1]]
    assert [pairs.vocabulary.ids[part] for part in parts] == pairs.encode(text).tolist()


def test_special_tokens_are_text_unless_asked_for(pairs: BytePairs) -> None:
    end = pairs.vocabulary.special["<|endoftext|>"]
    assert end == 319
    assert end not in pairs.encode("a<|endoftext|>b")
    assert pairs.encode("a<|endoftext|>b", special=True).tolist().count(end) == 1
    [token] = [token for token in pairs.tokens("a<|endoftext|>b", special=True) if token.special]
    assert (token.id, token.text, token.start, token.end) == (end, "<|endoftext|>", 1, 14)
    assert pairs.decode([*pairs.encode("ab"), end], special=False) == "ab"
    assert pairs.decode([*pairs.encode("ab"), end]) == "ab<|endoftext|>"


@pytest.mark.parametrize("pattern", [R50K, CL100K, CL100K_BEFORE, O200K, SINGLE_DIGITS, DIGITS_FIRST])
@given(text=st.lists(st.sampled_from([*WORDS, "\nA", "。\n我", "a b", "/\n"]), max_size=60).map("".join))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_threads_make_is_what_one_makes(
    pairs: BytePairs, monkeypatch: pytest.MonkeyPatch, pattern: str, text: str
) -> None:
    made = BytePairs(pairs.vocabulary, pairs.ranks, pattern, Expansion.of([[rank] for rank in range(len(pairs.ranks))]))
    monkeypatch.setattr(byte_pairs, "STRETCH", 1 << 30)
    alone = made.encode(text)
    monkeypatch.setattr(byte_pairs, "STRETCH", 4)
    monkeypatch.setattr(byte_pairs.os, "sched_getaffinity", lambda _: range(8), raising=False)
    assert made.encode(text).tolist() == alone.tolist()


def test_a_long_text_is_cut_for_threads(pairs: BytePairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_pairs.os, "sched_getaffinity", lambda _: range(2), raising=False)
    assert len(byte_pairs._cuts(TEXT * 50, byte_pairs._CUT)) == 3
    assert pairs.encode(TEXT * 50).tolist() == pairs.encode(TEXT).tolist() * 50


@pytest.mark.parametrize("blank", [" ", "\n", " \n", "\u3000"])
def test_endless_white_space_is_cut_not_refused(pairs: BytePairs, blank: str) -> None:
    text = "x" + blank * 800_000 + "x"
    assert pairs.decode_bytes(pairs.encode(text)) == text.encode()


def test_half_a_surrogate_pair_is_no_text(pairs: BytePairs) -> None:
    for call in (pairs.encode, pairs.tokens, pairs.stretches):
        with pytest.raises(InputError, match="character 2"):
            call("ab\ud83dc")


def test_an_id_without_a_token_is_said(pairs: BytePairs) -> None:
    with pytest.raises(InputError, match="no token 320"):
        pairs.decode([1, 320])
    assert pairs.vocabulary.unused == []
    assert len(pairs) == pairs.vocabulary.size == 320


def test_added_tokens_take_white_space_along_where_they_say_so(pairs: BytePairs) -> None:
    pieces = {**pairs.vocabulary.pieces, 400: b"<mask>", 401: b"\n\n"}
    added = (Added("<mask>", 400, left=True, right=True), Added("\n\n", 401, special=False))
    told = Vocabulary(pieces, added, before=(319,))
    made = BytePairs(told, pairs.ranks, R50K, Expansion.of([[rank] for rank in range(len(pairs.ranks))]))
    assert made.encode("a  <mask> \n\nb\n\n").tolist()[-1] == 401
    ids = made.encode("a  <mask> b", special=True, framed=True).tolist()
    assert (ids[0], ids[2], len(ids)) == (319, 400, 4)
    assert "".join(token.text for token in made.tokens("a  <mask> b", special=True)) == "a  <mask> b"


def test_merges_are_told_one_by_one_with_how_often_they_happen(pairs: BytePairs) -> None:
    merges = merges_in(pairs, [TEXT])
    assert [one.id for one in merges] == sorted(one.id for one in merges)
    assert all(one.left + one.right == pairs.vocabulary.pieces[one.id] for one in merges)
    first = merges[0]
    assert first.id == 256
    pieces = [piece.encode() for piece in pairs.stretches(TEXT)]
    assert first.times == sum(piece.count(first.left + first.right) for piece in pieces)
    assert first.times >= max(one.times for one in merges)


def test_the_same_text_gives_the_same_tokenizer() -> None:
    import json

    assert json.dumps(learn_pairs([TEXT], 320)) == learned()


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(InputError, match="too short"):
        learn_pairs(["ab"], 320)
    with pytest.raises(InputError, match="no room"):
        learn_pairs([TEXT], 257)


def test_a_byte_without_a_token_is_said(tmp_path: Path) -> None:
    import json

    from armillary.formats.tokenizer_json import read_tokenizer_json

    told = json.loads(learned())
    del told["model"]["vocab"]["Ā"]  # how the byte 0 is written
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    made = read_tokenizer_json(path)
    assert [str(note)[:16] for note in made.vocabulary.notes] == ["1 bytes have no "]
    with pytest.raises(InputError, match="0x00"):
        made.encode("a\0b")

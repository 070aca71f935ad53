"""Parts of a tokenizer's files: what frames a text, how it is cut, and pairs in two files; equal to `tokenizers`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from armillary.errors import ArmillaryError, DamagedFile, UnknownFormat
from armillary.formats.tokenizer_files import read_tokenizer
from tests.formats.test_tokenizer_files import BYTES, Told, spoiled, unigram, word_pieces, written
from tests.text.made_pairs import learned

TEXT = "The king's 国王 writes 1234  times\n"


def template(**more: object) -> Told:
    """[CLS] before, [SEP] after, as BERT's files have it today."""
    told = {name: {"id": name, "ids": [one], "tokens": [name]} for name, one in (("[CLS]", 2), ("[SEP]", 3))}
    single = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    return {"type": "TemplateProcessing", "single": single, "pair": [], "special_tokens": told, **more}


def pairs(**more: object) -> Told:
    """Byte pairs that the tests learned, with other parts."""
    return {**json.loads(learned()), **more}


@pytest.mark.parametrize("part", [
    template(), {"type": "RobertaProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]},
    {"type": "Sequence", "processors": [BYTES, template(pair=template()["single"])]}, None,
])
def test_what_frames_a_text(tmp_path: Path, part: Told | None) -> None:
    told = spoiled(word_pieces(), "post_processor", part)
    made = read_tokenizer(written(tmp_path, told))
    frame = ([2], [3]) if part else ([], [])
    assert made.encode("Unable 国王", framed=True).tolist() == [*frame[0], 5, 6, 8, 9, *frame[1]]
    assert (list(made.vocabulary.before), list(made.vocabulary.after)) == frame


@pytest.mark.parametrize(("part", "error", "said"), [
    (template(special_tokens={}), DamagedFile, "does not say its id"),
    (template(special_tokens={"[CLS]": {"id": "[CLS]", "ids": ["2"]}}), DamagedFile, "does not say its id"),
    ({"type": "RobertaProcessing", "cls": "[CLS]", "sep": ["[SEP]", 3]}, DamagedFile, "does not say its id"),
    ({"type": "Evil"}, UnknownFormat, "Evil"),
])
def test_frames_that_are_not_understood_are_refused(
    tmp_path: Path, part: Told, error: type[ArmillaryError], said: str
) -> None:
    with pytest.raises(error, match=said):
        read_tokenizer(written(tmp_path, pairs(post_processor=part)))


@pytest.mark.parametrize("cuts", [
    {**BYTES, "use_regex": True},
    {"type": "Sequence",
     "pretokenizers": [{"type": "Digits", "individual_digits": True}, {**BYTES, "use_regex": True}]},
])
def test_texts_are_cut_as_the_library_cuts_them(tmp_path: Path, cuts: Told) -> None:
    path = written(tmp_path, pairs(pre_tokenizer=cuts))
    assert read_tokenizer(path).encode(TEXT).tolist() == Tokenizer.from_file(str(path)).encode(TEXT).ids


@pytest.mark.parametrize("change", [
    {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    {"type": "Replace", "pattern": {"String": "``"}, "content": '"'},
    {"type": "Prepend", "prepend": "the "},
])
def test_replacements_that_are_harmless_are_done(tmp_path: Path, change: Told) -> None:
    path = written(tmp_path, spoiled(unigram(), "normalizer", change))
    text = "the  king ``s"
    assert read_tokenizer(path).encode(text).tolist() == Tokenizer.from_file(str(path)).encode(text).ids


@pytest.mark.parametrize("change", [
    {"type": "Replace", "pattern": {"Regex": "(a+)+$"}, "content": "b"},
    {"type": "Replace", "pattern": {"String": ""}, "content": "b"},
    {"type": "Replace", "pattern": "a", "content": "b"},
])
def test_replacements_that_could_hang_are_refused(tmp_path: Path, change: Told) -> None:
    with pytest.raises(UnknownFormat, match="Replace"):
        read_tokenizer(written(tmp_path, spoiled(unigram(), "normalizer", change)))


def test_pieces_taken_whole_that_no_merge_gives_are_refused(tmp_path: Path) -> None:
    told = spoiled(pairs(), "model.ignore_merges", True)
    told["model"]["vocab"]["zzz"] = 999
    with pytest.raises(UnknownFormat, match="'zzz'"):
        read_tokenizer(written(tmp_path, told))


def lines() -> list[str]:
    """The merges as merges.txt has them."""
    return [" ".join(one) if isinstance(one, list) else one for one in pairs()["model"]["merges"]]


@pytest.mark.parametrize(("change", "said"), [
    (lambda words, merges: (words, b"\xff" + merges), "UTF-8"),
    (lambda words, merges: ({**words, "国": 900, "王": 901, "国王": 902}, merges + "国 王\n".encode()), "alphabet"),
    (lambda words, merges: (words, merges + b"nowhere x\n"), "lacks"),
])
def test_two_files_that_lie_are_refused(tmp_path: Path, change: Callable[..., tuple[Told, bytes]], said: str) -> None:
    words, merges = change(pairs()["model"]["vocab"], ("\n".join(lines()) + "\n").encode())
    (tmp_path / "vocab.json").write_text(json.dumps(words), encoding="utf-8")
    (tmp_path / "merges.txt").write_bytes(merges)
    with pytest.raises(DamagedFile, match=said):
        read_tokenizer(tmp_path)


def test_two_files_without_a_version_and_with_a_byte_too_few(tmp_path: Path) -> None:
    words = {piece: one for piece, one in pairs()["model"]["vocab"].items() if piece != "Q"}
    (tmp_path / "vocab.json").write_text(json.dumps(words), encoding="utf-8")
    (tmp_path / "merges.txt").write_text("\r\n".join(lines()), encoding="utf-8")
    made = read_tokenizer(tmp_path)
    whole = read_tokenizer(written(tmp_path, pairs()))
    assert made.encode(TEXT).tolist() == whole.encode(TEXT).tolist()
    assert [str(note) for note in made.vocabulary.notes] == [
        "1 bytes have no token, the first is 0x51; a text that holds one cannot be told"]


@pytest.mark.parametrize(("content", "error", "said"), [
    (b"[UNK]\n\xff\n", DamagedFile, "UTF-8"), (b"[UNK]x\n[UNK]\ny\ny\n", DamagedFile, "twice"),
])
def test_pieces_of_words_that_lie_are_refused(
    tmp_path: Path, content: bytes, error: type[ArmillaryError], said: str
) -> None:
    (tmp_path / "vocab.txt").write_bytes(content)
    with pytest.raises(error, match=said):
        read_tokenizer(tmp_path / "vocab.txt")

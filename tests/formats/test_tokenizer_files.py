"""Files of tokenizers: what is right is read, what is hostile is an error of ours that names the file."""

import json
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import ArmillaryError, DamagedFile, NotFound, UnknownFormat
from armillary.formats.gguf_tokenizer import gguf_tokenizer
from armillary.formats.tiktoken_ranks import Encoding, read_ranks
from armillary.formats.tokenizer_files import is_tokenizer, read_tokenizer
from armillary.text.patterns import R50K
from tests.text.made_pairs import learned, small

Told = dict[str, Any]
SIMPLE = Encoding("simple", R50K, {"<end>": 300})


def rank_lines(more: tuple[bytes, ...] = (b"ab", b"abc")) -> list[bytes]:
    pieces = [*(bytes([byte]) for byte in range(256)), *more]
    return [b64encode(piece) + b" %d\n" % rank for rank, piece in enumerate(pieces)]


def added(one: int, name: str) -> Told:
    return {"id": one, "content": name, "special": True, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False}


def word_pieces() -> Told:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##able", "able", "国", "王"]
    return {
        "added_tokens": [added(one, name) for one, name in enumerate(words[:5])],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {word: one for one, word in enumerate(words)}},
    }


def unigram() -> Told:
    pieces = [["<unk>", 0.0], ["▁", -2.0], ["▁the", -3.0], ["king", -4.0], ["国", -5.0], ["s", -6.0]]
    return {"normalizer": None, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
            "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
            "added_tokens": [], "model": {"type": "Unigram", "unk_id": 0, "vocab": pieces}}


def characters() -> Told:
    """Merges of characters with bytes to fall back to, as SentencePiece makes them."""
    pieces = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *"▁theking国王", "▁t", "▁th", "▁the", "in", "国王"]
    return {"normalizer": {"type": "Sequence", "normalizers": [
                {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
            "added_tokens": [added(0, "<unk>")],
            "model": {"type": "BPE", "byte_fallback": True, "unk_token": "<unk>",
                      "vocab": {piece: one for one, piece in enumerate(dict.fromkeys(pieces))},
                      "merges": ["▁ t", "▁t h", "▁th e", "i n", "国 王"]}}


def written(folder: Path, told: Told | str) -> Path:
    path = folder / "tokenizer.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return path


def test_ranks_are_read(tmp_path: Path) -> None:
    path = tmp_path / "simple.tiktoken"
    path.write_bytes(b"".join(rank_lines()))
    made = read_ranks(path, SIMPLE)
    assert made.encode("abcab国").tolist() == [257, 256, 0xE5, 0x9B, 0xBD]
    assert made.vocabulary.special == {"<end>": 300}
    assert (made.vocabulary.size, len(made), len(made.vocabulary.unused)) == (301, 259, 42)
    with pytest.raises(UnknownFormat, match="258 ranks"):
        read_tokenizer(path)


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda lines: lines[:7] + lines[8:], "0x07"),  # a text with that byte would be a panic
    (lambda lines: [*lines[:-1], b"YWJj -1\n"], "line 258"),
    (lambda lines: [*lines[:-1], b"YWJj 1099511627776\n"], "line 258"),
    (lambda lines: [*lines[:-1], b"YWJj 16777216\n"], "16777216"),
    (lambda lines: [*lines[:-1], b"YWJj 5\n"], "rank twice"),
    (lambda lines: [*lines, b"YWJj 258\n"], "line 259"),  # a piece twice
    (lambda lines: [*lines[:-1], b" 257\n"], "line 258"),  # an empty piece
    (lambda lines: [*lines[:-1], b"YWJ 257\n"], "line 258"),
    (lambda lines: [*lines[:-1], b"YW\xffj 257\n"], "line 258"),
    (lambda lines: [*lines[:-1], b"YWJj\n"], "line 258"),
    (lambda lines: [*lines, b"PGVuZD4= 300\n"], "special token"),
])
def test_ranks_that_lie_are_refused(tmp_path: Path, spoil: Callable[[list[bytes]], list[bytes]], said: str) -> None:
    path = tmp_path / "simple.tiktoken"
    path.write_bytes(b"".join(spoil(rank_lines())))
    with pytest.raises(DamagedFile, match=said) as raised:
        read_ranks(path, SIMPLE)
    assert str(path) in str(raised.value)


def test_every_kind_of_file_is_known_by_what_it_holds(tmp_path: Path) -> None:
    pairs = small(tmp_path)
    told = json.loads(learned())["model"]
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({**told["vocab"], "<|endoftext|>": 319}), encoding="utf-8")
    merges = [" ".join(one) if isinstance(one, list) else one for one in told["merges"]]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    text = "The king's 国王 writes 1234  \n"
    for target in (tmp_path / "tokenizer.json", folder, folder / "vocab.json", folder / "merges.txt"):
        assert is_tokenizer(target)
        made = read_tokenizer(target)
        assert made.encode(text).tolist() == pairs.encode(text).tolist()
        assert made.vocabulary.special == {"<|endoftext|>": 319}
    (folder / "merges.txt").unlink()
    with pytest.raises(NotFound, match="merges.txt"):
        read_tokenizer(folder)


def test_word_pieces_are_read_and_framed(tmp_path: Path) -> None:
    told = word_pieces()
    made = read_tokenizer(written(tmp_path, told))
    assert made.encode("Unable 国王 x", framed=True).tolist() == [2, 5, 6, 8, 9, 1, 3]
    assert [(token.text, token.bytes) for token in made.tokens("Unable 国")] == [
        ("Un", b"un"), ("able", b"able"), ("国", "国".encode())]
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(told["model"]["vocab"]) + "\n", encoding="utf-8")
    listed = read_tokenizer(path)
    assert listed.encode("Unable 国王 x", framed=True).tolist() == [2, 5, 6, 8, 9, 1, 3]
    assert "capitals" in str(listed.vocabulary.notes[0])
    (tmp_path / "tokenizer_config.json").write_text('{"do_lower_case": false}', encoding="utf-8")
    assert read_tokenizer(path).encode("Unable").tolist() == [1]
    path.write_text("[UNK]\na\nb\na\n", encoding="utf-8")
    with pytest.raises(DamagedFile, match="'a' twice"):
        read_tokenizer(path)


def test_unigram_is_read(tmp_path: Path) -> None:
    made = read_tokenizer(written(tmp_path, unigram()))
    assert made.encode("the kings").tolist() == [2, 1, 3, 5]
    assert made.decode(made.encode("the kings")) == "the kings"


def test_characters_fall_back_to_bytes(tmp_path: Path) -> None:
    made = read_tokenizer(written(tmp_path, characters()))
    ids = made.encode("the 国王 é")
    names = [made.vocabulary.pieces[one] for one in ids.tolist()]
    assert names == [b" the", b" ", "国王".encode(), b" ", b"\xc3", b"\xa9"]
    assert made.decode(ids) == "the 国王 é"
    tokens = made.tokens("the 国王 é")
    assert "".join(token.text for token in tokens) == "the 国王 é"
    assert [(token.start, token.end) for token in tokens] == [(0, 3), (3, 4), (4, 6), (6, 7), (7, 8), (7, 8)]


def spoiled(told: Told, where: str, value: object) -> Told:
    """`told` with another value at a dotted place."""
    *path, last = where.split(".")
    inner = told
    for name in path:
        inner = inner[name]
    inner[last] = value
    return told


BOMB = {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}] * 40}
HANG = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}


@pytest.mark.parametrize(("told", "error", "said"), [
    (spoiled(word_pieces(), "model.vocab.able", 5), DamagedFile, "one id, 5"),
    (spoiled(word_pieces(), "model.vocab.able", 4_000_000_000), DamagedFile, "4000000000"),
    (spoiled(word_pieces(), "model.vocab.able", -1), DamagedFile, "'able'"),
    (spoiled(word_pieces(), "model.vocab.able", True), DamagedFile, "'able'"),
    (spoiled(word_pieces(), "model.vocab", []), DamagedFile, "no vocabulary"),
    (spoiled(word_pieces(), "model.unk_token", "nowhere"), DamagedFile, "unknown"),
    (spoiled(word_pieces(), "normalizer", BOMB), DamagedFile, "16 times"),
    (spoiled(word_pieces(), "pre_tokenizer", HANG), UnknownFormat, "Split"),
    (spoiled(word_pieces(), "normalizer", {"type": "Evil"}), UnknownFormat, "Evil"),
    (spoiled(word_pieces(), "added_tokens", [added(5, "[X]")]), DamagedFile, "contradicts"),
    (spoiled(word_pieces(), "added_tokens", [{"content": "[X]"}]), DamagedFile, "without a text or an id"),
    (spoiled(word_pieces(), "post_processor", {"type": "BertProcessing", "cls": ["[CLS]", 77], "sep": ["[SEP]", 3]}),
     DamagedFile, "frames"),
    (spoiled(word_pieces(), "model.max_input_chars_per_word", "many"), DamagedFile, "library"),
    (spoiled(unigram(), "model.vocab", [["a", "b"]]), DamagedFile, "entry 0"),
    (spoiled(unigram(), "model.unk_id", 99), DamagedFile, "unknown"),
    (spoiled(characters(), "normalizer", None), UnknownFormat, "cuts the text"),
    (spoiled(characters(), "model.merges", ["▁ nowhere"]), DamagedFile, "merge 1"),
    (spoiled(characters(), "model.dropout", 0.1), UnknownFormat, "dropout"),
    (spoiled(json.loads(learned()), "pre_tokenizer", {"type": "Sequence", "pretokenizers": [HANG, BYTES]}),
     UnknownFormat, "cuts the text"),
    (spoiled(json.loads(learned()), "normalizer", {"type": "Lowercase"}), UnknownFormat, "Lowercase"),
    (spoiled(json.loads(learned()), "model.type", "WordLevel"), UnknownFormat, "WordLevel"),
    (spoiled(json.loads(learned()), "model.merges", "t h"), DamagedFile, "no list of merges"),
    (spoiled(json.loads(learned()), "model.merges", [["t", "h"], ["t", "h"]]), DamagedFile, "."),
    (spoiled(json.loads(learned()), "model.merges", ["t h e"]), DamagedFile, "merge 1"),
    ({"added_tokens": [], "model": 3}, DamagedFile, "holds no tokenizer"),
    (spoiled(word_pieces(), "added_tokens", 3), DamagedFile, "added token"),
    (spoiled(word_pieces(), "model.unk_token", ["[UNK]"]), DamagedFile, "not built"),
    (spoiled(word_pieces(), "normalizer", {"type": ["NFC"]}), DamagedFile, "not built"),
    (spoiled(word_pieces(), "post_processor", {"type": "TemplateProcessing", "single": ["A"]}), DamagedFile, "."),
    (spoiled(json.loads(learned()), "pre_tokenizer", {"type": "Sequence", "pretokenizers": [3, BYTES]}),
     UnknownFormat, "cuts the text"),
])
def test_a_tokenizer_json_that_lies_is_refused_at_once(
    tmp_path: Path, told: Told, error: type[ArmillaryError], said: str
) -> None:
    path = written(tmp_path, told)
    began = time.process_time()
    with pytest.raises(error, match=said) as raised:
        read_tokenizer(path)
    assert str(path) in str(raised.value)
    assert time.process_time() - began < 5


@given(drawn=st.data())
def test_damage_is_an_error_or_harmless(drawn: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = bytearray(json.dumps(drawn.draw(st.sampled_from([word_pieces(), unigram(), characters()]))).encode())
    for _ in range(drawn.draw(st.integers(1, 3))):
        content[drawn.draw(st.integers(0, len(content) - 1))] = drawn.draw(st.integers(0, 255))
    cut = drawn.draw(st.integers(1, len(content)) | st.just(len(content)))
    path = tmp_path_factory.mktemp("damaged") / "tokenizer.json"
    path.write_bytes(content[:cut])
    try:
        made = read_tokenizer(path)
        made.tokens("the king 国王 unable")
    except ArmillaryError:
        return
    assert len(made) > 0


def metadata(model: str = "gpt2") -> Told:
    told = json.loads(learned())["model"]
    if model == "gpt2":
        tokens = [*sorted(told["vocab"], key=told["vocab"].__getitem__), "<|end|>"]
        return {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "gpt-2", "tokenizer.ggml.tokens": tokens,
                "tokenizer.ggml.token_type": [1] * (len(tokens) - 1) + [3],
                "tokenizer.ggml.bos_token_id": len(tokens) - 1, "tokenizer.ggml.add_bos_token": True,
                "tokenizer.ggml.merges": [" ".join(one) for one in told["merges"]]}
    pieces = list(characters()["model"]["vocab"])
    types = [2, *([6] * 256), *([1] * (len(pieces) - 257))]
    return {"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": pieces, "tokenizer.ggml.token_type": types,
            "tokenizer.ggml.scores": [-float(one) for one in range(len(pieces))], "tokenizer.ggml.bos_token_id": 0}


def test_gguf_tells_a_tokenizer(tmp_path: Path) -> None:
    pairs, path = small(tmp_path), tmp_path / "model.gguf"
    text = "The king's 国王 writes 1234  \n"
    made = gguf_tokenizer(path, metadata())
    assert made.encode(text).tolist() == pairs.encode(text).tolist()
    assert made.encode("", framed=True).tolist() == [319]
    spaced = gguf_tokenizer(path, metadata("llama"))
    same = read_tokenizer(written(tmp_path, characters()))
    assert spaced.encode("the 国王 é in").tolist() == same.encode("the 国王 é in").tolist()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁un", "able"]
    told = {"tokenizer.ggml.model": "bert", "tokenizer.ggml.tokens": words}
    assert gguf_tokenizer(path, told).encode("unable", framed=True).tolist() == [2, 4, 5, 3]


@pytest.mark.parametrize(("key", "value", "said"), [
    ("model", "rwkv", "rwkv"), ("model", None, "kind"), ("pre", "unheard-of", "unheard-of"), ("tokens", [], "no list"),
    ("tokens", [1, 2], "no list"), ("token_type", [1], "token_type"), ("merges", ["a"], "merge 1"),
    ("merges", ["qq zz"], "merge 1"), ("bos_token_id", 10**9, "frames"), ("bos_token_id", "one", "frames"),
    ("model", ["gpt2"], "kind"), ("pre", [3], "3"), ("token_type", ["a"] * 321, "token_type"),
])
def test_metadata_that_lie_are_refused(tmp_path: Path, key: str, value: object, said: str) -> None:
    with pytest.raises(ArmillaryError, match=said):
        gguf_tokenizer(tmp_path / "model.gguf", {**metadata(), f"tokenizer.ggml.{key}": value})


def test_scores_that_are_no_numbers_and_tokens_twice_are_refused(tmp_path: Path) -> None:
    told = metadata("llama")
    told["tokenizer.ggml.scores"][260] = float("nan")
    with pytest.raises(DamagedFile, match="scores"):
        gguf_tokenizer(tmp_path / "model.gguf", told)
    told = metadata()
    told["tokenizer.ggml.tokens"][5] = told["tokenizer.ggml.tokens"][6]
    with pytest.raises(DamagedFile, match="twice"):
        gguf_tokenizer(tmp_path / "model.gguf", told)


@pytest.mark.parametrize("content", [
    b"the 0.5\nof 0.25\nand -1\n",
    b"2 8\nw0 " + bytes(range(33, 65)) + b"\nw1 " + bytes(range(65, 97)) + b"\n",
])
def test_vectors_are_no_tokenizer_though_their_lines_are_two_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vectors").write_bytes(content)
    assert not is_tokenizer(tmp_path / "vectors")

"""Ids equal to the official implementation's: tiktoken for its encodings, `tokenizers` for the files of others."""

import lzma
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import tiktoken
from tiktoken_ext import openai_public
from tokenizers import Tokenizer as Library
from tokenizers import models, normalizers, pre_tokenizers

import armillary
from armillary.formats.gguf import read_gguf
from armillary.formats.kept_tokenizer import kept_tokenizer
from armillary.formats.tiktoken_ranks import ENCODINGS, Encoding, read_ranks
from armillary.formats.tokenizer_files import read_tokenizer
from armillary.opening import open_tokenizer
from armillary.shelf import Shelf
from armillary.text.byte_pairs import BytePairs
from armillary.text.patterns import CL100K_BEFORE, O200K, SINGLE_DIGITS
from armillary.text.tokenizer import Tokenizer
from tests.text.made_pairs import learned, small

Ids = Callable[[str], list[int]]
HOSTILE = [
    " ", "  ", "\n", "\r\n", "\t", "\u3000", "\xa0", "\x85", "\u2028", "a", "Is", "'s", "'S", "'ll", "1", "23", "456",
    "好", "你好", "!", "。", "…", "é", "e\u0301", "👩\u200d👧", "x" * 5, "/", "ſ", "İ", "\x00", "\x1c", "\u180e",
    "\ufeff", "ǅ", "²", "Ⅷ",
]


def documents(data: Path, characters: int | None = None) -> Iterator[tuple[str, str]]:
    """Every text among the test data, English and Chinese, or its first so many characters."""
    for path in sorted(data.rglob("*")):
        if path.name.endswith((".txt", ".txt.xz", ".tsv", ".tsv.xz", ".csv", ".csv.xz", ".cor", ".md")):
            opened = lzma.open if path.suffix == ".xz" else open
            with opened(path, "rt", encoding="utf-8", errors="replace") as file:
                yield str(path.relative_to(data)), file.read(characters) if characters else file.read()


def hostile(count: int) -> list[str]:
    """Texts of white space of all kinds between scraps, at the beginning and at the end too."""
    drawn = random.Random(0)
    return ["".join(drawn.choice(HOSTILE) for _ in range(drawn.randint(1, 12))) for _ in range(count)]


def held_equal(ours: Tokenizer, theirs: Ids, data: Path, characters: int | None = 4000) -> None:
    texts = [*documents(data, characters), *(("hostile", text) for text in hostile(1500))]
    assert len(texts) > 1530
    for name, text in texts:
        assert ours.encode(text).tolist() == theirs(text), (name, text[:80])


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict]:
    """What tiktoken's source says of an encoding, without the ranks, which it would fetch."""
    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: {})
    return lambda name: getattr(openai_public, name)()


@pytest.mark.parametrize("known", ENCODINGS.values(), ids=lambda known: known.name)
def test_patterns_and_special_tokens_are_those_of_the_source(known: Encoding, official: Callable[[str], dict]) -> None:
    told = official(known.name)
    assert (told["pat_str"], told["special_tokens"]) == (known.pattern, known.special)


@pytest.mark.parametrize("name", ["cl100k_base", "o200k_base", "r50k_base"])
def test_tiktoken(name: str, data: Path, official: Callable[[str], dict]) -> None:
    """The ranks are cl100k_base's throughout: what is compared is how the text is cut, and the core."""
    path = data / "tokenizers" / "cl100k_base.tiktoken"
    known = next(one for one in ENCODINGS.values() if one.name == name)
    ours = read_ranks(path, Encoding(name, known.pattern, {}))
    told = official(name)["pat_str"]
    theirs = tiktoken.Encoding(name, pat_str=told, mergeable_ranks=dict(ours.ranks), special_tokens={})
    held_equal(ours, theirs.encode_ordinary, data)


@pytest.mark.long
def test_gpt2_from_its_own_files(data: Path) -> None:
    folder = data / "tokenizers"
    ranks = tiktoken.load.data_gym_to_mergeable_bpe_ranks(str(folder / "vocab.bpe"), str(folder / "encoder.json"))
    theirs = tiktoken.Encoding("gpt2", pat_str=openai_public.r50k_pat_str, mergeable_ranks=ranks,
                               special_tokens={"<|endoftext|>": 50256}, explicit_n_vocab=50257)
    held_equal(read_tokenizer(folder), theirs.encode_ordinary, data)


def test_where_the_official_implementations_differ_each_file_gets_its_own(data: Path) -> None:
    """White space at the end of a text: tiktoken keeps it in one piece, the form in which others publish does not."""
    path = data / "tokenizers" / "cl100k_base.tiktoken"
    now, before = read_ranks(path), read_ranks(path, Encoding("before", CL100K_BEFORE, {}))
    assert len(now.stretches("a\n  ")) == 2
    assert len(before.stretches("a\n  ")) == 3
    assert now.encode("a\n  b").tolist() == before.encode("a\n  b").tolist()


def test_learned_pairs_on_the_library_that_learned_them(tmp_path: Path, data: Path) -> None:
    library = Library.from_str(learned())
    library.encode_special_tokens = True
    held_equal(small(tmp_path), lambda text: library.encode(text).ids, data, 500)


@pytest.mark.parametrize("pattern", [CL100K_BEFORE, SINGLE_DIGITS, O200K])
def test_patterns_of_others_cut_as_the_library_cuts(pattern: str, tmp_path: Path) -> None:
    from tokenizers import Regex

    cut = pre_tokenizers.Split(Regex(pattern), "isolated")
    made = small(tmp_path)
    ours = BytePairs(made.vocabulary, made.ranks, pattern)
    for text in hostile(3000):
        assert ours.stretches(text) == [piece for piece, _ in cut.pre_tokenize_str(text)], text


def shelved(name: str) -> tuple[Tokenizer, Path]:
    return open_tokenizer(name), Shelf().path(name)


@pytest.mark.shelf("smollm2-135m-instruct")
def test_smollm2(data: Path) -> None:
    ours, path = shelved("smollm2-135m-instruct")
    facts = read_gguf(path).facts
    merges = [tuple(merge.split(" ")) for merge in facts["tokenizer.ggml.merges"]]
    library = Library(models.BPE({piece: one for one, piece in enumerate(facts["tokenizer.ggml.tokens"])}, merges))
    library.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    lacking = {chr(byte) for byte in range(256) if bytes([byte]) not in ours.vocabulary.ids}
    texts = [*documents(data, 1500), *(("hostile", text) for text in hostile(1500) if not lacking & set(text))]
    for name, text in texts:
        assert ours.encode(text).tolist() == library.encode(text).ids, (name, text[:80])


@pytest.mark.shelf("gemma3-270m")
@pytest.mark.long
def test_gemma3(data: Path) -> None:
    """Against the library on merges made from the scores; the tokens that are looked for first are cut out here too."""
    ours, path = shelved("gemma3-270m")
    facts = read_gguf(path).facts
    ids = {piece: one for one, piece in enumerate(facts["tokenizer.ggml.tokens"])}
    kinds, scores = facts["tokenizer.ggml.token_type"].tolist(), facts["tokenizer.ggml.scores"].tolist()
    plain = {piece for piece, one in ids.items() if kinds[one] == 1}
    splits = [(piece[:at], piece[at:]) for piece in plain for at in range(1, len(piece))]
    splits = [(a, b) for a, b in splits if a in plain and b in plain]
    splits.sort(key=lambda pair: (-scores[ids["".join(pair)]], ids[pair[0]]))
    library = Library(models.BPE(ids, splits, byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    library.normalizer = normalizers.Replace(" ", "▁")
    first = {piece for piece, one in ids.items() if kinds[one] == 4}
    for name, text in [*documents(data, 1500), *(("hostile", text) for text in hostile(1500))]:
        tokens = ours.tokens(text)
        stretch, wanted = "", []
        for token in [*tokens, None]:
            if token is None or ours.vocabulary.pieces[token.id].decode(errors="replace") in first:
                wanted += library.encode(stretch).ids
                wanted += [] if token is None else [token.id]
                stretch = ""
            else:
                stretch += token.text
        assert [token.id for token in tokens] == wanted, (name, text[:80])


@pytest.mark.shelf("smollm2-135m-instruct", "gemma3-270m")
@pytest.mark.long
@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "gemma3-270m"])
def test_what_is_mapped_cuts_every_document_as_what_was_made(
    name: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its beginning with the merges of what occurs there alone, more of it with all merges."""
    made, _ = shelved(name)
    kept_tokenizer(tmp_path / "kept", lambda: made)
    mapped = kept_tokenizer(tmp_path / "kept", lambda: pytest.fail("made again"))
    lacking = {chr(byte) for byte in range(256) if bytes([byte]) not in made.vocabulary.ids}
    texts = [text for _, text in documents(data, 4000)]
    some = [*hostile(50), *(text[:300] for text in texts)]
    monkeypatch.setattr("armillary.text.byte_pairs.FEW", len(some))
    for text in [*some, *texts]:
        if name.startswith("gemma") or not lacking & set(text):
            assert mapped.encode(text).tolist() == made.encode(text).tolist(), text[:80]


@pytest.mark.shelf("minilm-l6-v2")
def test_minilm(data: Path) -> None:
    """From either of its files; what the library gives for a text is asked once."""
    _, folder = shelved("minilm-l6-v2")
    library = Library.from_file(str(folder / "tokenizer.json"))
    library.no_truncation()
    library.no_padding()
    library.encode_special_tokens = True
    theirs = cache(lambda text: library.encode(text, add_special_tokens=False).ids)
    for name in ("tokenizer.json", "vocab.txt"):
        held_equal(read_tokenizer(folder / name), theirs, data, 1000)


@pytest.mark.large
@pytest.mark.long(90)
def test_every_document_to_its_end(data: Path, official: Callable[[str], dict]) -> None:
    ours = armillary.open(data / "tokenizers" / "cl100k_base.tiktoken")
    told = official("cl100k_base")["pat_str"]
    theirs = tiktoken.Encoding("cl100k_base", pat_str=told, mergeable_ranks=dict(ours.ranks), special_tokens={})
    for name, text in documents(data):
        assert ours.encode(text).tolist() == theirs.encode_ordinary(text), name

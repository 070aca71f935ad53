"""Unigram tokenizers in GGUF files, against the ids that SentencePiece gave for the same models."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from armillary.errors import ArmillaryError, DamagedFile
from armillary.formats.gguf_tokenizer import gguf_tokenizer
from armillary.formats.tokenizer_json import read_tokenizer_json
from armillary.text.tokenizer import Tokenizer
from tests.golden.sentences import texts

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "unigram.json").read_text(encoding="utf-8"))["models"]
NAMES = [one["name"] for one in GOLDEN]


def metadata(of: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """What a GGUF file says of a model that SentencePiece made."""
    told = {
        "model": "t5", "tokens": of["pieces"], "scores": np.array(of["scores"], np.float32),
        "token_type": np.array(of["types"], np.int32), "add_space_prefix": of["add_space_prefix"],
        "remove_extra_whitespaces": of["remove_extra_whitespaces"], "eos_token_id": 1,
        "precompiled_charsmap": np.frombuffer(base64.b64decode(of["charsmap"]), np.int8),
    }
    return {f"tokenizer.ggml.{name}": value for name, value in (told | changed).items()}


def made(of: dict[str, Any], **changed: Any) -> Tokenizer:
    return gguf_tokenizer(Path("m.gguf"), metadata(of, **changed))


@pytest.mark.parametrize("of", GOLDEN, ids=NAMES)
def test_ids_are_those_of_sentencepiece(of: dict[str, Any]) -> None:
    tokenizer = made(of)
    assert (tokenizer.kind, tokenizer.vocabulary.format, len(tokenizer)) == ("Unigram", "GGUF", len(of["pieces"]))
    longer = [text[:300] for text in texts()[5::9]]
    for text, ids in zip([*of["texts"], *longer], of["ids"], strict=True):
        assert tokenizer.encode(text).tolist() == ids, text


def test_what_looks_like_a_special_token_is_text_unless_it_is_asked_for() -> None:
    tokenizer = made(GOLDEN[0])
    assert tokenizer.vocabulary.special["</s>"] == 1
    assert 1 not in tokenizer.encode("the end</s>").tolist()
    assert tokenizer.encode("the end</s>", special=True).tolist()[-1] == 1
    assert tokenizer.encode("the end", framed=True).tolist()[-1] == 1
    assert tokenizer.decode(tokenizer.encode("the old sphere")) == "the old sphere"
    assert next(token.text for token in tokenizer.tokens("the old")).strip() == "the"


def test_so_it_is_in_a_tokenizer_json(tmp_path: Path) -> None:
    pieces = [["</s>", 0.0], ["<unk>", 0.0], *([letter, -3.0] for letter in "</s>unke ")]
    (tmp_path / "t.json").write_text(json.dumps({
        "added_tokens": [{"id": 0, "content": "</s>", "special": True, "single_word": False, "lstrip": False,
                          "rstrip": False, "normalized": False}],
        "model": {"type": "Unigram", "unk_id": 1, "vocab": pieces},
    }))
    tokenizer = read_tokenizer_json(tmp_path / "t.json")
    assert tokenizer.encode("</s>e").tolist() == [2, 3, 4, 5, 9]
    assert tokenizer.encode("</s>e", special=True).tolist() == [0, 9]


TABLE = np.frombuffer(base64.b64decode(GOLDEN[0]["charsmap"]), np.uint8)
LONG = np.frombuffer((4).to_bytes(4, "little") + bytes(4) + b"x" * 100_000 + b"\0", np.uint8)


@pytest.mark.parametrize(("changed", "says"), [
    ({"scores": np.full(len(GOLDEN[0]["pieces"]), np.nan, np.float32)}, "no numbers"),
    ({"scores": np.zeros(3, np.float32)}, "3 values of scores"),
    ({"token_type": np.ones(len(GOLDEN[0]["pieces"]), np.int32)}, "0 tokens for what is unknown"),
    ({"token_type": np.full(len(GOLDEN[0]["pieces"]), 2, np.int32)}, "for what is unknown"),
    ({"precompiled_charsmap": TABLE[:50]}, "cut"),
    ({"precompiled_charsmap": TABLE[:3]}, "cut"),
    ({"precompiled_charsmap": np.full(64, 255, np.uint8)}, "cut"),
    ({"precompiled_charsmap": LONG}, "16 times longer"),
    ({"precompiled_charsmap": np.zeros(8, np.float32)}, "not told in bytes"),
    ({"eos_token_id": 10**9}, "that the vocabulary lacks"),
])
def test_what_lies_is_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(DamagedFile, match=says):
        made(GOLDEN[0], **changed)


@pytest.mark.parametrize("seed", range(40))
def test_a_table_with_other_bytes_is_refused_or_gives_ids_or_an_error(seed: int) -> None:
    random = np.random.default_rng(seed)
    spoiled = TABLE.copy()
    places = random.integers(4, len(spoiled) - 1, 6)
    spoiled[places] = random.integers(0, 256, 6)
    try:
        ids = made(GOLDEN[0], precompiled_charsmap=spoiled).encode("ＡＢＣ … ①ﬁ the sphere\n国王").tolist()
    except ArmillaryError:
        return
    assert len(ids) < 400

"""The page Home says in which format each open thing is."""

import json
from pathlib import Path

import gguf
import numpy as np
import pytest

from armillary import language_model
from armillary.formats.points import Points
from armillary.formats.sniff import write
from armillary.language import speaking
from armillary.shelf import Shelf
from armillary.web.home import home
from armillary.web.library import Library
from armillary.web.recognised import recognised
from armillary.web.route import Nothing
from tests.conftest import ROYAL
from tests.speak.tiny import speaking_gguf
from tests.web.serving import Client


@pytest.mark.parametrize(("name", "format"), [
    ("a.glove.txt", "GloVe text"), ("a.vec", "word2vec text"), ("a.bin", "word2vec binary"), ("a.npy", ".npy"),
    ("a.safetensors", "safetensors"), ("a.tsv", "TensorBoard projector"), ("folder", "TensorBoard projector"),
])
def test_vectors(tmp_path: Path, name: str, format: str) -> None:
    vectors = np.array(list(ROYAL.values()), np.float32)
    write(Points([label.replace(" ", "_") for label in ROYAL], vectors), tmp_path / name)
    assert recognised((tmp_path / name).rename(tmp_path / "nameless")) == format


def test_a_tokenizer(tmp_path: Path) -> None:
    ranks, words = tmp_path / "ranks", tmp_path / "words"
    ranks.write_bytes(b"IQ== 0\nIg== 1\nIw== 2\nJA== 3\n")
    words.write_bytes(b"[PAD]\n[UNK]\nking\n")
    assert (recognised(ranks), recognised(words)) == ("tiktoken ranks", "vocab.txt")
    with speaking("zh"):
        assert (recognised(ranks), recognised(words)) == ("tiktoken 等级文件", "vocab.txt")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "tokenizer.json").write_text('{"version": "1.0", "model": {"type": "BPE"}}')
    assert recognised(tmp_path / "folder") == "tokenizer.json"


def test_of_a_model_in_one_file_the_numbers_are_named_that_most_are(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "model", "llama")
    writer.add_tensor("norm", np.zeros(32, np.float32))
    writer.add_tensor("w", np.zeros((4, 20), np.uint8), raw_dtype=gguf.GGMLQuantizationType.Q4_1)
    for step in ("write_header_to_file", "write_kv_data_to_file", "write_tensors_to_file", "close"):
        getattr(writer, step)()
    assert recognised(tmp_path / "model") == "GGUF Q4_1"


def test_a_model_in_one_file_is_read_once_for_all_that_home_says_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library([str(speaking_gguf(tmp_path / "tiny.gguf"))], Shelf(folder=tmp_path / "shelf"))
    read, count = language_model.read_gguf, []
    monkeypatch.setattr(language_model, "read_gguf", lambda path: (count.append(1), read(path))[1])
    for language in ("en", "zh"):
        with speaking(language):
            (opened,) = home(library, Nothing()).opened
            assert opened.format.startswith("GGUF ")
            assert opened.parameters
    assert library.model("tiny.gguf") is library.file(library.item("tiny.gguf"))
    assert len(count) == 1


def test_home_says_it_in_both_languages(client: Client) -> None:
    words = {"en": ["Armillary store", "safetensors folder"], "zh": ["Armillary 存储", "safetensors 文件夹"]}
    for language, said in words.items():
        home = json.loads(client.send("GET", "/api/home", headers={"accept-language": language})[2])
        assert [one["format"] for one in home["opened"][:2]] == said

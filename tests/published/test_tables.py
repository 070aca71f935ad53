"""A table by itself: the numbers of the model, without the model."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from armillary.errors import DamagedFile, InputError
from armillary.formats.gguf import read_gguf
from armillary.published.folder import read_model
from armillary.published.gguf import read_gguf_model
from armillary.published.tables import read_table
from tests.published.test_folder import arrays, folder
from tests.speak.tiny import speaking_gguf

BERT = {"model_type": "bert", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 12, "architectures": ["BertModel"]}


@pytest.mark.parametrize("tied", [True, False])
def test_a_folder_gives_the_rows_and_the_columns_of_its_model(tmp_path: Path, tied: bool) -> None:
    there = folder(tmp_path / "a", arrays(tie_word_embeddings=tied), tie_word_embeddings=tied)
    model = read_model(there)
    assert model.unembedding is not None
    np.testing.assert_array_equal(read_table(there, "W_E"), model.table.numpy())
    columns = model.table if tied else model.unembedding.W_U.T
    np.testing.assert_array_equal(read_table(there, "W_U"), columns.numpy())
    assert np.array_equal(read_table(there, "W_E"), read_table(there, "W_U")) == tied


def test_nothing_else_of_the_model_is_read(tmp_path: Path) -> None:
    spoiled = arrays()
    spoiled["model.norm.weight"] = np.full_like(spoiled["model.norm.weight"], np.nan)
    there = folder(tmp_path / "a", spoiled)
    with pytest.raises(DamagedFile, match="NaN"):
        read_model(there)
    np.testing.assert_array_equal(read_table(there, "W_E"), arrays()["model.embed_tokens.weight"])


def test_a_gguf_file_gives_them_too(tmp_path: Path) -> None:
    path = speaking_gguf(tmp_path / "tiny.gguf")
    model, file = read_gguf_model(path), read_gguf(path)
    assert model.unembedding is not None
    np.testing.assert_array_equal(read_table(path, "W_E"), model.table.numpy())
    np.testing.assert_array_equal(read_table(path, "W_U", file), model.unembedding.W_U.T.numpy())


def test_what_no_table_can_be_had_of_says_why(tmp_path: Path) -> None:
    name = "model.embed_tokens.weight"
    bad = arrays()[name].copy()
    bad[3, 2] = np.nan
    for tensors, problem in (
        ({one: array for one, array in arrays().items() if one != name}, "lacks the tensor"),
        (arrays() | {name: arrays()[name][:-1]}, r"of shape \(10, 8\)"),
        (arrays() | {name: bad}, "NaN"),
    ):
        with pytest.raises(DamagedFile, match=problem):
            read_table(folder(tmp_path / "a", tensors), "W_E")
    with pytest.raises(InputError, match="no learned positions"):
        read_table(folder(tmp_path / "a", arrays()), "W_pos")
    encoder = folder(tmp_path / "b", arrays(**BERT), **BERT)
    np.testing.assert_array_equal(read_table(encoder, "W_pos"), read_model(encoder).embedding.W_pos.numpy())
    assert read_table(encoder, "W_E").shape == (11, 8)
    with pytest.raises(InputError, match="no unembedding"):
        read_table(encoder, "W_U")


def test_no_torch_is_needed(tmp_path: Path) -> None:
    there = folder(tmp_path / "a", arrays())
    code = ("import sys; sys.modules['torch'] = None\nfrom pathlib import Path\n"
            "from armillary.published.tables import read_table\n"
            f"print(read_table(Path({str(there)!r}), 'W_E').shape)")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "(11, 8)\n"

"""Sentence vectors of an encoder: against the official implementation, and what its files may say of the pooling."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

import armillary as ar
from armillary.errors import ArmillaryError, DamagedFile, InputError, UnknownFormat
from armillary.space import Space
from armillary.transformer import pooled
from tests.conftest import Ran
from tests.formats.test_tokenizer_files import word_pieces
from tests.golden.sentences import texts
from tests.parity.test_models_transformers import BERT, one_thread, saved
from tests.speak.tiny import speaking_folder

__all__ = ["one_thread"]
Cli = Callable[..., Ran]
GOLDEN = Path(__file__).parents[1] / "golden" / "minilm.json"
TEXTS = ["unable", "国王 unable unable", "", "un x 国王 able unable un", "国王"]
STEPS = [{"type": f"sentence_transformers.models.{kind}", "path": path} for kind, path in (
    ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize"))]


def told(folder: Path, steps: Any, longest: Any = 64, **pooling: Any) -> None:
    """The files of a sentence encoder."""
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "modules.json").write_text(json.dumps(steps))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": longest}))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A random encoder of the official implementation; it lies at `name_or_path`, with a tokenizer."""
    folder = tmp_path_factory.mktemp("models") / "encoder"
    made = saved("bert", BERT, folder, transformers.AutoModel)
    (folder / "tokenizer.json").write_text(json.dumps(word_pieces()))
    made.name_or_path = str(folder)
    return made


@pytest.fixture
def encoder(theirs: Any, tmp_path: Path) -> Path:
    """Its files, in a folder of the test's own."""
    return Path(shutil.copytree(theirs.name_or_path, tmp_path / "encoder"))


@torch.no_grad()
def expected(theirs: Any, ids: list[list[int]], first: bool, unit: bool) -> np.ndarray:
    """Each text by itself, pooled as sentence-transformers does it."""
    vectors = []
    for one in ids:
        points = theirs(torch.tensor([one])).last_hidden_state[0]
        vector = points[0] if first else points.mean(0)
        vectors.append(vector / vector.norm() if unit else vector)
    return torch.stack(vectors).numpy()


@pytest.mark.parametrize(("pooling", "first"), [
    ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, False),
    ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, True), ({"pooling_mode": "cls"}, True),
])
@pytest.mark.parametrize("unit", [True, False])
def test_as_the_official_implementation_one_by_one(
    theirs: Any, encoder: Path, pooling: dict[str, Any], first: bool, unit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(encoder, STEPS if unit else STEPS[:2], **pooling)
    model = ar.open(encoder)
    ids = [model.tokenizer.encode(text, framed=True).tolist() for text in TEXTS]
    assert len({len(one) for one in ids}) > 3
    found = model.sentence_vectors(TEXTS)
    assert (found.truncated, found.longest) == (0, 64)
    np.testing.assert_allclose(found.vectors, expected(theirs, ids, first, unit), rtol=0, atol=1e-6)
    # and whoever is computed beside it
    heard: list[tuple[int, int]] = []
    monkeypatch.setattr(pooled, "TOKENS", 9)
    again = model.sentence_vectors(TEXTS, lambda done, total: heard.append((done, total)))
    np.testing.assert_allclose(again.vectors, found.vectors, rtol=0, atol=1e-6)
    assert heard[-1] == (5, 5)
    assert len(heard) > 2


def test_without_files_it_is_the_mean_and_long_texts_are_cut(theirs: Any, encoder: Path) -> None:
    model = ar.open(encoder)
    long = "unable 国王 " * 40
    ids = model.tokenizer.encode(long).tolist()
    found = model.sentence_vectors([long, "un"])
    assert (found.truncated, found.longest) == (1, 64)
    before, after = model.tokenizer.vocabulary.before, model.tokenizer.vocabulary.after
    short = [*before, *model.tokenizer.encode("un").tolist(), *after]
    np.testing.assert_allclose(
        found.vectors, expected(theirs, [[*before, *ids[:62], *after], short], False, False), rtol=0, atol=1e-6)
    told(encoder, STEPS, 7)
    found = ar.open(encoder).sentence_vectors([long])
    np.testing.assert_allclose(
        found.vectors, expected(theirs, [[*before, *ids[:5], *after]], False, True), rtol=0, atol=1e-6)


REFUSED: list[tuple[Any, Any, dict[str, Any], type[ArmillaryError], str]] = [
    ([*STEPS[:2], {"type": "sentence_transformers.models.Dense", "path": "2_Dense"}], 64, {}, UnknownFormat, "Dense"),
    (STEPS, 64, {"pooling_mode_max_tokens": True}, UnknownFormat, "pooling_mode_max_tokens"),
    (STEPS, 64, {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}, UnknownFormat, "cls, mean"),
    (STEPS, 64, {"pooling_mode": ["mean"]}, UnknownFormat, "mean"),
    ([{"type": "x.Pooling", "path": "../other"}], 64, {}, DamagedFile, "no folder beside it"),
    ([7], 64, {}, DamagedFile, "without a type"), ({}, 64, {}, DamagedFile, "JSON array"),
    (STEPS, 0, {}, DamagedFile, "max_seq_length"), (STEPS, "64", {}, DamagedFile, "max_seq_length"),
]


@pytest.mark.parametrize(("steps", "longest", "pooling", "error", "said"), REFUSED)
def test_what_is_not_supported_is_named(
    encoder: Path, steps: Any, longest: Any, pooling: dict[str, Any], error: type[ArmillaryError], said: str
) -> None:
    told(encoder, steps, longest, **pooling)
    with pytest.raises(error, match=said):
        ar.open(encoder).sentence_vectors(["un"])


def test_no_texts_no_encoder(encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no text"):
        ar.open(encoder).sentence_vectors([])
    with pytest.raises(InputError, match="left to right"):
        ar.open(speaking_folder(tmp_path / "decoder")).sentence_vectors(["the boat"])


def test_embed_writes_a_space_of_the_lines(encoder: Path, tmp_path: Path, armillary_cli: Cli) -> None:
    told(encoder, STEPS, 7)
    file, out = tmp_path / "lines.txt", str(tmp_path / "out.space")
    file.write_text("unable\n国王 unable un able un x un\nunable\n", encoding="utf-8")
    ran = armillary_cli("embed", str(file), "--in", str(encoder), "--out", out, "--json")
    assert json.loads(ran.out) == {"out": out, "rows": 2, "dim": 32, "missing": 0, "truncated": 1}
    assert "1 texts are longer than the 7 tokens" in ran.err
    space = Space.load(out)
    assert list(space) == ["unable", "国王 unable un able un x un"]
    np.testing.assert_array_equal(space.vectors, ar.open(encoder).sentence_vectors(list(space)).vectors)
    arguments = ["embed", str(file), "--in", str(encoder), "--out", out, "--force"]
    assert "weighs them itself" in armillary_cli(*arguments, "--weighting", "sif").err
    file.write_text("un\n", encoding="utf-8")
    assert armillary_cli(*arguments, "--points", "W_E").code == 0
    assert Space.load(out).origin["texts_in"]["points"] == "W_E"


@pytest.mark.shelf("minilm-l6-v2")
@pytest.mark.long
@torch.no_grad()
def test_the_published_encoder_as_sentence_transformers() -> None:
    model = ar.open("minilm-l6-v2")
    some = ["A man is eating food.", "北京欢迎你", "", "word " * 400, *(f"{n} boats" for n in range(40))]
    found = model.sentence_vectors(some)
    assert (found.truncated, found.longest) == (1, 256)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model.path)
    cut = tokenizer(some, padding=True, truncation=True, max_length=256, return_tensors="pt")
    points = transformers.AutoModel.from_pretrained(model.path).eval()(**cut).last_hidden_state
    real = cut["attention_mask"][:, :, None].float()
    mean = torch.nn.functional.normalize((points * real).sum(1) / real.sum(1), dim=1)
    np.testing.assert_allclose(found.vectors, mean.numpy(), rtol=0, atol=1e-5)


@pytest.mark.shelf("minilm-l6-v2")
@pytest.mark.long
def test_a_hundred_texts_as_sentence_transformers_gave_them() -> None:
    """golden/minilm.json is by sentence-transformers 6.2.0 (transformers 5.23.0, torch 2.13.0, float32, CPU).

    Of each vector, every 24th number is frozen, and four sums of all with signs: a number that is wrong by 3e-5 shows
    in each of them, wherever it is.
    """
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = ar.open("minilm-l6-v2").sentence_vectors(texts())
    assert (found.vectors.shape, found.truncated) == ((100, 384), 2)
    np.testing.assert_allclose(found.vectors[:, ::24], golden["probed"], rtol=0, atol=1e-5)
    signs = np.array([[1 - 2 * ((place & mask).bit_count() & 1) for place in range(384)] for mask in golden["masks"]])
    np.testing.assert_allclose(found.vectors.astype(float) @ signs.T, golden["sums"], rtol=0, atol=2e-5)

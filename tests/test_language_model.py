"""A published model opened: what it is before its weights are read, and after."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import armillary as ar
from armillary.errors import InputError, UnknownFormat
from armillary.opening import open_model
from armillary.speak.sample import Sampling
from armillary.speak.write import Limits
from armillary.transformer.weights import weights
from tests.speak.tiny import TINY, speaking_folder, speaking_gguf


@pytest.fixture(scope="module", params=["folder", "gguf"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    return speaking_folder(folder / "tiny") if request.param == "folder" else speaking_gguf(folder / "tiny.gguf")


def test_a_folder_and_a_gguf_file_are_opened_as_models(path: Path) -> None:
    model = ar.open(path)
    assert isinstance(model, ar.LanguageModel)
    assert model.config.d_vocab == len(model.tokenizer) == TINY["vocab_size"]
    assert model.name == path.name
    assert "2 blocks, d_model 32" in repr(model)
    named = {name: tuple(numbers.shape) for name, numbers in model.transformer.named_parameters()}
    assert named == {one.name: one.shape for one in weights(model.config) if not one.tied_to}
    assert {numbers.dtype for numbers in model.transformer.parameters()} == {torch.float32}


def test_both_are_the_same_model(tmp_path: Path) -> None:
    models = [ar.open(speaking_folder(tmp_path / "tiny")), ar.open(speaking_gguf(tmp_path / "tiny.gguf"))]
    ids = [model.tokenizer.encode("once upon a time") for model in models]
    assert ids[0].tolist() == ids[1].tolist()
    scores = [model.transformer(torch.from_numpy(ids[0].astype("int64"))[None]) for model in models]
    torch.testing.assert_close(*scores, rtol=0, atol=1e-5)


def test_numbers_and_device_are_chosen(path: Path) -> None:
    model = open_model(path, "bfloat16", "cpu")
    assert {numbers.dtype for numbers in model.transformer.parameters()} == {torch.bfloat16}
    assert model.device == "cpu"
    with pytest.raises(InputError, match="no device 'abacus'"):
        open_model(path, device="abacus")
    with pytest.raises(InputError, match="'int3'"):
        open_model(path, "int3")
    if not torch.backends.mps.is_available():
        with pytest.raises(InputError, match="this machine has no device 'mps'.*cpu"):
            _ = open_model(path, device="mps").device


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_graphics_card_it_is_the_same_model(path: Path) -> None:
    here, there = open_model(path, "float32", "cpu"), open_model(path, "float32", "cuda")
    greedy, limits = Sampling(temperature=0.0), Limits(most=16)
    written = [[step.id for step in one.write("the boat", greedy, limits)] for one in (here, there)]
    assert written[0] == written[1]
    runs = [one.trace("the boat on the river") for one in (here, there)]
    for place in ("logits", "0.pattern"):
        np.testing.assert_allclose(runs[1][place], runs[0][place], rtol=0, atol=1e-4)


def test_a_text_ends_where_the_files_say(tmp_path: Path) -> None:
    model = ar.open(speaking_folder(tmp_path / "tiny"))
    greedy, limits = Sampling(temperature=0.0), Limits(most=4)
    first, *others = [step.id for step in model.write("the boat", greedy, limits)]
    assert len(others) == 3
    ends = ar.open(speaking_folder(tmp_path / "ends", eos_token_id=[300, first]))
    writing = ends.write("the boat", greedy, limits)
    assert ([step.id for step in writing], writing.ending) == ([first], "stop")


def test_what_is_no_model_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("cat 1 2\n")
    with pytest.raises(UnknownFormat, match="no language model"):
        open_model(tmp_path / "words.txt")
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "config.json").write_text('{"model_type": "mamba"}')
    with pytest.raises(UnknownFormat, match="mamba"):
        ar.open(tmp_path / "strange")


def test_opening_needs_no_torch_until_weights_are_wanted(path: Path) -> None:
    code = f"""if True:
        import sys
        sys.modules["torch"] = None
        import armillary as ar
        model = ar.open({str(path)!r})
        print(model.config.n_layers, len(model.tokenizer))
        try:
            model.transformer
        except ar.MissingExtra as error:
            print(error.exit_code, error)
    """
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert ran.stdout.splitlines()[0] == f"2 {TINY['vocab_size']}"
    assert "armillary[lm]" in ran.stdout

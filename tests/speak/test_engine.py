"""The narrow waist: whoever speaks sees the transformer's own scores, as float32 NumPy."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from armillary.errors import InputError
from armillary.speak import torch_engine
from armillary.speak.engine import Engine, Reading
from armillary.speak.torch_engine import TorchEngine
from armillary.transformer.model import Transformer
from tests.transformer.tiny import BASE, CONFIGS, model

IDS = [3, 1, 4, 1, 5, 9, 2, 6]


def test_what_is_read_in_pieces_gives_the_same_scores() -> None:
    made = model(CONFIGS["rotary, rms, gated"])
    expected = made(torch.tensor([IDS]))[0].numpy()
    engine = TorchEngine(made)
    assert isinstance(engine, Engine)
    assert (engine.n_ctx, engine.d_vocab) == (40, 31)
    reading = engine.start()
    assert isinstance(reading, Reading)
    for place in (3, 4, 8):
        scores = reading.read(IDS[reading.n_tokens : place])
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, expected[place - 1], atol=1e-5)
        assert reading.n_tokens == place


def test_all_rows_come_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model(BASE)
    expected = made(torch.tensor([IDS]))[0].numpy()
    monkeypatch.setattr(torch_engine, "NUMBERS", 3 * 31)
    reading = TorchEngine(made).start()
    reading.read(IDS[:1])
    rows = list(reading.rows(IDS[1:]))
    assert [len(block) for block in rows] == [3, 3, 1]
    np.testing.assert_allclose(np.concatenate(rows), expected[1:], atol=1e-5)


def test_half_precision_gives_float32() -> None:
    assert TorchEngine(model(BASE).bfloat16()).start().read(IDS).dtype == np.float32


def test_what_cannot_be_read_is_an_error() -> None:
    reading = TorchEngine(model(BASE)).start()
    with pytest.raises(InputError, match="no tokens"):
        reading.read([])
    with pytest.raises(InputError, match="token 31 is beyond the 31 rows"):
        reading.read([1, 31])
    with pytest.raises(InputError, match="context of 40"):
        reading.read([1] * 41)
    assert reading.n_tokens == 0


@pytest.mark.parametrize(("name", "said"), [
    ("post, both ways, transform", "fills gaps"), ("encoder and decoder", "source text first"),
])
def test_models_that_do_not_write_say_so(name: str, said: str) -> None:
    with pytest.raises(InputError, match=f"toy .*{said}"):
        TorchEngine(Transformer(CONFIGS[name]), "toy")


def test_a_model_that_ends_in_points_says_so() -> None:
    with pytest.raises(InputError, match="ends in points"):
        TorchEngine(Transformer(replace(BASE, unembedding=None)), "toy")


def test_no_torch_is_imported_by_what_only_draws() -> None:
    source = Path(torch_engine.__file__).parent
    for name in ("engine", "write", "chat", "perplexity", "candidates", "sample"):
        assert "import torch" not in (source / f"{name}.py").read_text(encoding="utf-8")

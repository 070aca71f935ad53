"""An encoder-decoder that is learned here: the official implementation reads the folder and gives the same scores."""

from pathlib import Path

import pytest
import torch
import transformers

from armillary.errors import DamagedFile, UnknownFormat
from armillary.published.configs import config_of
from armillary.published.folder import read_model
from armillary.published.tables import read_table
from armillary.published.translating import translator_keys
from armillary.published.writing import write_model
from armillary.transformer.initial import drawn
from armillary.transformer.model import Transformer

KEYS = translator_keys(d_vocab=99, d_model=16, n_layers=2, n_heads=2, n_ctx=40, marks=(97, 98))
RANDOM = torch.Generator().manual_seed(1)
SOURCE, TOKENS = (torch.randint(0, 97, (2, length), generator=RANDOM) for length in (9, 7))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Transformer, Path]:
    folder = tmp_path_factory.mktemp("pair")
    model = drawn(config_of(folder, KEYS), rows=0.5, matrices=0.3)
    for name, one in model.named_parameters():
        if one.ndim == 1:
            one.data = torch.randn(one.shape, generator=RANDOM) + name.endswith("gain")
    write_model(model, folder, KEYS)
    return model, folder


@torch.no_grad()
def test_it_opens_elsewhere(made: tuple[Transformer, Path]) -> None:
    model, folder = made
    theirs, told = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder, output_loading_info=True)
    assert not told["unexpected_keys"]
    assert not told["mismatched_keys"]
    assert all("embed_positions" in name for name in told["missing_keys"])  # sines, which both sides compute
    scores = theirs(input_ids=SOURCE, decoder_input_ids=TOKENS).logits
    torch.testing.assert_close(model(TOKENS, source=SOURCE), scores, rtol=0, atol=2e-5)


def test_it_opens_here(made: tuple[Transformer, Path]) -> None:
    model, folder = made
    again = read_model(folder)
    assert again.config == model.config
    assert all(torch.equal(one, other) for one, other in zip(
        model.state_dict().values(), again.state_dict().values(), strict=True))
    assert torch.equal(torch.from_numpy(read_table(folder, "W_E").copy()), model.table)


def test_keys_of_another_kind_are_refused() -> None:
    with pytest.raises(UnknownFormat, match="static_position_embeddings"):
        config_of(Path("config.json"), {**KEYS, "static_position_embeddings": False})
    with pytest.raises(DamagedFile, match="decoder_attention_heads"):
        config_of(Path("config.json"), {**KEYS, "decoder_attention_heads": 3})

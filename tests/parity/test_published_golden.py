"""The published numbers of real models: what the official implementation gave on the same files, frozen.

golden/smollm2.json was made by transformers 5.23.0 (torch 2.13.0, float32) from the GGUF file of the shelf:
`AutoModelForCausalLM.from_pretrained(folder, gguf_file=..., dtype=torch.float32)`; the 512 tokens are 7919 k mod 49,152
for k = 1 ... 512, the 200 are its greedy `generate` after "The capital of France is".
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from armillary.errors import NotFound
from armillary.language_model import LanguageModel
from armillary.opening import open_model
from armillary.speak.sample import Sampling
from armillary.speak.torch_engine import TorchEngine
from armillary.speak.write import Limits, Writing

GOLDEN = Path(__file__).parents[1] / "golden" / "smollm2.json"
pytestmark = [pytest.mark.shelf, pytest.mark.long]


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def smollm2() -> LanguageModel:
    try:
        return open_model("smollm2-135m-instruct", device="cpu")
    except NotFound:
        pytest.skip("armillary get smollm2-135m-instruct")


def test_scores_over_512_tokens(smollm2: LanguageModel, golden: dict[str, Any]) -> None:
    tokens = torch.tensor([[7919 * place % 49_152 for place in range(1, 513)]])
    with torch.inference_mode():
        scores = smollm2.transformer(tokens)[0]
    assert scores.shape == (512, 49_152)
    np.testing.assert_allclose(scores.double().logsumexp(-1), golden["logsumexp"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(scores[::16, golden["probed"]], golden["logits"], rtol=0, atol=1e-4)
    assert scores.argmax(-1).tolist() == golden["likeliest"]


def test_the_same_text_for_200_tokens(smollm2: LanguageModel, golden: dict[str, Any]) -> None:
    prompt = smollm2.tokenizer.encode("The capital of France is").tolist()
    assert prompt == golden["prompt"]
    writing = Writing(TorchEngine(smollm2.transformer), prompt, Sampling(temperature=0.0), Limits(most=200))
    assert [step.id for step in writing] == golden["written"]

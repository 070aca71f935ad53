"""Every score of a real model over 512 tokens: against the official implementation, and against what it gave, frozen.

The official implementation is transformers' Llama, filled with the numbers that the `gguf` package dequantises from the
file of the shelf. golden/smollm2.json was made by transformers 5.23.0 (torch 2.13.0, float32) which read that file
itself: `AutoModelForCausalLM.from_pretrained(folder, gguf_file=..., dtype=torch.float32)`; the 512 tokens are
7919 k mod 49,152 for k = 1 ... 512, the 200 are its greedy `generate` after "The capital of France is".

25,165,824 scores do not go into a file. What is frozen of each row: log-sum-exp and the likeliest token, eight scores
of every sixteenth, and "sums": all its scores added with signs, by three rules. Each score is in each sum, so that one
that is wrong by 0.02 shows, wherever it is.
"""

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from armillary.language_model import LanguageModel
from armillary.opening import open_model
from armillary.speak.sample import Sampling
from armillary.speak.torch_engine import TorchEngine
from armillary.speak.write import Limits, Writing

GOLDEN = Path(__file__).parents[1] / "golden" / "smollm2.json"
TOKENS = torch.tensor([[7919 * place % 49_152 for place in range(1, 513)]])
MASKS = (0b1011_0101_1100_1001, 0b0110_1110_0011_0101, 0b1101_1001_0110_1110)
pytestmark = [pytest.mark.shelf("smollm2-135m-instruct"), pytest.mark.long]


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def smollm2() -> LanguageModel:
    return open_model("smollm2-135m-instruct", device="cpu")


@pytest.fixture(scope="module")
def scores(smollm2: LanguageModel) -> torch.Tensor:
    return scored(smollm2)


def scored(model: LanguageModel) -> torch.Tensor:
    with torch.inference_mode():
        found = model.transformer(TOKENS)[0]
    assert found.shape == (512, 49_152)
    return found


def official(path: Path) -> LlamaForCausalLM:
    """The official implementation with the numbers of the file; rows of q and k as it wants them, in halves."""
    config = LlamaConfig(vocab_size=49_152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
                         num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=2048, rope_theta=1e5,
                         rms_norm_eps=1e-5, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2)
    theirs = LlamaForCausalLM(config).eval()
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 30)
    stored = {one.name: one for one in gguf.GGUFReader(path).tensors}
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            one = stored.pop(str(names.get_name(name, (".weight",))))
            numbers = torch.from_numpy(gguf.dequantize(one.data, one.tensor_type).copy())
            if name.endswith(("q_proj.weight", "k_proj.weight")):
                numbers = numbers.view(-1, 32, 2, 576).transpose(1, 2).reshape(parameter.shape)
            parameter.copy_(numbers)
    assert not stored
    return theirs


def sums(scores: torch.Tensor) -> np.ndarray:
    """(512, 3) all scores of a row added, with a minus where id and mask have an odd number of bits in common."""
    signs = [[1 - 2 * ((token & mask).bit_count() & 1) for token in range(scores.shape[1])] for mask in MASKS]
    found: np.ndarray = scores.double().numpy() @ np.array(signs, float).T
    return found


def held_to(golden: dict[str, Any], scores: torch.Tensor) -> None:
    """Hold scores to what is frozen."""
    np.testing.assert_allclose(scores.double().logsumexp(-1), golden["logsumexp"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(scores[::16, golden["probed"]], golden["logits"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(sums(scores), golden["sums"], rtol=0, atol=1e-2)
    assert scores.argmax(-1).tolist() == golden["likeliest"]


def test_every_score_over_512_tokens_is_the_official_one(smollm2: LanguageModel, scores: torch.Tensor) -> None:
    with torch.inference_mode():
        theirs = official(smollm2.path)(TOKENS).logits[0]
    torch.testing.assert_close(scores, theirs, rtol=0, atol=1e-4)


def test_scores_over_512_tokens_are_those_that_are_frozen(golden: dict[str, Any], scores: torch.Tensor) -> None:
    held_to(golden, scores)


@pytest.mark.parametrize("place", [(0, 0), (511, 49_151), (100, 30_000)])
def test_one_score_that_is_wrong_is_seen(golden: dict[str, Any], scores: torch.Tensor, place: tuple[int, int]) -> None:
    wrong = scores.clone()
    wrong[place] -= 0.02
    with pytest.raises(AssertionError):
        held_to(golden, wrong)


def test_one_weight_that_is_wrong_is_seen(golden: dict[str, Any], smollm2: LanguageModel) -> None:
    """Of 134,515,008 one, in the middle of the model, without its sign."""
    W_out = smollm2.transformer.get_parameter("blocks.15.mlp.W_out")
    with torch.inference_mode():
        W_out[700, 300] *= -1
        wrong = scored(smollm2)
        W_out[700, 300] *= -1
    with pytest.raises(AssertionError):
        held_to(golden, wrong)


def test_the_same_text_for_200_tokens(smollm2: LanguageModel, golden: dict[str, Any]) -> None:
    prompt = smollm2.tokenizer.encode("The capital of France is").tolist()
    assert prompt == golden["prompt"]
    writing = Writing(TorchEngine(smollm2.transformer), prompt, Sampling(temperature=0.0), Limits(most=200))
    assert [step.id for step in writing] == golden["written"]

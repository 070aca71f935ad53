"""Every place inside a GPT-2 against TransformerLens's cache of the same weights: frozen, and anew where it is here."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import torch

from armillary.trace.taps import Record
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Unembedding
from armillary.transformer.model import Transformer
from armillary.transformer.places import places
from armillary.transformer.weights import weights
from tests.parity.transformerlens_child import FACTS, IDS, PLACES, numbers

CHILD = Path(__file__).with_name("transformerlens_child.py")
GOLDEN = Path(__file__).parents[1] / "golden" / "transformerlens.json"
HEADS = Attention(n_heads=FACTS["n_heads"], n_kv_heads=FACTS["n_heads"], d_head=FACTS["d_head"],
                  scale=FACTS["d_head"] ** -0.5, input_bias=True, output_bias=True)
CONFIG = Config(
    d_vocab=FACTS["d_vocab"], d_model=FACTS["d_model"], n_layers=FACTS["n_layers"], n_ctx=FACTS["n_ctx"],
    norm=Norm(kind="layer", epsilon=1e-5), embedding=Embedding(positions="learned"),
    unembedding=Unembedding(tied=False, bias=True),
    pattern=(Block(attention=HEADS, mlp=Mlp(d_mlp=FACTS["d_mlp"], activation="gelu_tanh", bias=True)),),
)
THEIRS = {
    "embedding.W_E": "embed.weight", "embedding.W_pos": "pos_embed.weight",
    "before_attention": "ln1", "before_mlp": "ln2", "final_norm": "ln_final", "gain": "weight",
    "unembedding.W_U": "unembed.weight", "unembedding.b_U": "unembed.bias",
    **{f"attention.W_{letter}": f"attn.{letter.lower()}.weight" for letter in "QKVO"},
    **{f"attention.b_{letter}": f"attn.{letter.lower()}.bias" for letter in "QKVO"},
    **{f"mlp.W_{half}": f"mlp.{half}.weight" for half in ("in", "out")},
    **{f"mlp.b_{half}": f"mlp.{half}.bias" for half in ("in", "out")},
}


def same() -> Transformer:
    """Our model with the numbers of theirs; their matrices are (out, in), ours (in, out)."""
    model = Transformer(CONFIG)
    for weight in weights(CONFIG):
        name = weight.name
        for ours, theirs in THEIRS.items():
            name = name.replace(ours, theirs)
        turned = len(weight.shape) == 2 and not weight.name.startswith("embedding.")
        model.put(weight.name, numbers(name, weight.shape[::-1]).T if turned else numbers(name, weight.shape))
    return model


@torch.inference_mode()
def assert_same(theirs: dict[str, list[float]]) -> None:
    """All that they cached, at each place."""
    model, record = same(), Record(set(places(CONFIG)))
    model(torch.tensor([IDS]), tap=record)
    scores = {f"blocks.{block}.scores" for block in range(FACTS["n_layers"])}
    assert set(PLACES.values()) | scores | {"embed"} == set(record.kept)
    for their_place, place in PLACES.items():
        ours = record.kept[place]
        if place[-2:] in (".q", ".k", ".v", ".z"):
            ours = ours.transpose(1, 2)
        expected = torch.tensor(theirs[their_place]).view(ours.shape)
        assert expected.std() > 0.03
        torch.testing.assert_close(ours, expected, rtol=0, atol=1e-5, msg=lambda told, place=place: f"{place}: {told}")


def test_every_place_is_what_transformerlens_cached() -> None:
    found = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert found["transformer_lens"] == "4.3.0"
    assert_same(found["cache"])


@pytest.mark.long
def test_every_place_is_what_transformerlens_caches(tmp_path: Path) -> None:
    python = os.environ.get("ARMILLARY_BENCH_TRANSFORMERLENS")
    if not python:
        pytest.skip("ARMILLARY_BENCH_TRANSFORMERLENS names no python that has transformer_lens")
    subprocess.run([python, CHILD, tmp_path / "cache.json"], check=True, capture_output=True, timeout=120)
    found = json.loads((tmp_path / "cache.json").read_text(encoding="utf-8"))
    assert_same(found["cache"])

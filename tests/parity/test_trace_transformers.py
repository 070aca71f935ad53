"""What is seen inside, and what steps in there, against the official implementation: tiny random models, every family.

Theirs are `output_hidden_states` and `output_attentions` (eager), and edits made by hand with torch's hooks.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from torch import Tensor, nn

from armillary.published.folder import read_model
from armillary.trace.changes import ablate, add, put
from armillary.trace.run import Run
from armillary.trace.taps import Record
from armillary.transformer.model import Transformer
from armillary.transformer.places import Tap, places
from tests.parity.test_models_transformers import BERT, MODELS, saved
from tests.trace.small import run_of

IDS = [3, 1, 4, 1, 5, 92, 65, 35, 89, 79, 32, 38]
TOKENS = torch.tensor([IDS])


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Models so small are slower on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def close(ours: Any, theirs: Any, what: str) -> None:
    """Equal to 1e-5."""
    torch.testing.assert_close(torch.as_tensor(ours), theirs, rtol=0, atol=1e-5, msg=lambda told: f"{what}: {told}")


@pytest.mark.parametrize("name", [*MODELS, "bert"])
@torch.no_grad()
def test_points_and_patterns(name: str, tmp_path: Path) -> None:
    kind, values = MODELS.get(name, ("bert", BERT))
    head = transformers.AutoModelForMaskedLM if kind == "bert" else transformers.AutoModelForCausalLM
    theirs = saved(kind, values, tmp_path, head)(TOKENS, output_hidden_states=True, output_attentions=True)
    model = read_model(tmp_path)
    record = Record(list(places(model.config)))
    last = model.points(TOKENS, tap=record)
    layers = [record.kept[f"blocks.{block}.resid_pre"] for block in range(model.config.n_layers)]
    assert len(theirs.hidden_states) == len(layers) + 1
    for layer, (mine, yours) in enumerate(zip([*layers, last], theirs.hidden_states, strict=True)):
        assert yours.std() > 0.05, "points that are all alike prove nothing"
        close(mine, yours, f"layer {layer}")
    run = run_of(model, ids=IDS)
    for block, pattern in enumerate(theirs.attentions):
        close(record.kept[f"blocks.{block}.pattern"], pattern, f"block {block}")
        attention = run.attention(block)  # and made on demand, from q and k alone
        for number in range(attention.facts.n_heads):
            close(attention.pattern(number), pattern[0, number], f"block {block}, head {number}")


# Where their modules stand: attention's last matrix, what attention and MLP add, the block.
LLAMA = ("model.layers.1", "self_attn.o_proj", "self_attn", "mlp")
GEMMA = ("model.layers.1", "self_attn.o_proj", "post_attention_layernorm", "post_feedforward_layernorm")
HOOKED = {
    "gpt2": ("transformer.h.1", "attn.c_proj", "attn", "mlp"), "llama, one shared head, tied": LLAMA,
    "qwen3": LLAMA, "mixtral": LLAMA, "gemma2, caps and windows": GEMMA,
}
Edit = Callable[[Tensor], Tensor]


def edited(theirs: nn.Module, module: str, edit: Edit, before: bool = False) -> Tensor:
    """Their scores where `edit` changes what a module gives, or what it is given."""

    def after_hook(_: nn.Module, given: Any, out: Any) -> Any:
        return (edit(out[0]), *out[1:]) if isinstance(out, tuple) else edit(out)

    def before_hook(_: nn.Module, given: Any) -> Any:
        return (edit(given[0]), *given[1:])

    there = theirs.get_submodule(module)
    handle = there.register_forward_pre_hook(before_hook) if before else there.register_forward_hook(after_hook)
    try:
        scores: Tensor = theirs(TOKENS).logits[0]
        return scores
    finally:
        handle.remove()


def zeroed(columns: slice, rows: Any = slice(None)) -> Edit:
    """Zero in some columns of some positions."""

    def edit(x: Tensor) -> Tensor:
        x = x.clone()
        x[:, rows, columns] = 0
        return x

    return edit


@pytest.mark.parametrize("name", HOOKED)
@torch.no_grad()
def test_what_if_is_the_same_edit_by_hand(name: str, tmp_path: Path) -> None:
    theirs, model = saved(*MODELS[name], tmp_path), read_model(tmp_path)
    block, last, attention, mlp = (".".join(filter(None, (HOOKED[name][0], one))) for one in ("", *HOOKED[name][1:]))
    d_head, plain = model.config.pattern[0].attention.d_head, run_of(model, ids=IDS)
    steer, other = torch.linspace(-2, 2, 32), run_of(model, ids=[7, 7, 2, 8, 1, 1, 0, 3, 9, 4, 11, 12])
    theirs_other = theirs(torch.tensor([other.read.ids]), output_hidden_states=True).hidden_states[2][0, 4]

    def added(x: Tensor) -> Tensor:
        return x + 1.5 * steer

    def patched(x: Tensor) -> Tensor:
        return torch.cat((x[:, :6], theirs_other[None, None], x[:, 7:]), 1)

    where, all_columns = plain.where, slice(None)
    cases: list[tuple[Tap, str, Edit, bool]] = [
        (ablate(where("1.z.2")), last, zeroed(slice(2 * d_head, 3 * d_head)), True),
        (ablate(where("1.z.3@4,-1")), last, zeroed(slice(3 * d_head, 4 * d_head), [4, 11]), True),
        (ablate(where("1.attn_out")), attention, zeroed(all_columns), False),
        (ablate(where("1.mlp_out@5")), mlp, zeroed(all_columns, [5]), False),
        (add(where("1.resid_post"), steer, 1.5), block, added, False),
        (put(where("1.resid_post@6"), other["1.resid_post@4"]), block, patched, False),
        (other.patch("1.resid_post@4", at=[6]), block, patched, False),
    ]
    for change, module, edit, before in cases:
        by_hand = edited(theirs, module, edit, before)
        assert (by_hand - theirs(TOKENS).logits[0]).abs().max() > 1e-2, f"{module}: nothing changed"
        close(scores(model, change), by_hand, module)


def scores(model: Transformer, change: Tap) -> Any:
    """Our scores under a change."""
    run: Run = run_of(model, change, ids=IDS)
    return run.scores(range(len(IDS)))

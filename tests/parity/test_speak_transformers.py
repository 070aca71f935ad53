"""What is written, measured and laid out as a talk, against the official implementation on tiny random models."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from armillary.published.folder import read_model
from armillary.published.templates import TEMPLATES, template_for
from armillary.shapes import Float32
from armillary.speak.chat import Mark, Turn
from armillary.speak.perplexity import losses
from armillary.speak.sample import Sampling, draw
from armillary.speak.torch_engine import TorchEngine
from armillary.speak.write import Limits, Writing
from tests.parity.test_models_transformers import MODELS, one_thread, saved
from tests.speak.tiny import CHATML, tokenizer_json

__all__ = ["one_thread"]  # models so small are slower on several

FAMILIES = ["mistral, window"]
MORE = ["llama, one shared head, tied", "gemma2, caps and windows", "gpt2", "qwen2", "qwen3", "gemma", "gemma3",
        "mixtral"]
PROMPT = [5, 17, 42, 3, 88, 17]
DRAWN = Sampling(temperature=1.3, top_k=30, top_p=0.9, min_p=0.02, repetition_penalty=1.2)


class Forgetful:
    """An engine that keeps nothing: whatever is asked, the whole text is read anew."""

    def __init__(self, engine: TorchEngine) -> None:
        self.engine, self.n_ctx, self.d_vocab = engine, engine.n_ctx, engine.d_vocab

    def start(self) -> "ForgetfulReading":
        return ForgetfulReading(self.engine)


class ForgetfulReading:
    def __init__(self, engine: TorchEngine) -> None:
        self.engine = engine
        self.ids: list[int] = []

    @property
    def n_tokens(self) -> int:
        return len(self.ids)

    def read(self, ids: Sequence[int]) -> Float32[np.ndarray, "v"]:
        self.ids += ids
        return self.engine.start().read(self.ids)

    def rows(self, ids: Sequence[int]) -> Iterator[Float32[np.ndarray, "m v"]]:
        raise NotImplementedError


def theirs_writes(theirs: Any, monkeypatch: pytest.MonkeyPatch, how: Sampling, kept: bool) -> list[int]:
    """What `generate` writes; where it draws, it is handed our dice, so that the texts can be compared."""
    random = np.random.default_rng(7)
    monkeypatch.setattr(torch, "multinomial", lambda odds, num_samples: torch.tensor(
        [[draw(odds[0].double().numpy(), random)]]))
    drawing = {} if how.temperature == 0 else {
        "temperature": how.temperature, "top_k": how.top_k, "top_p": how.top_p, "min_p": how.min_p,
        "repetition_penalty": how.repetition_penalty}
    found = theirs.generate(torch.tensor([PROMPT]), max_new_tokens=24, use_cache=kept, pad_token_id=0,
                            eos_token_id=None, do_sample=how.temperature > 0, **drawing)
    return found[0, len(PROMPT):].tolist()


@pytest.mark.parametrize("name", [*FAMILIES, *(pytest.param(name, marks=pytest.mark.long) for name in MORE)])
@torch.no_grad()
def test_the_same_text_greedy_and_drawn_with_and_without_cache(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = saved(*MODELS[name], tmp_path)
    engine = TorchEngine(read_model(tmp_path))
    for how in (Sampling(temperature=0.0), DRAWN):
        expected = theirs_writes(theirs, monkeypatch, how, kept=True)
        assert expected == theirs_writes(theirs, monkeypatch, how, kept=False)
        for who in (engine, Forgetful(engine)):
            writing = Writing(who, PROMPT, how, Limits(most=24), seed=7)
            assert [step.id for step in writing] == expected
    assert len(set(expected)) > 10, "a text that repeats itself proves little"


@torch.no_grad()
def their_losses(theirs: Any, ids: Sequence[int], frame: Sequence[int], context: int, stride: int) -> list[float]:
    """The same figure by a loop of its own: each window whole, and of its losses those not counted yet."""
    found: dict[int, float] = {}
    end = 0
    while end < len(ids):
        end = min(context - len(frame) if end == 0 else end + stride, len(ids))
        begin = max(0, end - (context - len(frame)))
        window = torch.tensor([[*frame, *ids[begin:end]]])
        loss = torch.nn.functional.cross_entropy(theirs(window).logits[0, :-1], window[0, 1:], reduction="none")
        for place in range(begin, end):
            column = place - begin + len(frame) - 1
            if column >= 0 and place not in found:
                found[place] = float(loss[column])
    return [found[place] for place in sorted(found)]


@pytest.mark.parametrize("frame", [[], [7]], ids=["no frame", "a frame"])
@pytest.mark.parametrize(("context", "stride"), [(64, 32), (20, 19), (60, 1), (17, 5)])
def test_losses_over_windows(frame: list[int], context: int, stride: int, tmp_path: Path) -> None:
    theirs = saved(*MODELS["llama, one shared head, tied"], tmp_path)
    engine = TorchEngine(read_model(tmp_path))
    stride = min(stride, context - 1 - len(frame))
    ids = torch.randint(0, 99, (70,), generator=torch.Generator().manual_seed(2)).tolist()
    told: list[tuple[int, int]] = []
    found = losses(engine, ids, frame, context, stride, lambda done, total: told.append((done, total)))
    expected = their_losses(theirs, ids, frame, context, stride)
    assert len(found) == len(ids) - (not frame)
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert told[-1] == (70, 70)


# Templates in words of our own that lay turns out as the published ones do (those are others' texts; each of the
# published ones was compared in the same way, over 54 conversations).
HEADERS = ("{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' ~ m.role ~ '<|end_header_id|>\\n\\n' ~ "
           "m.content.strip() ~ '<|eot_id|>' }}{% endfor %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}")
TWO = ("{{ bos_token }}{% set told = messages[0].content ~ '\\n\\n' if messages[0].role == 'system' else '' %}"
       "{% for m in messages if m.role != 'system' %}{{ '<start_of_turn>' ~ ('model' if m.role == 'assistant' else "
       "'user') ~ '\\n' ~ (told if loop.first else '') ~ m.content.strip() ~ '<end_of_turn>\\n' }}{% endfor %}"
       "{{ '<start_of_turn>model\\n' }}")
TALKS = [
    [Turn("user", "Hi")],
    [Turn("system", "Be brief."), Turn("user", " padded \n"), Turn("assistant", "你好\n\n小船"),
     Turn("user", "two\nlines")],
]


@pytest.mark.parametrize(("ours", "text", "begin"), [
    ("chatml", CHATML, ""), ("llama3", HEADERS, "<|begin_of_text|>"), ("gemma3", TWO, "<bos>"),
])
def test_turns_are_laid_out_alike(ours: str, text: str, begin: str) -> None:
    from transformers.utils.chat_template_utils import render_jinja_template

    for turns in TALKS:
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        [[expected]] = [render_jinja_template(conversations=[messages], chat_template=text, bos_token=begin,
                                              add_generation_prompt=True)[0]]
        pieces = TEMPLATES[ours].pieces(turns)
        assert "".join(piece.text if isinstance(piece, Mark) else piece for piece in pieces) == expected


def test_the_ids_of_a_talk_are_those_of_the_official_tokenizer(tmp_path: Path) -> None:
    from armillary.formats.tokenizer_json import read_tokenizer_json

    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer_json()))
    theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json"))
    ours = read_tokenizer_json(tmp_path / "tokenizer.json")
    for turns in TALKS:
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        expected = theirs.apply_chat_template(messages, chat_template=CHATML, add_generation_prompt=True,
                                              return_dict=False)
        assert TEMPLATES["chatml"].ids(turns, ours) == expected


@pytest.mark.shelf("smollm2-135m-instruct")
def test_the_published_template_on_the_shelf() -> None:
    from transformers.utils.chat_template_utils import render_jinja_template

    import armillary

    model = armillary.open("smollm2-135m-instruct")
    template = template_for(model.name, model.speaking.template)
    assert template.name == "smollm2"
    for turns in TALKS:
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        expected = render_jinja_template(conversations=[messages], chat_template=model.speaking.template,
                                         add_generation_prompt=True)[0][0]
        assert model.tokenizer.decode(template.ids(turns, model.tokenizer)) == expected

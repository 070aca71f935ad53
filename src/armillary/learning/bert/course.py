"""The way of a model that fills blanks: what is measured and shown on it."""

from collections.abc import Sequence

import numpy as np
import torch

from armillary.learning.self_supervised.course import Course
from armillary.learning.self_supervised.material import Material
from armillary.speak.candidates import name
from armillary.speak.fill import MASK, joined
from armillary.train.masked_token import Frame, gaps_guessed
from armillary.transformer.model import Transformer

_PART = 32768  # tokens of the held-out text that a look measures: a seventh of them is hidden
_LEAST = 8  # tokens of a line
_SHOWN, _EVERY = 36, 6  # tokens of a sample, of which every sixth is hidden


class ClozeCourse(Course):
    """See `Course`; a sample is a line of the held-out text with its gaps filled."""

    def held_loss(self, model: Transformer) -> float:
        """Nats a hidden token on a part of the text that is held out."""
        held = self._material.held[:_PART]
        return gaps_guessed(model, held, self.lessons.context, *ends(self._material)).nats_per_token

    @torch.inference_mode()
    def sample(self, model: Transformer) -> str:
        """The first line that is held out, every sixth token filled by the model, in 〔〕."""
        tokenizer = self._material.tokenizer
        (before, after), mask = ends(self._material)
        line = lines(self._material, min(_SHOWN, self.lessons.context))[0]
        holes = np.arange(_EVERY // 2, len(line), _EVERY)
        shown = line.copy()
        shown[holes] = mask
        scores = model(torch.from_numpy(np.array([[*before, *shown, *after]])))[0, len(before) :]
        filled = dict(zip(holes.tolist(), scores[holes].argmax(-1).tolist(), strict=True))
        names = [name(tokenizer, one) for one in line.tolist()]
        return joined([f"〔{name(tokenizer, filled[at])}〕" if at in filled else one for at, one in enumerate(names)])


def ends(material: Material) -> tuple[Frame, int]:
    """The ids around a text, and that of the mask."""
    told = material.tokenizer.vocabulary
    return (told.before, told.after), told.special[MASK]


def lines(material: Material, longest: int) -> Sequence[np.ndarray]:
    """The tokens of the lines that are held out: long ones are cut, those too short to tell anything left out.

    Where all are too short, the text is taken without its lines.
    """
    found = (material.tokenizer.encode(line)[:longest] for line in material.held_text.splitlines())
    held = material.held[:longest]
    return [line.astype(np.int64) for line in found if len(line) >= min(_LEAST, longest)] or [held.astype(np.int64)]

"""How large a model is made for a text and a time, and how it learns: sizes that did well, not the best there are."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from armillary.language import Note
from armillary.learning.self_supervised.asked import SelfSupervised
from armillary.learning.self_supervised.material import SMALL, Material
from armillary.train.plan import Plan

SIZES = ((0.4, 64, 2), (1.0, 96, 3), (8.0, 128, 4), (30.0, 192, 6), (120.0, 256, 8), (float("inf"), 384, 10))
"""Up to so many minutes on two cores: d_model and blocks."""
D_HEAD = 32
CONTEXT, TOKENS = 128, 1536
"""Tokens in a window and in a step, of a model that learns for minutes; for an hour twice as many of both."""
FEWEST = 400
"""Steps: where there is time for fewer, they are made smaller."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is made.

    Attributes:
        d_vocab, d_model, n_layers, n_heads, d_mlp: the model's.
        context: tokens in a window.
        batch: windows in a step.
        plan: how it learns.
    """

    d_vocab: int
    d_model: int
    n_layers: int
    n_heads: int
    d_mlp: int
    context: int
    batch: int
    plan: Plan

    def facts(self) -> dict[str, Any]:
        """As JSON holds it."""
        facts = asdict(self)
        facts["plan"]["betas"] = list(self.plan.betas)
        return facts


def designed(material: Material, asked: SelfSupervised) -> Design:
    """The model for a text and a time; its plan's steps are those of a trial."""
    size = next(row for row, (minutes, _, _) in enumerate(SIZES) if asked.minutes <= minutes)
    if material.look.characters < SMALL:
        size = max(0, size - 1)
    d_model, n_layers = asked.d_model or SIZES[size][1], asked.n_layers or SIZES[size][2]
    wide = 2 if asked.minutes > 30 else 1
    context = asked.context or min(wide * CONTEXT, len(material.learned) // 4)
    batch = asked.batch or max(1, wide * wide * TOKENS // context)
    d_mlp = -(-d_model * 8 // 3 // 32) * 32
    even = [heads for heads in range(1, d_model // D_HEAD + 1) if d_model % (2 * heads) == 0]
    n_heads = max(even, default=1)
    plan = Plan(steps=1, rate=3e-3, matrices=0.02, warm=20, betas=(0.8, 0.95), decay=0.0, course="linear", cool=0.6,
                least=0.0)
    return Design(d_vocab=material.tokenizer.vocabulary.size, d_model=d_model, n_layers=n_layers, n_heads=n_heads,
                  d_mlp=d_mlp, context=context, batch=batch, plan=plan)


def fitted(
    design: Design, asked: SelfSupervised, tokens: int, tokens_per_second: float, epochs: int
) -> tuple[Design, list[Note]]:
    """The design with as many steps as fill the time, and smaller ones where that would be few; what there is to say.

    Args:
        design: for any pace.
        asked: for how long.
        tokens: in the text that is learned from.
        tokens_per_second: the pace.
        epochs: times through the text, at most: after that a model learns it by heart and guesses other text worse.
    """
    room = asked.minutes * 60 * tokens_per_second
    most = epochs * tokens
    notes = [] if room <= most else [Note(
        "the text is so short that {needed:.1f} of the {minutes:g} minutes lead through it {epochs} times; more would "
        "teach it by heart",
        {"epochs": epochs, "minutes": asked.minutes, "needed": most / tokens_per_second / 60},
    )]
    windows = min(room, most) / design.context
    batch = asked.batch or max(1, min(design.batch, round(windows / FEWEST)))
    steps = max(10, round(windows / batch))
    return replace(design, batch=batch, plan=replace(design.plan, steps=steps)), notes

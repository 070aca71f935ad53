"""What a run shows, as pictures: names, numbers and sentences for `draw`, which knows no models."""

from typing import TYPE_CHECKING

import numpy as np

from armillary.draw import Bar, Readings, arcs_svg, attention_svg, bars_svg, heads_svg, readings_svg, small
from armillary.language import printable, say
from armillary.shapes import Float32

if TYPE_CHECKING:
    from armillary.trace.attention import Attention
    from armillary.trace.contributions import Contribution, Contributions
    from armillary.trace.lens import Lens
    from armillary.trace.run import Run

LARGEST = 14
"""Parts of a score that are shown one by one."""
SHOWN = 12
"""Positions that a notebook shows of a lens."""


def seen(name: str) -> str:
    """A token on one line, with its blanks to be seen."""
    return printable(name).replace(" ", "␣")


def head_svg(attention: "Attention", head: int, columns: bool = False) -> str:
    """One head's pattern as a matrix."""
    title = say("Who listens to whom: block {block}, head {head}", block=attention.block, head=head)
    return attention_svg(attention.pattern(head), _names(attention), title, columns=columns)


def head_arcs_svg(attention: "Attention", head: int, position: int | None = None) -> str:
    """One head's pattern as arcs: of one position, or of all."""
    title = say("Who listens to whom: block {block}, head {head}", block=attention.block, head=head)
    return arcs_svg(attention.pattern(head), _names(attention), title, position=position)


def block_svg(attention: "Attention", columns: bool = False) -> str:
    """The patterns of all heads of a block side by side."""
    title = say("Who listens to whom: all heads of block {block}", block=attention.block)
    heads = [str(one) for one in range(attention.facts.n_heads)]
    return heads_svg([small_patterns(attention, columns)], [""], heads, title)


def blocks_svg(run: "Run", columns: bool = False) -> str:
    """The patterns of all heads of all blocks; each is made small before the next is made."""
    blocks = range(run.model.config.n_layers)
    patterns = [small_patterns(run.attention(block), columns) for block in blocks]
    heads = [str(one) for one in range(max(map(len, patterns)))]
    title = say("Who listens to whom: a row for each block, a column for each head")
    return heads_svg(patterns, [str(block) for block in blocks], heads, title)


def small_patterns(attention: "Attention", columns: bool = False) -> list[Float32[np.ndarray, "side side"]]:
    """All patterns of a block, of a size to be seen side by side; with who listens as columns, if so asked."""
    drawn = [small(attention.pattern(head)) for head in range(attention.facts.n_heads)]
    return [one.T for one in drawn] if columns else drawn


def readings(lens: "Lens") -> Readings:
    """A lens as a grid."""
    words = [[seen(some[0]) for some in layer] for layer in lens.names]
    return Readings(words, lens.chances[:, :, 0], [f"{depth:g}" for depth in lens.depths],
                    list(map(seen, lens.tokens)))


def lens_svg(lens: "Lens") -> str:
    """A lens as a grid of depth and position."""
    return readings_svg(readings(lens), say("What each depth would say"))


def bars(found: "Contributions", largest: int = LARGEST) -> list[Bar]:
    """The parts of a score, those first that add or take most, all others as one."""
    ordered = sorted(found.parts, key=lambda part: -abs(part.score))
    drawn = [Bar(named(part), part.score) for part in ordered[:largest]]
    rest = ordered[largest:]
    if rest:
        drawn.append(Bar(say("all {count} others", count=len(rest)), sum(part.score for part in rest)))
    return drawn


def contributions_svg(found: "Contributions") -> str:
    """The parts of a score as bars from zero."""
    title = say("What adds up to the score of {name}: {score:.3f}", name=seen(found.name), score=found.score)
    return bars_svg(bars(found), title)


def named(part: "Contribution") -> str:
    """A part of a score as people call it."""
    block, _, rest = part.part.partition(".")
    if part.part == "embed":
        return say("embedding")
    if rest.startswith("z."):
        return say("block {block}, head {head}", block=block, head=rest[2:])
    if rest == "mlp_out":
        return say("block {block}, MLP", block=block)
    return say("biases at the end") if part.part == "biases" else part.part


def run_html(run: "Run") -> str:
    """A run for a notebook: its tokens, and what each layer would say after the last of them."""
    if run.model.config.unembedding is None:
        return f"<pre>{_escaped('│'.join(map(seen, run.read.names)))}</pre>"
    positions = range(max(0, len(run) - SHOWN), len(run))
    return lens_svg(run.lens(positions))


def _names(attention: "Attention") -> list[str]:
    return [seen(name) for name in attention.tokens]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")

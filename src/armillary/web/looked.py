"""A text on its way through a model, and what steps in: what all questions about the inside have in common."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from armillary.errors import InputError
from armillary.web.library import Library
from armillary.web.schema import Name, Range, Size

if TYPE_CHECKING:
    from armillary.trace.run import Run

MOST = 512
"""Tokens of a text that is looked into: a pattern is a square of them."""
Prompt = Annotated[str, Size(16_384, 1)]
Places = Annotated[tuple[Name, ...], Size(64)]
Changes = Annotated[tuple[Annotated[str, Size(2_000, 1)], ...], Size(8)]
Layer = Annotated[int, Range(0, 10_000)]
Place = Annotated[int, Range(-MOST, MOST)]


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A text, the model that reads it, and what steps in.

    Attributes:
        silent: places that are put to silence, such as 5.z.3, a head.
        patched: places that say what they say in another text, as `5.resid_post@-1=The capital of Italy is`.
        steered: directions that are added, as `6: Love - Hate * 4`.
    """

    id: Name
    text: Prompt
    silent: Places = ()
    patched: Changes = ()
    steered: Changes = ()

    @property
    def changed(self) -> bool:
        """Whether anything steps in."""
        return bool(self.silent or self.patched or self.steered)


def run_of(library: Library, asked: Looked, plain: bool = False) -> "Run":
    """The text on its way, read once for all questions about it; with nothing stepping in if `plain`.

    Raises:
        InputError: it has more tokens than are looked into at once.
    """
    changes = ((), (), ()) if plain else (asked.silent, asked.patched, asked.steered)
    found: Run = library.once(("run", asked.id, asked.text, *changes), lambda: _read(library, asked, plain))
    return found


def _read(library: Library, asked: Looked, plain: bool) -> "Run":
    from armillary.trace.written import Written, changes

    model = library.model(asked.id)
    run = model.trace(asked.text)
    if len(run) > MOST:
        raise InputError("the text has {count} tokens; this looks into {most} at most", count=len(run), most=MOST)
    if asked.changed and not plain:
        written = Written(asked.silent, (), asked.patched, asked.steered)
        run = model.trace(asked.text, *changes(model, written))
    _ = run.points
    return run

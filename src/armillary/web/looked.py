"""A text on its way through a model, and what steps in: what all questions about the inside have in common."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from armillary.errors import InputError
from armillary.web.library import Library
from armillary.web.patience import still_wanted
from armillary.web.schema import Name, Range, Size

if TYPE_CHECKING:
    from armillary.trace.run import Run

SHOWN = 512
"""Positions of a text that a picture shows at once: a pattern is a square of them."""
MEMORY = 1 << 30
"""Bytes that a text on its way may take: what lies between the blocks, and the squares of heads where they are made."""
Prompt = Annotated[str, Size(400_000, 1)]
Places = Annotated[tuple[Name, ...], Size(64)]
Changes = Annotated[tuple[Annotated[str, Size(2_000, 1)], ...], Size(8)]
Layer = Annotated[int, Range(0, 10_000)]
Place = Annotated[int, Range(-400_000, 400_000)]


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
        InputError: it has more tokens than the context of the model, or than there is memory for.
    """
    changes = ((), (), ()) if plain else (asked.silent, asked.patched, asked.steered)
    found: Run = library.once(("run", asked.id, asked.text, *changes), lambda: _read(library, asked, plain))
    return found


class Watched:
    """A tap that changes nothing, and ends a reading for which nobody waits any more."""

    def __call__(self, place: str, x: Any) -> Any:
        """x, as it is."""
        still_wanted()
        return x

    def wants(self, place: str) -> bool:
        """Nothing that is not there anyway."""
        return False


def _read(library: Library, asked: Looked, plain: bool) -> "Run":
    from armillary.trace.written import Written, changes

    model = library.model(asked.id)
    run = model.trace(asked.text, Watched())
    _room(run)
    if asked.changed and not plain:
        written = Written(asked.silent, (), asked.patched, asked.steered)
        run = model.trace(asked.text, Watched(), *changes(model, written))
        _room(run)
    _ = run.points
    return run


def _room(run: "Run") -> None:
    """Refuse, before anything is read, a text that takes more memory than is given to it."""
    squares = 0
    for block, one in enumerate(run.model.config.blocks):
        wanted = run.tap and any(run.tap.wants(f"blocks.{block}.{name}") for name in ("scores", "pattern"))
        if wanted or one.attention.softcap:
            squares = max(squares, one.attention.n_heads * len(run) ** 2 * 4)
    if run.nbytes + squares > MEMORY:
        raise InputError("to look into {count} tokens this model needs {needed} MB of memory; this takes {most} MB at "
                         "most: shorten the text", count=len(run), needed=(run.nbytes + squares) >> 20,
                         most=MEMORY >> 20)


def shown(run: "Run", last: int) -> range:
    """The positions that a picture shows: those up to `last`, at most `SHOWN`; more after it where fewer stand before.

    Raises:
        InputError: there is no such position.
    """
    from armillary.trace.where import inside

    end = max(inside(last, len(run)) + 1, min(SHOWN, len(run)))
    return range(max(0, end - SHOWN), end)

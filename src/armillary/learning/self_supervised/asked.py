"""What may be asked of any model that a text becomes; all that is left unsaid is chosen by looking at the text."""

from collections.abc import Callable
from dataclasses import dataclass

from armillary.errors import InputError
from armillary.learning.reports import never
from armillary.learning.self_supervised.reports import Progress, nobody
from armillary.learning.watched import Seen, unseen


@dataclass(frozen=True, kw_only=True)
class SelfSupervised:
    """What may be asked of it.

    Attributes:
        minutes: how long it may learn; the model is made as large as is good for that time.
        steps: how many steps in place of what the pace of this machine gives: repeats an earlier plan bit for bit.
        d_model, n_layers, context, batch: the size; chosen if None.
        seed: of all that is drawn.
        snapshot_seconds: how often all is saved beside the output.
        resume: go on from what is saved there.
        force: replace what is there.
        share: of several processes each holds some rows of every tensor, not all of the model (see `sharded`).
        progress: told how far it is.
        seen: shown the rows of W_E of the commonest tokens at each look.
        enough: asked after each step whether to end there, with what is learned.
    """

    minutes: float = 2.0
    steps: int | None = None
    d_model: int | None = None
    n_layers: int | None = None
    context: int | None = None
    batch: int | None = None
    seed: int = 1
    snapshot_seconds: float = 60.0
    resume: bool = False
    force: bool = False
    share: bool = False
    progress: Progress = nobody
    seen: Seen = unseen
    enough: Callable[[], bool] = never

    def __post_init__(self) -> None:
        if not 0 < self.minutes < 1e6:
            raise InputError("minutes is a number above 0, not {value}", value=self.minutes)

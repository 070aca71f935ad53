"""What a browser will ask first, begun while the server is still being put together."""

import threading
from contextlib import suppress

from armillary.errors import ArmillaryError
from armillary.web.library import Library


def begin(library: Library) -> None:
    """Place the points of the first space, in a thread of its own; whoever asks for them later waits for that."""
    threading.Thread(target=_place, args=(library,), name="armillary-ahead", daemon=True).start()


def _place(library: Library) -> None:
    from armillary.web.maps import MapQuestion, placed

    with suppress(ArmillaryError):
        for item in library.of_kind("space"):
            placed(library, MapQuestion(item.id))
            return

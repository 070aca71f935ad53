"""Every error that Armillary raises on purpose.

    ArmillaryError                  shown to the user in one line; exit code 1
    ├── InputError (ValueError)     what was asked cannot be answered
    │   └── UnknownLabel (KeyError) a word that the space does not hold; exit code 3
    ├── NotFound                    a file or a name on the shelf that is not there; exit code 3
    ├── FileError (path)            something about one file
    │   ├── UnknownFormat           not a file that we read; the message says what it is
    │   ├── DamagedFile (offset)    cut, corrupt, or lying about itself; the message says where
    │   └── OutputExists            refused without --force
    ├── FetchFailed                 the shelf could not bring something here
    ├── Diverged                    a learning that leads nowhere
    └── MissingExtra (ImportError)  an optional package is not installed; exit code 4

Messages are English sentences with {placeholders}, the facts are attributes, and `str()` gives the sentence in the
current language (see `language`). A message says what is wrong, where, and what to do next.
"""

from collections.abc import Sequence
from pathlib import Path

from armillary.language import say


class ArmillaryError(Exception):
    """An error with a sentence for the user and the facts that fill it."""

    exit_code = 1

    def __init__(self, message: str, /, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        return say(self.message, **self.facts)


class ArmillaryWarning(UserWarning):
    """Something odd that was accepted, and counted: the work goes on."""


class InputError(ArmillaryError, ValueError):
    """What was asked cannot be answered."""


class UnknownLabel(InputError, KeyError):
    """A label that the space does not hold, with the nearest spellings that it does."""

    exit_code = 3

    def __init__(self, label: str, near: Sequence[str] = (), tokens: bool = False) -> None:
        super().__init__(
            "{label!r} is not in this space, nor anything spelled like it." if not near else
            "{label!r} is not one token of this model: it is cut into several. Near spellings: {listed}." if tokens else
            "{label!r} is not in this space. Near spellings: {listed}.",
            label=label, listed=", ".join(near),
        )
        self.label = label
        self.near = tuple(near)


class NotFound(ArmillaryError):
    """No such file, and no such name on the shelf."""

    exit_code = 3


class FileError(ArmillaryError):
    """Something about one file; its path comes first in the message."""

    def __init__(self, path: str | Path, message: str, /, **facts: object) -> None:
        super().__init__(message, **facts)
        self.path = str(path)

    def __str__(self) -> str:
        return f"{say('{path}', path=self.path)}: {super().__str__()}"


class UnknownFormat(FileError):
    """Not a file that Armillary reads; the message says what it is."""


class DamagedFile(FileError):
    """A file that is cut, corrupt or lies about itself.

    Attributes:
        offset: the byte at which it was seen, where one can be named.
    """

    def __init__(self, path: str | Path, message: str, /, offset: int | None = None, **facts: object) -> None:
        super().__init__(path, message, offset=offset, **facts)
        self.offset = offset


class OutputExists(FileError):
    """The output is already there."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path, "is already there; --force (in Python force=True) replaces it.")


class FetchFailed(ArmillaryError):
    """The shelf could not bring something here."""


class Diverged(ArmillaryError):
    """A learning that leads nowhere: the loss is no number any more, or above that of knowing nothing."""


class MissingExtra(ArmillaryError, ImportError):
    """An optional package is not installed; `extra` names the extra that brings it ("" where none does)."""

    exit_code = 4

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(
            "this needs {module}, which is not installed. Install it with: pip install {what}",
            module=module,
            what=f"'armillary[{extra}]'" if extra else module,
        )
        self.extra = extra

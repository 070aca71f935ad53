"""A language model in several GGUF files: `name-00001-of-00003.gguf` and so on, as llama.cpp's gguf-split writes them.

Each part says which it is (`split.no`, from 0), of how many (`split.count`), and how many tensors all of them hold
(`split.tensors.count`). All other facts are in the first.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from armillary.errors import DamagedFile

_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


def parts_of(path: Path) -> list[Path]:
    """All files of the model that `path` belongs to, in order; `path` alone if its name is not that of a part.

    Raises:
        DamagedFile: a part is not there, or the name is of a part that there cannot be.
    """
    match = _PART.search(path.name)
    if match is None or not path.exists():
        return [path]
    number, count = int(match[1]), int(match[2])
    if not 1 <= number <= count:
        raise DamagedFile(path, "is named as part {number} of {count}, which there cannot be",
                          number=number, count=count)
    parts = []
    for one in range(1, count + 1):
        part = path.with_name(f"{path.name[: match.start()]}-{one:05}-of-{match[2]}.gguf")
        if not part.exists():
            raise DamagedFile(path, "is a part of a model of which {name} is missing; it must lie beside it",
                              name=part.name)
        parts.append(part)
    return parts


def check_part(path: Path, facts: Mapping[str, object], number: int, count: int) -> None:
    """Hold what a part says of itself against its name.

    Args:
        path: the part.
        facts: its facts.
        number: which it is by its name, from 0.
        count: how many there are, by the names.

    Raises:
        DamagedFile: it says otherwise.
    """
    stated = stated_number(path, facts, "split.count", 1) or 1
    if stated != count and count == 1:
        raise DamagedFile(path, "is one of {count} parts of a model, and is not named like one. Name them "
                          "name-00001-of-{count:05}.gguf and so on, all in one folder", count=stated)
    if stated != count:
        raise DamagedFile(path, "is named as one of {count} parts, and says that there are {stated}",
                          count=count, stated=stated)
    if (stated := stated_number(path, facts, "split.no", number)) != number:
        raise DamagedFile(path, "is named as part {number}, and says that it is part {stated}",
                          number=number + 1, stated=stated + 1)


def stated_number(path: Path, facts: Mapping[str, object], name: str, default: int) -> int:
    """A fact that must be a whole number.

    Raises:
        DamagedFile: it is none.
    """
    stated = facts.get(name, default)
    if type(stated) is not int:
        raise DamagedFile(path, "states {name!r}, which is no whole number", name=name)
    return stated

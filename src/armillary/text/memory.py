"""How much memory may still be taken."""

import os
from pathlib import Path

GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells the limits of a container (cgroup v2)."""


def available() -> int:
    """Bytes of memory that this machine, or the container on it, can still give; where none says, a round guess."""
    return min(_of_machine(), _of_container())


def _of_machine() -> int:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError, AttributeError):
        return 4 << 30


def _of_container() -> int:
    """What its limit leaves; what is used for files does not count, since it is given back when it is needed."""
    try:
        most, used = (int((GROUP / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
        stat = dict(line.split() for line in (GROUP / "memory.stat").read_text(encoding="ascii").splitlines())
        return max(0, most - used + int(stat["inactive_file"]))
    except (OSError, ValueError, KeyError):  # no container, or one without a limit ("max")
        return 1 << 62

"""How much memory a vocabulary may take."""

import os
from pathlib import Path


def available() -> int:
    """Bytes of memory that this machine can still give; where it does not say, a round guess."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError, AttributeError):
        return 4 << 30

"""The one door to optional packages."""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import platformdirs

from armillary.errors import MissingExtra

EXTRAS = {
    "numba": "fast",
    "torch": "lm",
    "pyarrow": "table",
    "openTSNE": "map",
    "zstandard": "zstd",
    "sklearn": "sklearn",
    "pandas": "",
}


def have(module: str) -> bool:
    """Whether an optional package is installed, found without importing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def need(module: str) -> Any:
    """Import an optional package (`"pyarrow.parquet"` too), or raise MissingExtra with the line that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtra(package, EXTRAS[package]) from error


def numba_cache() -> None:
    """Point numba's cache of compiled kernels at a folder of the user's own; call before importing numba.

    The cache holds pickles that numba reads back, so it must not lie in a place that others may write to (as the
    default, beside the source, could be), nor be shipped.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(platformdirs.user_cache_path("armillary") / "numba"))

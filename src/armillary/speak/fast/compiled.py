"""Kernels as machine code: compiled by numba once, kept on the disk, and loaded without numba ever after.

Importing numba takes most of a second and 70 MB; loading what it compiled takes neither. What is kept lies in a folder
of the user's own, since whoever may write there may have this process run it; its name holds a hash of all that it
depends on: the source, the versions, the processor.
"""

import ctypes
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import platformdirs

from armillary.errors import FileError
from armillary.extras import need, numba_cache
from armillary.formats.aside import file_aside

FORWARD, PRODUCT, QUANTISE, ORDER, SERVE = range(5)
"""Tasks of the entry, with their four numbers:

    FORWARD     address of a MODEL, round, -, -     the first thread's part, and to wait for the others'
    PRODUCT     address of a MATRIX, address of eight numbers (`kernels.Inputs`), rows, address of the outcome
    QUANTISE    address of float32, groups of 32, addresses of levels and steps
    ORDER       address of a MODEL, round, -, -     and to note which threads sleep and must be called
    SERVE       address of a MODEL, thread, -, -    a thread's part of all rounds, until none is ordered for a while
"""

SOURCES = ("bytes_dot", "entry", "keeping", "kernels", "layouts", "listening", "records", "rounds", "rows", "sync",
           "tile", "vectors")
"""The modules that machine code is made of."""


@dataclass(frozen=True)
class Kernels:
    """What was compiled.

    Attributes:
        entry: does a task; from any thread, and lets others run meanwhile.
        one: the address of the function that multiplies a tile with one row.
        several: that of the one for COLUMNS rows.
    """

    entry: Callable[[int, int, int, int, int], int]
    one: int
    several: int


@cache
def kernels() -> Kernels:
    """The kernels, ready to be called.

    Raises:
        MissingExtra: numba is not installed.
    """
    need("llvmlite")
    try:
        listed = _read(_path())
    except (OSError, ValueError, KeyError):
        numba_cache()
        need("numba")
        from armillary.speak.fast.entry import compile_all

        listed = list(compile_all())
        _keep(_path(), listed)
    return _loaded(listed)


def are_compiled() -> bool:
    """Whether the kernels are there already; else the first start takes seconds more."""
    return _path().exists()


def step_back() -> int:
    """The address of the system's function that lets another thread have the processor."""
    if sys.platform == "win32":
        return ctypes.cast(ctypes.WinDLL("kernel32").SwitchToThread, ctypes.c_void_p).value or 0
    function = ctypes.CDLL(None).sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value or 0


@cache
def _path() -> Path:
    """Where they are kept, by a hash of all that machine code depends on."""
    binding = need("llvmlite.binding")
    told = [*_installed("numba"), *_installed("llvmlite"), binding.get_process_triple(), binding.get_host_cpu_name(),
            binding.get_host_cpu_features().flatten(),
            *(os.environ.get(f"NUMBA_{name}", "") for name in ("CPU_NAME", "CPU_FEATURES", "OPT"))]
    digest = sha256("\n".join(told).encode())
    for name in SOURCES:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_path("armillary") / "numba")
    return folder / f"engine-{digest.hexdigest()[:32]}.kernels"


def _installed(package: str) -> list[str]:
    """What lies beside a package by its name and version; `importlib.metadata`, which reads it, takes 20 ms more."""
    found = find_spec(package)
    if found is None or found.origin is None:
        return []
    return sorted(path.name for path in Path(found.origin).parents[1].glob(f"{package}-*"))


def _read(path: Path) -> list[tuple[str, bytes]]:
    """A line of JSON with names and sizes, and the object files one after the other."""
    head, _, code = path.read_bytes().partition(b"\n")
    found, at = [], 0
    for name, size in json.loads(head):
        if at + size > len(code):
            raise ValueError
        found.append((str(name), code[at : at + size]))
        at += size
    return found


def _keep(path: Path, listed: list[tuple[str, bytes]]) -> None:
    """Keep them if that can be; who cannot write there compiles again the next time."""
    head = json.dumps([[name, len(code)] for name, code in listed]).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with file_aside(path, force=True) as file:
            file.write(b"\n".join([head, b"".join(code for _, code in listed)]))
    except (OSError, FileError):
        return


_KEPT: list[Any] = []
"""Code lives as long as the engines that loaded it, and so do the places where it puts what it gives and raises."""


def _loaded(listed: list[tuple[str, bytes]]) -> Kernels:
    binding = need("llvmlite.binding")
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    addresses = []
    for name, code in listed:
        machine = binding.Target.from_default_triple().create_target_machine()
        engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        engine.add_object_file(binding.ObjectFileRef.from_data(code))
        engine.finalize_object()
        _KEPT.append(engine)
        addresses.append(engine.get_function_address(name))
    places = ctypes.c_int64(), ctypes.c_void_p()
    _KEPT.append(places)
    function = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int64] * 5)(addresses[0])
    unused = [ctypes.addressof(place) for place in places]
    return Kernels(lambda *numbers: int(function(*unused, *numbers)), addresses[1], addresses[2])

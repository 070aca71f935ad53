"""Kernels as machine code: compiled by numba once, kept on the disk, and loaded without numba ever after.

Importing numba takes most of a second and 70 MB; loading what it compiled takes neither. What is kept lies in a folder of
the user's own, since whoever may write there may have this process run it; its name holds a hash of all that it depends
on: the source, the versions, the processor.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import platformdirs

from armillary.errors import FileError
from armillary.extras import need, numba_cache
from armillary.formats.aside import file_aside

FORWARD, PRODUCT, QUANTISE, LISTEN = range(4)
"""Tasks of the entry, with their four numbers:

    FORWARD     address of a MODEL, thread, -, -
    PRODUCT     address of a MATRIX, address of six numbers (`kernels.Inputs`), rows, address of the outcome
    QUANTISE    address of float32, groups of 32, addresses of levels and steps
    LISTEN      addresses of a MODEL and a BLOCK, -, -: one thread places heads and listens
"""
Kernel = Callable[[int, int, int, int, int], int]


@cache
def kernel() -> Kernel:
    """The entry, ready to be called: from any thread, which lets others run meanwhile.

    Raises:
        MissingExtra: numba is not installed.
    """
    need("llvmlite")
    path = _folder() / f"engine-{_key()}.o"
    try:
        content = path.read_bytes()
        name, _, code = content.partition(b"\n")
    except OSError:
        name, code = _compile()
        _keep(path, name + b"\n" + code)
    return _loaded(name.decode(), code)


def is_compiled() -> bool:
    """Whether the kernels are there already; else the first start takes about ten seconds more."""
    return (_folder() / f"engine-{_key()}.o").exists()


def step_back() -> int:
    """The address of the system's function that lets another thread have the processor."""
    function = ctypes.WinDLL("kernel32").SwitchToThread if sys.platform == "win32" else ctypes.CDLL(None).sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def _folder() -> Path:
    return Path(os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_path("armillary") / "numba")


@cache
def _key() -> str:
    """A hash of all that the machine code depends on."""
    binding = need("llvmlite.binding")
    told = [version("numba"), version("llvmlite"), binding.get_process_triple(), binding.get_host_cpu_name(),
            binding.get_host_cpu_features().flatten(),
            *(os.environ.get(f"NUMBA_{name}", "") for name in ("CPU_NAME", "CPU_FEATURES", "OPT"))]
    digest = sha256("\n".join(told).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _compile() -> tuple[bytes, bytes]:
    numba_cache()
    need("numba")
    from armillary.speak.fast.entry import compile_entry

    code, name = compile_entry()
    return name.encode(), code


def _keep(path: Path, content: bytes) -> None:
    """Keep it if that can be; who cannot write there compiles again the next time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with file_aside(path, force=True) as file:
            file.write(content)
    except (OSError, FileError):
        return


_ENGINES: list[Any] = []
"""Code lives as long as the engine that loaded it."""


def _loaded(name: str, code: bytes) -> Kernel:
    binding = need("llvmlite.binding")
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine()
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _ENGINES.append(engine)
    function = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int64] * 5)(
        engine.get_function_address(name))
    outcome, error = ctypes.c_int64(), ctypes.c_void_p()  # where compiled functions put what they give and raise
    places = ctypes.addressof(outcome), ctypes.addressof(error)
    _ENGINES.append((outcome, error))
    return lambda task, a=0, b=0, c=0, d=0: int(function(*places, task, a, b, c, d))

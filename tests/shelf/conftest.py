"""A catalogue, wheels and an index of the tests' own: nothing here needs a network."""

import hashlib
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from armillary.shelf import Shelf


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Workbench:
    """Makes wheels and a catalogue that lists them; `shelf()` is the shelf of both."""

    def __init__(self, folder: Path) -> None:
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        self.catalogue = folder / "catalogue.toml"
        self.home = folder / "home"
        self.text = ""

    def wheel(self, package: str, files: dict[str, bytes]) -> Path:
        """A wheel of version 1.0 that holds `files`, by its path in the wheel."""
        path = self.wheels / f"{package.replace('-', '_')}-1.0-py3-none-any.whl"
        info = f"{package.replace('-', '_')}-1.0.dist-info"
        tag = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
            archive.writestr(f"{info}/WHEEL", tag)
            archive.writestr(f"{info}/RECORD", "")
        return path

    def entry(self, name: str, more: str = "", licence: str = "") -> None:
        """Begin an entry; `listed` or a hub table goes on with it."""
        self.text += (f'[[entry]]\nname = "{name}"\nkind = "tokenizer"\nabout.en = "a thing"\nabout.zh = "东西"\n'
                      f'licence = {{ name = "CC0-1.0", url = "https://example.org/licence"{licence} }}\n{more}\n')

    def listed(self, wheel: Path, takes: dict[str, tuple[str, bytes]], sha: str = "") -> None:
        """List a wheel under the entry just begun; `takes` gives, by path inside, the name kept and the content."""
        package = wheel.name.partition("-1.0")[0].replace("_", "-")
        content = wheel.read_bytes()
        self.text += (f'[[entry.wheel]]\npackage = "{package}"\nversion = "1.0"\nsize = {len(content)}\n'
                      f'sha256 = "{sha or sha256(content)}"\n')
        for path, (under, taken) in takes.items():
            self.text += f'[[entry.wheel.take]]\npath = "{path}"\nas = "{under}"\nsha256 = "{sha256(taken)}"\n'

    def thing(self, name: str = "thing", content: bytes = b"ranks\n" * 1000, **entry: str) -> Shelf:
        """A shelf that lists one entry, of one wheel with one file in it."""
        wheel = self.wheel(f"{name}-data", {"data/thing.tiktoken": content})
        self.entry(name, **entry)
        self.listed(wheel, {"data/thing.tiktoken": ("thing.tiktoken", content)})
        return self.shelf()

    def shelf(self) -> Shelf:
        self.catalogue.write_text(self.text, encoding="utf-8")
        return Shelf(self.catalogue, self.home / "shelf")

    def fetched(self, shelf: Shelf, name: str = "thing") -> Path:
        """Lay the entry's wheels where a killed run would have left them, which saves a test the start of pip."""
        part = self.home / "shelf" / f".{name}.part"
        part.mkdir(parents=True, exist_ok=True)
        for wheel in shelf.entry(name).wheels:
            path = self.wheels / f"{wheel.package.replace('-', '_')}-1.0-py3-none-any.whl"
            laid = shutil.copy(path, part / f"{wheel.sha256}.whl")
        return laid

    def left(self) -> set[str]:
        """What lies on the shelf, locks left out."""
        folder = self.home / "shelf"
        return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")} if folder.exists() else set()

    def command(self, body: str) -> list[str]:
        """A command that runs `body` in a process of its own, with `shelf` at hand."""
        start = f"""if True:
            from pathlib import Path
            from armillary.shelf import Shelf
            shelf = Shelf(Path({str(self.catalogue)!r}), Path({str(self.home / "shelf")!r}))
        """
        return [sys.executable, "-c", start + "\n" + body]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A workbench whose wheels are all that pip can see."""
    made = Workbench(tmp_path)
    for name in list(os.environ):
        if name.startswith(("PIP_", "HF_", "ARMILLARY_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.wheels))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return made

"""What benchmarks work on, made once in the user's cache: the peers' environments, and the files that both read."""

import os
import subprocess
import sys
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import platformdirs

from armillary.errors import ArmillaryError
from armillary.formats.points import Points
from armillary.formats.sniff import write
from armillary.formats.store import MANIFEST
from armillary.opening import located
from armillary.space import Space
from compare import measured, task
from sides.measure import random_points

CACHE = platformdirs.user_cache_path("armillary") / "bench"
OURS = Path(sys.executable)
PINS = {
    "gensim": ["gensim==4.4.0"], "faiss": ["faiss-cpu==1.15.1", "numpy==2.4.6"],
    "transformers": ["transformers==5.23.0", "torch==2.13.0", "gguf==0.19.0", "accelerate==1.15.0"],
    "datasets": ["datasets==5.2.0", "tokenizers==0.23.3"],
    "llama_cpp": ["llama-cpp-python==0.3.36", "numpy==2.4.6"],  # built here: needs cmake and a C++ compiler
    "transformerlens": ["transformer_lens==4.3.0", "transformers==5.23.0", "torch==2.13.0"],
}  # fmt: skip


def peer(name: str) -> Path:
    """The Python of a peer's virtual environment; ARMILLARY_BENCH_GENSIM, for instance, may name another."""
    if given := os.environ.get(f"ARMILLARY_BENCH_{name.upper()}"):
        return Path(given)
    folder = CACHE / PINS[name][0]
    python, done = folder / "bin" / "python", folder / "done"
    if not done.exists():
        print(f"making an environment for {PINS[name][0]} in {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINS[name]], check=True)
        done.touch()
    return python


class Material:
    """The files made from one native store.

    Attributes:
        store: the store.
    """

    def __init__(self, target: str) -> None:
        try:
            self.store = located(target)
        except ArmillaryError as error:
            raise SystemExit(str(error)) from error
        manifest = (self.store / MANIFEST).read_bytes()
        self._folder = CACHE / "made" / sha256(manifest).hexdigest()[:16]
        self._folder.mkdir(parents=True, exist_ok=True)

    @property
    def vectors(self) -> Path:
        """The matrix, which lies in the store as a plain .npy."""
        return next(self.store.glob("vectors-*.npy"))

    @cached_property
    def labels(self) -> Path:
        """The labels, one a line."""
        path = self._folder / "labels.txt"
        if not path.exists():
            path.write_text("".join(f"{label}\n" for label in Space.load(self.store)), encoding="utf-8")
        return path

    @cached_property
    def text(self) -> Path:
        """The space as GloVe's text."""
        path = self._folder / "vectors.glove.txt"
        if not path.exists():
            space = Space.load(self.store)
            write(Points(space.labels, space.vectors), path)
        return path

    @cached_property
    def saved(self) -> Path:
        """The space as gensim saves it."""
        path = self._folder / "vectors.kv"
        if not path.exists():
            side = task(peer("gensim"), "gensim_side", "save",
                        vectors=str(self.vectors), labels=str(self.labels), out=str(path))
            measured(side)
        return path


def random_binary(rows: int, dim: int) -> Path:
    """Random vectors as word2vec's binary file."""
    path = CACHE / "made" / f"random-{rows}x{dim}.bin"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        labels, vectors = random_points(rows, dim)
        write(Points(labels, vectors), path)
    return path

"""The fast engine: held to its plain twin and to torch, and to itself however a text is read and however many work."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from armillary.errors import DamagedFile, InputError, UnknownFormat
from armillary.formats.gguf import read_gguf
from armillary.published.gguf import model_of
from armillary.published.gguf_blocks import GgufBlocks
from armillary.speak.engine import Engine, Reading
from armillary.speak.fast import engine as fast
from armillary.speak.fast import plain
from armillary.speak.fast.engine import FastEngine
from armillary.speak.fast.fits import obstacle
from armillary.speak.fast.kept import tiles_of
from armillary.speak.torch_engine import TorchEngine
from tests.speak.fast.tiny import ARCHITECTURES, D_VOCAB, N_CTX, source, tiny_gguf

IDS = [number * 7 % D_VOCAB for number in range(1, 41)]
Made = Callable[..., FastEngine]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fast")


@pytest.fixture(scope="module")
def made(folder: Path) -> Made:
    def make(kind: str = "Q4_1", architecture: str = "llama", threads: int = 1) -> FastEngine:
        return FastEngine(source(folder / f"{architecture}-{kind}.gguf", kind, architecture), folder, threads)

    return make


def rows(engine: Engine, ids: list[int] = IDS) -> np.ndarray:
    return np.concatenate(list(engine.start().rows(ids)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("kind", ["F32", "Q8_0"])
def test_scores_are_those_of_the_plain_twin(made: Made, folder: Path, architecture: str, kind: str) -> None:
    engine = made(kind, architecture, 2)
    there = source(folder / f"{architecture}-{kind}.gguf")
    expected = plain.forward(there, tiles_of(there, folder), IDS)
    found = rows(engine)
    assert isinstance(engine, Engine)
    assert found.dtype == np.float32
    # a number that lies between two levels may go to either: then scores differ by a little more than rounding
    assert np.abs(found - expected).mean() < (1e-4 if kind == "F32" else 1e-2) * expected.std()


@pytest.mark.parametrize(("architecture", "kind", "apart"), [
    *((one, "F16", 2e-3) for one in ARCHITECTURES), ("llama", "Q4_K", 0.03), ("llama", "Q6_K", 0.03),
    ("gemma3", "Q5_0", 0.03), ("llama", "BF16", 2e-3),
])
def test_scores_are_near_those_of_torch(made: Made, folder: Path, architecture: str, kind: str, apart: float) -> None:
    found = rows(made(kind, architecture))
    expected = rows(TorchEngine(model_of(read_gguf(folder / f"{architecture}-{kind}.gguf"))))
    assert np.abs(found - expected).mean() < apart * expected.std()


@pytest.mark.parametrize("kind", ["Q4_1", "F16"])
@pytest.mark.parametrize("count", [1, 17, 511, 512])
def test_read_at_once_or_token_by_token_gives_the_same_bits(made: Made, kind: str, count: int) -> None:
    ids = [number * number % D_VOCAB for number in range(count)]
    engine = made(kind, "gemma3")
    at_once, one_by_one = engine.start(), engine.start()
    expected = at_once.read(ids)
    for one in ids:
        found = one_by_one.read([one])
    assert isinstance(at_once, Reading)
    assert at_once.n_tokens == one_by_one.n_tokens == count
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(at_once.read([3]), one_by_one.read([3]))


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt2"])
def test_any_number_of_threads_gives_the_same_bits(made: Made, architecture: str) -> None:
    expected = rows(made("Q8_0", architecture, 1))
    for threads in (2, 3):
        engine = made("Q8_0", architecture, threads)
        np.testing.assert_array_equal(rows(engine), expected)
        reading = engine.start()
        one_by_one = [reading.read([one]) for one in IDS]
        np.testing.assert_array_equal(one_by_one, expected)


def test_rows_come_in_blocks(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = rows(made())
    monkeypatch.setattr(fast, "NUMBERS", 3 * D_VOCAB)
    found = list(made().start().rows(IDS[:7]))
    assert [len(one) for one in found] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate(found), expected[:7])


def test_two_texts_are_read_side_by_side(made: Made) -> None:
    engine = made()
    one, other = engine.start(), engine.start()
    one.read(IDS[:5])
    other.read(IDS[20:25])
    np.testing.assert_array_equal(one.read(IDS[5:9]), engine.start().read(IDS[:9]))
    np.testing.assert_array_equal(other.read(IDS[25:30]), engine.start().read(IDS[20:30]))


def test_what_cannot_be_read_is_an_error(made: Made) -> None:
    reading = made("F32", "gpt2").start()
    with pytest.raises(InputError, match="no tokens"):
        reading.read([])
    with pytest.raises(InputError, match=f"token {D_VOCAB} is beyond the {D_VOCAB} rows"):
        reading.read([1, D_VOCAB])
    with pytest.raises(InputError, match=f"context of {N_CTX}"):
        reading.read([1] * (N_CTX + 1))
    assert reading.n_tokens == 0


def test_models_that_do_not_fit_say_why(folder: Path) -> None:
    assert obstacle(source(folder / "fits.gguf")) == ""
    assert obstacle(source(folder / "iq4.gguf", "IQ4_NL")) == "IQ4_NL"
    narrow = tiny_gguf(folder / "narrow.gguf", "F32", d_model=48)
    assert obstacle(GgufBlocks(read_gguf(narrow))) == "width"


def test_tensors_that_do_not_fit_are_refused(folder: Path) -> None:
    good = read_gguf(tiny_gguf(folder / "good.gguf", "F32"))
    lacking = {name: one for name, one in good.tensors.items() if name != "blk.1.ffn_up.weight"}
    with pytest.raises(DamagedFile, match=r"lacks the tensor 'blk\.1\.ffn_up\.weight'"):
        GgufBlocks(type(good)(good.path, good.facts, lacking))
    more = good.tensors | {"blk.0.other.weight": good.tensors["blk.0.ffn_up.weight"]}
    with pytest.raises(UnknownFormat, match=r"no place for, such as 'blk\.0\.other\.weight'"):
        GgufBlocks(type(good)(good.path, good.facts, more))
    wrong = good.tensors | {"blk.0.ffn_up.weight": good.tensors["token_embd.weight"]}
    with pytest.raises(DamagedFile, match="of shape"):
        GgufBlocks(type(good)(good.path, good.facts, wrong))


def test_there_is_no_torch_in_the_process(made: Made, folder: Path) -> None:
    made("Q4_1")  # its tiles and the kernels are there
    script = (
        "import sys; from pathlib import Path; from armillary.formats.gguf import read_gguf\n"
        "from armillary.published.engines import fast_engine\n"
        f"file, folder = Path({str(folder / 'llama-Q4_1.gguf')!r}), Path({str(folder)!r})\n"
        "engine = fast_engine(read_gguf(file), '', folder)\n"
        "assert engine.start().read([1, 2, 3]).shape == (40,)\n"
        "assert not {'torch', 'numba'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

"""The fast engine: held to its plain twin and to torch, and to itself however a text is read and however many work."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from armillary.errors import ArmillaryWarning, DamagedFile, InputError, UnknownFormat
from armillary.formats.gguf import read_gguf
from armillary.published.engines import fast_engine
from armillary.published.gguf import model_of
from armillary.published.gguf_blocks import GgufBlocks
from armillary.speak.engine import Engine, Reading
from armillary.speak.fast import engine as fast
from armillary.speak.fast import plain
from armillary.speak.fast.engine import FastEngine
from armillary.speak.fast.fits import obstacle
from armillary.speak.fast.kept import tiles_of
from armillary.speak.fast.room import Kept
from armillary.speak.sample import Sampling
from armillary.speak.together import rounds
from armillary.speak.torch_engine import TorchEngine
from armillary.speak.write import Limits, Writing
from tests.speak.fast.tiny import ARCHITECTURES, D_VOCAB, N_CTX, Sizes, source, tiny_gguf

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


def all_rows(engine: Engine, ids: list[int] = IDS) -> np.ndarray:
    return np.concatenate(list(engine.start().rows(ids)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("kind", ["F32", "Q8_0"])
def test_scores_are_those_of_the_plain_twin(made: Made, folder: Path, architecture: str, kind: str) -> None:
    engine = made(kind, architecture, 2)
    there = source(folder / f"{architecture}-{kind}.gguf")
    expected = plain.forward(there, tiles_of(there, folder), IDS)
    found = all_rows(engine)
    assert isinstance(engine, Engine)
    assert found.dtype == np.float32
    # a number that lies between two levels may go to either: then scores differ by a little more than rounding
    assert np.abs(found - expected).mean() < (1e-4 if kind == "F32" else 1e-2) * expected.std()


@pytest.mark.parametrize(("architecture", "kind", "apart"), [
    *((one, "F16", 2e-3) for one in ARCHITECTURES), ("llama", "Q4_K", 0.03), ("llama", "Q6_K", 0.03),
    ("gemma3", "Q5_0", 0.03), ("llama", "BF16", 2e-3),
])
def test_scores_are_near_those_of_torch(made: Made, folder: Path, architecture: str, kind: str, apart: float) -> None:
    found = all_rows(made(kind, architecture))
    expected = all_rows(TorchEngine(model_of(read_gguf(folder / f"{architecture}-{kind}.gguf"))))
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
    expected = all_rows(made("Q8_0", architecture, 1))
    for threads in (2, 3):
        engine = made("Q8_0", architecture, threads)
        np.testing.assert_array_equal(all_rows(engine), expected)
        reading = engine.start()
        one_by_one = [reading.read([one]) for one in IDS]
        np.testing.assert_array_equal(one_by_one, expected)


@pytest.mark.parametrize(("architecture", "narrow"), [
    ("llama", Sizes(d_model=60, d_mlp=172, d_head=20)), ("gemma3", Sizes(d_model=64, d_mlp=88, d_head=24)),
    ("gpt2", Sizes(d_model=88, d_mlp=344)), ("qwen2", Sizes(d_head=8)), ("qwen3", Sizes(d_mlp=100, d_head=48)),
])
def test_any_width_will_do(folder: Path, architecture: str, narrow: Sizes) -> None:
    path = tiny_gguf(folder / f"{architecture}-{narrow.d_head}-narrow.gguf", "F32", architecture, narrow)
    expected = all_rows(TorchEngine(model_of(read_gguf(path))))
    one, two = (FastEngine(GgufBlocks(read_gguf(path)), folder, threads) for threads in (1, 2))
    found = all_rows(one)
    assert np.abs(found - expected).mean() < 2e-3 * expected.std()  # keys and values are float16
    reading = two.start()
    np.testing.assert_array_equal([reading.read([one]) for one in IDS], found)


def test_quantised_heads_of_any_width_will_do(folder: Path) -> None:
    path = tiny_gguf(folder / "heads.gguf", "Q8_0", "llama", Sizes(d_model=96, d_mlp=160, d_head=24))
    expected = all_rows(TorchEngine(model_of(read_gguf(path))))
    assert np.abs(all_rows(FastEngine(GgufBlocks(read_gguf(path)), folder)) - expected).mean() < 0.03 * expected.std()


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "qwen3"])
def test_keys_and_values_of_8_bits_are_near(folder: Path, made: Made, architecture: str) -> None:
    ids = [number * number % D_VOCAB for number in range(300)]  # more than the first room
    expected = all_rows(made("F32", architecture), ids)
    there = source(folder / f"{architecture}-F32.gguf", "F32", architecture)
    one, two = (FastEngine(there, folder, threads, cache="int8") for threads in (1, 2))
    found = all_rows(one, ids)
    assert 0 < np.abs(found - expected).mean() < 0.02 * expected.std()
    reading = two.start()
    one_by_one = [reading.read([one]) for one in ids]
    np.testing.assert_array_equal(one_by_one, found)
    half, whole = (sum(array.nbytes for array in Kept(there.config, numbers)._room(1024).values())
                   for numbers in ("int8", "float16"))
    assert half < 0.57 * whole
    with pytest.raises(InputError, match="not kept as 'int4'"):
        FastEngine(there, folder, cache="int4")


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "gemma3"])
@pytest.mark.parametrize("cache", ["float16", "int8"])
def test_texts_read_together_give_the_bits_of_each_alone(folder: Path, architecture: str, cache: str) -> None:
    there = source(folder / f"{architecture}-Q8_0.gguf", "Q8_0", architecture)
    one, two = (FastEngine(there, folder, threads, cache=cache) for threads in (1, 2))
    texts = [IDS[start : start + 3 * start + 1] for start in range(11)]
    beside, alone = ([engine.start() for _ in texts] for engine in (two, one))
    for ids, *readings in zip(texts, beside, alone, strict=True):
        for reading in readings:
            reading.read(ids)
    for step in range(3):
        ids = [(7 * place + step) % D_VOCAB for place in range(len(texts))]
        found = two.together(beside, ids)
        np.testing.assert_array_equal(found, [reading.read([one]) for reading, one in zip(alone, ids, strict=True)])
    assert [reading.n_tokens for reading in beside] == [len(ids) + 3 for ids in texts]
    with pytest.raises(InputError, match="beyond"):
        two.together(beside[:2], [0, D_VOCAB])


def test_texts_that_are_written_side_by_side_are_those_written_alone(made: Made) -> None:
    def begun(engine: Engine) -> list[Writing]:
        return [Writing(engine, IDS[: place + 1], Sampling(temperature=heat), Limits(most=6 + place), seed=place)
                for place, heat in enumerate((0.0, 1.0, 2.0))]

    alone, beside, other = begun(made("Q8_0")), begun(made("Q8_0", threads=2)), begun(made("Q8_0"))[0]
    expected = [list(one) for one in alone]
    found = list(rounds([*beside, other]))
    for place, steps in enumerate(expected):
        assert [one[place] for one in found if one[place]] == steps
    assert [one.ending for one in beside] == ["most"] * 3
    assert [len([step for step in one if step]) for one in found] == [4] * 6 + [2, 1]


def test_rows_come_in_blocks(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = all_rows(made())
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
    mixed = tiny_gguf(folder / "mixed.gguf", "F32", "qwen3moe")
    with pytest.warns(ArmillaryWarning, match="mixed is computed with torch: .* no way with 'experts'"):
        assert fast_engine(read_gguf(mixed), "mixed", folder) is None


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

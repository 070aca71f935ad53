"""GGUF files: those of the `gguf` package are read, and those that lie are refused."""

import struct
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest

from armillary.errors import ArmillaryError, DamagedFile, NotFound, UnknownFormat
from armillary.formats.dequantise import KINDS
from armillary.formats.gguf import read_gguf

WORDS = ["<s>", "the", "北京", "\n", ""]


def a_file(path: Path, change: Callable[[gguf.GGUFWriter], None] = lambda writer: None) -> Path:
    """A small model, written by the package."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_uint32("a.count", 7)
    writer.add_bool("a.flag", True)
    writer.add_float64("a.number", 0.5)
    writer.add_array("tokens", WORDS)
    writer.add_array("scores", [0.5, -1.0])
    writer.add_tensor("first", np.arange(6, dtype=np.float32).reshape(2, 3))
    writer.add_tensor("second", np.arange(5, dtype=np.float16))
    change(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def raw_file(
    facts: list[bytes], tensors: list[bytes], data: bytes = b"", *, said: tuple[int, int] | None = None
) -> bytes:
    """A file put together by hand; `said` is how many tensors and facts it states."""
    header = struct.pack("<4sIQQ", b"GGUF", 3, *(said or (len(tensors), len(facts))))
    head = header + b"".join(facts) + b"".join(tensors)
    return head + bytes(-len(head) % 32) + data


def fact(name: str, kind: int, value: bytes) -> bytes:
    return string(name) + struct.pack("<I", kind) + value


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    return string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


ONE, OTHER = tensor("t", (8,)), tensor("u", (8,))
DATA = bytes(32)


def test_facts_and_tensors_are_what_was_written(tmp_path: Path) -> None:
    model = read_gguf(a_file(tmp_path / "m.gguf"))
    assert model.facts["general.architecture"] == "llama"
    assert (model.facts["a.count"], model.facts["a.flag"], model.facts["a.number"]) == (7, True, 0.5)
    assert list(model.facts["tokens"]) == WORDS
    np.testing.assert_array_equal(model.facts["scores"], np.array([0.5, -1.0], np.float32))
    assert list(model.tensors) == ["first", "second"]
    np.testing.assert_array_equal(model.tensors["first"].array(), np.arange(6, dtype=np.float32).reshape(2, 3))
    np.testing.assert_array_equal(model.tensors["second"].array(), np.arange(5, dtype=np.float32))


def test_float32_is_not_copied(tmp_path: Path) -> None:
    numbers = read_gguf(a_file(tmp_path / "m.gguf")).tensors["first"].array()
    assert not numbers.flags.owndata
    assert not numbers.flags.writeable


@pytest.mark.parametrize("name", [kind.name for kind in KINDS.values() if kind.function])
def test_each_quantised_type_from_a_file_of_its_own(tmp_path: Path, name: str) -> None:
    (kind,) = (kind for kind in KINDS.values() if kind.name == name)
    rows = np.random.default_rng(1).integers(0, 64, (3, 2 * kind.block.itemsize), np.uint8)
    path = a_file(tmp_path / "m.gguf", lambda writer: writer.add_tensor(
        "weight", rows, raw_dtype=gguf.GGMLQuantizationType[name]))
    weight = read_gguf(path).tensors["weight"]
    (theirs,) = (one for one in gguf.GGUFReader(path).tensors if one.name == "weight")
    assert (weight.kind.name, weight.shape) == (name, (3, 2 * kind.numbers))
    np.testing.assert_array_equal(weight.array(), gguf.dequantize(theirs.data, theirs.tensor_type))


def test_a_model_in_several_files_is_one(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "m", "llama", split_max_tensors=1)
    for name in "abc":
        writer.add_tensor(name, np.full((2, 2), ord(name), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3
    for file in files:
        model = read_gguf(file)
        assert {name: one.array()[0, 0] for name, one in model.tensors.items()} == {"a": 97, "b": 98, "c": 99}
        assert model.facts["general.architecture"] == "llama"


def parts(folder: Path, facts: list[list[bytes]], tensors: list[list[bytes]]) -> Path:
    """A model in parts put together by hand; the first of them."""
    for number, (some, held) in enumerate(zip(facts, tensors, strict=True), 1):
        name = f"m-{number:05}-of-{len(facts):05}.gguf"
        (folder / name).write_bytes(raw_file(some, held, DATA * len(held)))
    return folder / f"m-00001-of-{len(facts):05}.gguf"


def of(number: int, count: int, tensors: int = 2) -> list[bytes]:
    """What a part says of itself."""
    return [fact("split.no", 2, struct.pack("<H", number)), fact("split.count", 2, struct.pack("<H", count)),
            fact("split.tensors.count", 5, struct.pack("<i", tensors))]


def test_parts_may_hold_no_tensor(tmp_path: Path) -> None:
    """As gguf-split --no-tensor-first-split has it, without a byte of padding."""
    path = parts(tmp_path, [of(0, 3), of(1, 3), of(2, 3)], [[], [ONE], [tensor("u", (8,))]])
    path.write_bytes(path.read_bytes().rstrip(b"\0") + bytes(3))
    assert list(read_gguf(path).tensors) == ["t", "u"]


SPLIT_WRONG = {
    "says it is another": ([of(0, 2), of(0, 2)], [[ONE], [OTHER]], "named as part 2, and says that it is part 1"),
    "says there are more": ([of(0, 3), of(1, 3)], [[ONE], [OTHER]], "one of 2 parts, and says that there are 3"),
    "does not say it": ([of(0, 2), []], [[ONE], [OTHER]], "one of 2 parts, and says that there are 1"),
    "other numbers of tensors": ([of(0, 2, 5), of(1, 2, 5)], [[ONE], [OTHER]], "states 5 tensors; its parts hold 2"),
    "a tensor in two parts": ([of(0, 2), of(1, 2)], [[ONE], [ONE]], "holds the tensor 't', as another part does"),
    "numbers in words": ([of(0, 2), [fact("split.count", 8, string("2"))]], [[ONE], [OTHER]], "no whole number"),
    "a list": ([of(0, 2), [fact("split.count", 9, struct.pack("<IQ2H", 2, 2, 2, 2))]], [[ONE], [OTHER]],
               "no whole number"),
    "not a number": ([of(0, 2), [fact("split.count", 6, struct.pack("<f", float("nan")))]], [[ONE], [OTHER]],
                     "no whole number"),
    "below zero": ([of(0, 2), [fact("split.count", 5, struct.pack("<i", -2))]], [[ONE], [OTHER]], "there are -2"),
}


@pytest.mark.parametrize("name", SPLIT_WRONG)
def test_parts_that_do_not_fit_together(tmp_path: Path, name: str) -> None:
    facts, tensors, says = SPLIT_WRONG[name]
    with pytest.raises(DamagedFile, match=says):
        read_gguf(parts(tmp_path, facts, tensors))


def test_a_part_that_is_missing_is_named_from_whichever_is_there(tmp_path: Path) -> None:
    path = parts(tmp_path, [of(0, 3), of(1, 3), of(2, 3)], [[ONE], [OTHER], []])
    third = tmp_path / "m-00003-of-00003.gguf"
    assert len(read_gguf(third).tensors) == 2
    (tmp_path / "m-00002-of-00003.gguf").unlink()
    for there in (path, third):
        with pytest.raises(DamagedFile, match=r"of which m-00002-of-00003\.gguf is missing"):
            read_gguf(there)
    path.unlink()
    with pytest.raises(DamagedFile, match=r"of which m-00001-of-00003\.gguf is missing"):
        read_gguf(third)
    with pytest.raises(NotFound):
        read_gguf(path)


def test_a_part_under_another_name_says_how_to_call_it(tmp_path: Path) -> None:
    path = parts(tmp_path, [of(0, 2), of(1, 2)], [[ONE], [OTHER]])
    (tmp_path / "model.gguf").write_bytes(path.read_bytes())
    with pytest.raises(DamagedFile, match=r"one of 2 parts.*name-00001-of-00002\.gguf"):
        read_gguf(tmp_path / "model.gguf")
    (tmp_path / "m-00003-of-00002.gguf").write_bytes(path.read_bytes())
    with pytest.raises(DamagedFile, match="part 3 of 2, which there cannot be"):
        read_gguf(tmp_path / "m-00003-of-00002.gguf")
    (tmp_path / "m-00001-of-00001.gguf").write_bytes(raw_file([], [ONE], DATA))
    assert len(read_gguf(tmp_path / "m-00001-of-00001.gguf").tensors) == 1


def test_every_truncation_is_an_error(tmp_path: Path) -> None:
    whole = a_file(tmp_path / "m.gguf").read_bytes()
    end = max(one.start + one.bytes for one in read_gguf(tmp_path / "m.gguf").tensors.values())
    assert end > 300
    cut = tmp_path / "cut.gguf"
    for length in range(end):
        cut.write_bytes(whole[:length])
        with pytest.raises(ArmillaryError):
            read_gguf(cut)


LYING = {
    "too many tensors": raw_file([], [ONE], DATA, said=(2**63, 0)),
    "more tensors than bytes": raw_file([], [ONE], DATA, said=(1000, 0)),
    "too many facts": raw_file([], [ONE], DATA, said=(1, 2**63)),
    "a name without end": raw_file([struct.pack("<Q", 2**64 - 1)], [ONE], DATA),
    "a text without end": raw_file([fact("a", 8, struct.pack("<Q", 2**62))], [ONE], DATA),
    "a name that is no text": raw_file([struct.pack("<Q", 1) + b"\xff" + struct.pack("<IB", 0, 1)], [ONE], DATA),
    "a list of 2^63": raw_file([fact("a", 9, struct.pack("<IQ", 0, 2**63))], [ONE], DATA),
    "a list longer than the file": raw_file([fact("a", 9, struct.pack("<IQ", 10, 2**25))], [ONE], DATA),
    "words longer than the file": raw_file([fact("a", 9, struct.pack("<IQQ", 8, 1, 2**40))], [ONE], DATA),
    "words that are no text": raw_file([fact("a", 9, struct.pack("<IQQ", 8, 1, 1) + b"\xff")], [ONE], DATA),
    "a list of lists": raw_file([fact("a", 9, struct.pack("<IQ", 9, 1))], [ONE], DATA),
    "an unknown type": raw_file([fact("a", 13, b"")], [ONE], DATA),
    "neither yes nor no": raw_file([fact("a", 7, b"\x02")], [ONE], DATA),
    "a fact stated twice": raw_file([fact("a", 0, b"\x01")] * 2, [ONE], DATA),
    "alignment 3": raw_file([fact("general.alignment", 4, struct.pack("<I", 3))], [ONE], DATA),
    "alignment 0": raw_file([fact("general.alignment", 4, struct.pack("<I", 0))], [ONE], DATA),
    "alignment 2^30": raw_file([fact("general.alignment", 4, struct.pack("<I", 2**30))], [ONE], DATA),
    "alignment in words": raw_file([fact("general.alignment", 8, string("32"))], [ONE], DATA),
    "no axes": raw_file([], [tensor("t", ())], DATA),
    "five axes": raw_file([], [tensor("t", (1, 1, 1, 1, 1))], DATA),
    "an axis of 0": raw_file([], [tensor("t", (0,))], DATA),
    "a product that wraps": raw_file([], [tensor("t", (4194305, 4194305, 211106198978564))], DATA),
    "a row that fills no block": raw_file([], [tensor("t", (8,), kind=2)], DATA),
    "two tensors of one name": raw_file([], [ONE, tensor("t", (8,), offset=32)], DATA * 2),
    "tensors that overlap": raw_file([], [tensor("a", (16,)), tensor("b", (8,), offset=32)], DATA * 2),
    "a tensor that is not aligned": raw_file([], [tensor("t", (4,), offset=16)], DATA * 2),
    "a tensor beyond the end": raw_file([], [tensor("t", (8,), offset=64)], DATA),
    "an offset of 2^64": raw_file([], [tensor("t", (8,), offset=2**64 - 32)], DATA),
}


@pytest.mark.parametrize("name", LYING)
def test_files_that_lie_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(LYING[name])
    with pytest.raises(DamagedFile, match=r"m\.gguf"):
        read_gguf(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"GGML" + bytes(40), "does not begin"),
        (b"", "does not begin"),
        (struct.pack("<4sIQQ", b"GGUF", 1, 0, 0), "version 1"),
        (struct.pack("<4s", b"GGUF") + struct.pack(">IQQ", 3, 0, 0), "0x3000000"),
        (raw_file([], [tensor("t", (8,), kind=4)], DATA), "type 4"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(UnknownFormat, match=says):
        read_gguf(path)


def test_the_hand_made_file_is_good_without_its_lie(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(raw_file([fact("a", 0, b"\x01")], [ONE], DATA))
    assert read_gguf(path).tensors["t"].array().tolist() == [0.0] * 8

"""GGUF: a language model in one file (or several), its facts and its tensors, quantised or not.

    model = read_gguf(path)
    model.facts["general.architecture"]        what the file says of itself
    model.tensors["token_embd.weight"].array() float32, mapped or dequantised when asked

A file is a header, typed facts by name, where each tensor lies, and the tensors, each aligned. Nothing is believed: all
lengths are held against the bytes that are there, and tensors must lie inside the file without touching each other.
Specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little-endian).
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats import limits
from armillary.formats.bounded import BoundedReader
from armillary.formats.dequantise import KINDS, Kind
from armillary.formats.gguf_parts import check_part, parts_of, stated_number
from armillary.formats.gguf_strings import Strings, read_strings
from armillary.formats.points import STRICT, Accept
from armillary.formats.unpack import open_bounded
from armillary.shapes import Float32

MAGIC = b"GGUF"
Fact = bool | int | float | str | Strings | np.ndarray
"""A list of numbers is an array, a view of the file."""

_NUMBERS = {
    0: "u1", 1: "i1", 2: "<u2", 3: "<i2", 4: "<u4", 5: "<i4", 6: "<f4", 7: "u1", 10: "<u8", 11: "<i8", 12: "<f8",
}  # fmt: skip
_BOOL, _STRING, _LIST = 7, 8, 9


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor of a file, not yet read.

    Attributes:
        file: the file it is in.
        start: the byte at which it begins there.
        kind: the type of its numbers.
        shape: its lengths, the slowest first, as NumPy has them (a GGUF file has them the other way round).
    """

    file: BoundedReader
    start: int
    kind: Kind
    shape: tuple[int, ...]

    @property
    def dtype(self) -> str:
        """The type of what `array` gives, as safetensors calls it: of whole numbers their own, else "F32"."""
        return self.kind.name if self.kind.name.startswith("I") and not self.kind.function else "F32"

    @property
    def bytes(self) -> int:
        """How many bytes it takes in the file."""
        return self.kind.bytes(math.prod(self.shape))

    def raw(self) -> np.ndarray:
        """Its bytes, a read-only view of the mapped file."""
        cursor = BoundedReader(self.file.path, self.file.content)
        cursor.offset = self.start
        return cursor.array("u1", self.bytes)

    def array(self) -> Float32[np.ndarray, "..."]:
        """Its numbers: a view of the file where they are float32, else a copy."""
        if self.kind.name == "F32":
            return self.raw().view("<f4").reshape(self.shape)
        return self.kind.read(self.raw()).reshape(self.shape)


@dataclass(frozen=True)
class Gguf:
    """What a GGUF file holds.

    Attributes:
        path: the file, the first where there are several.
        facts: what it says of itself, by name.
        tensors: by name, in the order in which they are listed.
    """

    path: Path
    facts: dict[str, Fact]
    tensors: dict[str, Tensor]


def read_gguf(path: Path, accept: Accept = STRICT) -> Gguf:
    """The facts and tensors of a GGUF file; of a model in several files (`…-00001-of-00003.gguf`), of all of them.

    Raises:
        UnknownFormat: no GGUF file, one of a version or byte order that is not read, or numbers of an unknown type.
        DamagedFile: cut, or lying about its lengths; tensors that overlap or are not aligned; a name given twice; a
            part that is missing, or says that it is another.
        NotFound: the file is not there.
    """
    parts = [_read_one(one, accept) for one in parts_of(path)]
    tensors: dict[str, Tensor] = {}
    for number, part in enumerate(parts):
        check_part(part.path, part.facts, number, len(parts))
        twice = tensors.keys() & part.tensors.keys()
        if twice:
            raise DamagedFile(part.path, "holds the tensor {name!r}, as another part does", name=min(twice))
        tensors |= part.tensors
    stated = stated_number(parts[0].path, parts[0].facts, "split.tensors.count", len(tensors))
    if stated != len(tensors):
        raise DamagedFile(path, "states {stated} tensors; its parts hold {found}", stated=stated, found=len(tensors))
    return Gguf(parts[0].path, parts[0].facts, tensors)


def _read_one(path: Path, accept: Accept) -> Gguf:
    file = open_bounded(path, accept)
    if file.left < 4 or file.take(4) != MAGIC:
        raise UnknownFormat(path, "is not a GGUF file: it does not begin with the letters GGUF")
    version = file.u32()
    if version not in (2, 3):
        raise UnknownFormat(path, "is GGUF of version {version}; versions 2 and 3, little-endian, are read",
                            version=version if version < 1 << 16 else f"{version:#x}")
    tensor_count = _length(file, file.u64(), limits.TENSORS, 24)
    fact_count = _length(file, file.u64(), limits.FACTS, 13)
    facts: dict[str, Fact] = {}
    for _ in range(fact_count):
        name = _string(file, limits.WORD)
        if name in facts:
            raise file.damaged("states {name!r} twice", name=name)
        facts[name] = _value(file, file.u32())
    entries = [_entry(file) for _ in range(tensor_count)]
    return Gguf(path, facts, _placed(file, entries, _alignment(file, facts)))


def _length(file: BoundedReader, count: int, limit: int, least: int) -> int:
    """`count` as a number of things that take at least so many bytes each, which must still be there."""
    if count > limit:
        raise file.damaged("states {count} entries at byte {offset}; {limit} can be read", count=count, limit=limit)
    if count * least > file.left:
        raise file.damaged("truncated: states {count} entries, {left} bytes are left", count=count, left=file.left)
    return count


def _string(file: BoundedReader, limit: int) -> str:
    length = file.u64()
    if length > limit:
        raise file.damaged("states a text of {length} bytes at byte {offset}; {limit} can be read",
                           length=length, limit=limit)
    try:
        return file.take(length).decode()
    except UnicodeDecodeError as error:
        raise file.damaged("has a text before byte {offset} that is not UTF-8") from error


def _value(file: BoundedReader, kind: int) -> Fact:
    """A value of one of the thirteen types."""
    if kind == _STRING:
        return _string(file, limits.FACT)
    if kind == _LIST:
        return _list(file)
    if kind not in _NUMBERS:
        raise file.damaged("has a fact of unknown type {kind} at byte {offset}", kind=kind)
    value: bool | int | float = _numbers(file, kind, 1)[0].item()
    return value


def _list(file: BoundedReader) -> Strings | np.ndarray:
    kind = file.u32()
    if kind == _STRING:
        return read_strings(file, _length(file, file.u64(), limits.FACT_LIST, 8))
    if kind not in _NUMBERS:
        raise file.damaged("has a list of lists, or of unknown type {kind}, at byte {offset}", kind=kind)
    size = np.dtype(_NUMBERS[kind]).itemsize
    return _numbers(file, kind, _length(file, file.u64(), limits.FACT_LIST, size))


def _numbers(file: BoundedReader, kind: int, count: int) -> np.ndarray:
    """A view of the next numbers; what is yes or no must be a byte of 1 or 0."""
    numbers = file.array(_NUMBERS[kind], count)
    if kind == _BOOL and count and numbers.max() > 1:
        raise file.damaged("has a yes or no before byte {offset} that is neither")
    return numbers.view(bool) if kind == _BOOL else numbers


@dataclass(frozen=True)
class _Entry:
    """What the header says of one tensor."""

    name: str
    kind: Kind
    shape: tuple[int, ...]
    offset: int

    @property
    def end(self) -> int:
        return self.offset + self.kind.bytes(math.prod(self.shape))


def _entry(file: BoundedReader) -> _Entry:
    name, axes = _string(file, limits.WORD), file.u32()
    if not 1 <= axes <= 4:
        raise file.damaged("gives the tensor {name!r} {axes} axes; 1 to 4 can be read", name=name, axes=axes)
    shape = tuple(file.u64() for _ in range(axes))[::-1]
    code, offset = file.u32(), file.u64()
    if code not in KINDS:
        raise UnknownFormat(file.path, "has the tensor {name!r} in numbers of type {code}, which is not known here",
                            name=name, code=code)
    if 0 in shape or shape[-1] % KINDS[code].numbers:
        raise file.damaged("gives the tensor {name!r} of type {kind} the shape {shape}, which does not fill its blocks",
                           name=name, kind=KINDS[code].name, shape=str(shape))
    return _Entry(name, KINDS[code], shape, offset)


def _alignment(file: BoundedReader, facts: dict[str, Fact]) -> int:
    stated = facts.get("general.alignment", 32)
    if type(stated) is not int or stated.bit_count() != 1 or not 1 <= stated <= 1 << 20:
        raise file.damaged("states the alignment {stated}, not a power of two up to 2^20", stated=str(stated))
    return stated


def _placed(file: BoundedReader, entries: list[_Entry], alignment: int) -> dict[str, Tensor]:
    """The tensors as they are listed; each must begin where it may, and end before the next one begins."""
    data = -(-file.offset // alignment) * alignment
    end, before = 0, ""
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.offset % alignment:
            raise file.damaged("puts the tensor {name!r} at {place}, not a multiple of {alignment}",
                               name=entry.name, place=entry.offset, alignment=alignment)
        if entry.offset < end:
            raise file.damaged("lets the tensors {name!r} and {other!r} overlap", name=before, other=entry.name)
        end, before = entry.end, entry.name
    if entries and data + end > file.size:
        file.offset = min(data, file.size)
        file.advance(data + end - file.offset)
    found = {entry.name: Tensor(file, data + entry.offset, entry.kind, entry.shape) for entry in entries}
    if len(found) < len(entries):
        raise file.damaged("names a tensor twice")
    return found

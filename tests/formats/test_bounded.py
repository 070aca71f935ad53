import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import DamagedFile, FileError, NotFound, UnknownFormat
from armillary.formats.bounded import BoundedReader, map_file, open_regular

FILE = Path("file.bin")


def reader(content):
    return BoundedReader(FILE, content)


def test_numbers_are_little_endian_and_follow_each_other():
    file = reader(struct.pack("<bBiIqQd", -1, 255, -(2**31), 2**32 - 1, -(2**63), 2**64 - 1, 0.1) + b"king\0rest")
    assert (file.i8(), file.u8(), file.i32(), file.u32(), file.i64(), file.u64(), file.f64()) == (
        -1, 255, -(2**31), 2**32 - 1, -(2**63), 2**64 - 1, 0.1
    )  # fmt: skip
    assert file.until(0, 4) == b"king"
    assert file.left == 4
    assert file.take(4) == b"rest"
    file.end()


def test_what_is_not_there_is_named_by_its_byte():
    file = reader(b"1234567")
    file.take(4)
    with pytest.raises(DamagedFile, match=r"file.bin: truncated: needs byte 12, the file has 7") as caught:
        file.i64()
    assert caught.value.offset == 4
    assert file.offset == 4


@pytest.mark.parametrize("length", [-1, -(2**63)])
def test_a_negative_length_is_an_error(length):
    with pytest.raises(DamagedFile, match="negative length"):
        reader(b"1234").take(length)


def test_an_array_is_a_view_that_cannot_be_written():
    file = reader(b"x" + np.arange(6, dtype="<f4").tobytes())
    file.u8()
    matrix = file.array("<f4", 2, 3)
    assert matrix.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert not matrix.flags.writeable
    file.end()


# Products that wrap in 64 bits: to 0, to 4, to a small number.
@pytest.mark.parametrize("shape", [
    (2**62, 4), (4194305, 4194305, 211106198978564), (2**32, 2**32), (10**9, 300), (2**64, 1), (0, 2**40), (-1, 3),
    (-2, -2)
])
def test_an_array_that_cannot_be_there_is_an_error(shape):
    with pytest.raises(DamagedFile):
        reader(bytes(64)).array("<f4", *shape)


def test_an_empty_array_is_one():
    assert reader(b"").array("<f4", 0, 5).shape == (0, 5)


def test_a_text_without_end_is_an_error():
    with pytest.raises(DamagedFile, match="at byte 0 has no end within 3 bytes"):
        reader(b"abcd\0").until(0, 3)
    with pytest.raises(DamagedFile, match="needs byte 5, the file has 4"):
        reader(b"abcd").until(0, 100)


def test_bytes_that_are_left_over_are_an_error():
    file = reader(b"abcd")
    file.take(1)
    with pytest.raises(DamagedFile, match="3 bytes more than its header accounts for, from byte 1 on"):
        file.end()


@given(st.binary(max_size=40), st.lists(st.sampled_from(["i8", "u32", "u64", "f64", "take", "until", "array"])))
def test_the_cursor_never_leaves_the_file(content, steps):
    file = reader(content)
    arguments = {"take": (3,), "until": (0, 8), "array": ("<u2", 2)}
    for step in steps:
        before = file.offset
        try:
            getattr(file, step)(*arguments.get(step, ()))
        except DamagedFile as error:
            assert error.offset == before == file.offset  # noqa: PT017
        assert before <= file.offset <= file.size


def test_regular_files_only(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnknownFormat, match="is a pipe or a device"):
        open_regular(tmp_path / "pipe")  # opening it must not wait for a writer
    with pytest.raises(UnknownFormat, match="is a pipe or a device"):
        open_regular(Path("/dev/zero"))
    with pytest.raises(UnknownFormat, match="is a folder"):
        open_regular(tmp_path)
    with pytest.raises(NotFound, match="there is no file"):
        open_regular(tmp_path / "nothing")


def test_a_socket_is_refused(tmp_path, monkeypatch):
    import socket

    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(UnknownFormat, match="is a pipe or a device"):
            open_regular(Path("socket"))


def test_what_the_system_refuses_is_said(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileError, match="cannot be read"):
        open_regular(tmp_path / "file" / "below")


def test_an_empty_file_is_mapped_as_nothing(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    assert map_file(tmp_path / "empty") == b""
    (tmp_path / "full").write_bytes(b"abc")
    assert BoundedReader(FILE, map_file(tmp_path / "full")).take(3) == b"abc"

"""Lists of strings in a GGUF file: the same as followed one by one, whatever they hold, and refused where they lie."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import DamagedFile
from armillary.formats import gguf_strings
from armillary.formats.bounded import BoundedReader
from armillary.formats.gguf_strings import Strings, read_strings

TEXTS = st.lists(st.text(st.sampled_from("ab\0é国\U0001f469"), max_size=6) | st.sampled_from(["x" * 300, "", "\0" * 9]))


def written(texts: list[str]) -> bytes:
    return b"".join(struct.pack("<Q", len(text.encode())) + text.encode() for text in texts)


def read(content: bytes, count: int) -> tuple[Strings, BoundedReader]:
    file = BoundedReader(Path("m.gguf"), content)
    file.offset = 3
    return read_strings(file, count), file


@given(texts=TEXTS, at_once=st.sampled_from([16, 40, 1 << 18]), followed=st.sampled_from([1, 3, 1024]))
def test_they_are_what_was_written(texts: list[str], at_once: int, followed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gguf_strings, "_AT_ONCE", at_once)
        patch.setattr(gguf_strings, "_FOLLOWED", followed)
        found, file = read(b"\1\0\0" + written(texts) + b"\7\0\0\0\0\0\0\0\0more", len(texts))
    assert list(found) == texts
    assert [found[place] for place in range(len(found))] == texts
    assert found[1:3] == texts[1:3]
    assert file.offset == 3 + len(written(texts))


def test_usual_ones_are_not_followed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_strings, "_followed", lambda *_: pytest.fail("followed"))
    texts = [f"token{number}" for number in range(500)]
    assert list(read(b"abc" + written(texts) + b"\1", 500)[0]) == texts


@given(texts=TEXTS, cut=st.integers(1, 9), at_once=st.sampled_from([16, 1 << 18]))
def test_beyond_the_end_there_is_nothing(texts: list[str], cut: int, at_once: int) -> None:
    content = b"abc" + written([*texts, "end"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gguf_strings, "_AT_ONCE", at_once)
        with pytest.raises(DamagedFile, match="truncated"):
            read(content[:-cut], len(texts) + 1)


@pytest.mark.parametrize("texts", [[b"a", b"\xff"], [b"\xc3", b"\xa9"], [b"ok", b"", b"\xe5\x9b"]])
def test_what_is_not_utf8_is_refused(texts: list[bytes]) -> None:
    content = b"".join(struct.pack("<Q", len(text)) + text for text in texts)
    with pytest.raises(DamagedFile, match="not UTF-8"):
        read(b"abc" + content, len(texts))

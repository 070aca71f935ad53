"""What is said: in the language spoken, with text from outside made printable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary import language
from armillary.errors import DamagedFile, FileError, InputError, MissingExtra, NotFound, OutputExists, UnknownLabel
from armillary.language import Note, from_environment, printable, say, speaking

ENGLISH = "{n} points need {n} labels; there are {labels}"


def chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def test_a_sentence_is_said_in_the_language_spoken() -> None:
    assert say(ENGLISH, n=3, labels=2) == "3 points need 3 labels; there are 2"
    with speaking("zh"):
        assert chinese(say(ENGLISH, n=3, labels=2))
        with speaking("en"):
            assert not chinese(say(ENGLISH, n=3, labels=2))
        assert language.current() == "zh"
    assert language.current() == "en"


def test_the_language_is_given_back_when_something_goes_wrong() -> None:
    with pytest.raises(ZeroDivisionError), speaking("zh"):
        1 / 0
    assert language.current() == "en"


def test_other_languages_fall_back_to_english() -> None:
    with speaking("fr"):
        assert language.current() == "en"


def test_a_sentence_that_nobody_translated_is_said_as_it_is() -> None:
    with speaking("zh"):
        assert say("nobody translated {this}", this="me") == "nobody translated me"


def test_facts_are_formatted_and_braces_in_them_are_text() -> None:
    assert say("{share:.0%} of {n:,}: {label!r}", share=0.5, n=1234, label="{x}") == "50% of 1,234: '{x}'"


@pytest.mark.parametrize(("environment", "expected"), [
    ({}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "ZH_TW"}, "zh"), ({"LANG": "C"}, "en"),
    ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"), ({"LANG": "C", "LC_MESSAGES": "zh_CN"}, "zh"),
    ({"LANG": "zh_CN", "LC_ALL": ""}, "zh"), ({"LANG": ""}, "en"), ({"LC_ALL": "zh"}, "zh"),
])
def test_the_environment_chooses(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert from_environment() == expected


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_printable_is_printable_and_told_apart(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()
    if text.isprintable():
        assert shown == text


@pytest.mark.parametrize(("text", "shown"), [
    ("red\x1b[31m", r"red\x1b[31m"), ("a\nb", r"a\nb"), ("\x9b31m", r"\x9b31m"), ("\u202eevil", r"\u202eevil"),
    ("\ud800", r"\ud800"), ("国王 ", "国王 "), ("\u3000", r"\u3000"), ("\U000e0001", r"\U000e0001"),
])
def test_controls_are_written_as_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_facts_from_outside_cannot_steer_the_terminal() -> None:
    assert say("{path}: gone", path="a\x1b[2J") == r"a\x1b[2J: gone"
    for error in (
        UnknownLabel("a\x1b[2J"), UnknownLabel("b", ["a\x1b[2J"]), FileError("a\x1b[2J", "is odd"),
        OutputExists("a\x1b[2J"), DamagedFile("a", "holds {what}", what="a\x1b[2J"), NotFound("{x} is gone", x="\x9b"),
        InputError("{x!r} is odd", x="a\x1b[2J"),
    ):
        assert str(error).isprintable()


def test_a_note_is_said_when_it_is_asked_for() -> None:
    note = Note("at least one neighbour must be asked for, not {top}", {"top": 3})
    english = str(note)
    with speaking("zh"):
        assert chinese(str(note))
    assert "3" in english
    assert not chinese(english)
    assert note == Note("at least one neighbour must be asked for, not {top}", {"top": 3})


def test_errors_are_said_when_they_are_shown() -> None:
    error = UnknownLabel("kign", ["king"])
    assert "king" in str(error)
    with speaking("zh"):
        assert chinese(str(error))
        assert "'kign'" in str(error)
    assert (error.label, error.near, error.exit_code) == ("kign", ("king",), 3)
    assert error.facts["label"] == "kign"


def test_errors_keep_their_facts_and_causes() -> None:
    error = DamagedFile("a.bin", "is cut at {place}", offset=12, place="the end")
    assert (error.path, error.offset, str(error)) == ("a.bin", 12, "a.bin: is cut at the end")
    assert str(MissingExtra("pyarrow", "table")).endswith("pip install 'armillary[table]'")
    assert str(MissingExtra("pandas", "")).endswith("pip install pandas")
    assert MissingExtra("pyarrow", "table").exit_code == 4
    assert isinstance(UnknownLabel("x"), KeyError)
    assert isinstance(MissingExtra("a", "b"), ImportError)

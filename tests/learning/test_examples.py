"""The examples that learn from pairs and pieces: what they make, what they read; long, what comes of it."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from examples import digits, pairs, speech


@pytest.mark.parametrize(("number", "english", "chinese"), [
    (0, "zero", "零"), (10, "ten", "十"), (14, "fourteen", "十四"), (20, "twenty", "二十"),
    (99, "ninety-nine", "九十九"),
    (110, "one hundred and ten", "一百一十"), (305, "three hundred and five", "三百零五"),
    (1_005, "one thousand and five", "一千零五"), (10_000, "ten thousand", "一万"),
    (100_020, "one hundred thousand and twenty", "十万零二十"),
    (140_891, "one hundred and forty thousand eight hundred and ninety-one", "十四万零八百九十一"),
    (707_070, "seven hundred and seven thousand and seventy", "七十万七千零七十"),
])  # fmt: skip
def test_numbers_are_written_as_they_are_said(number: int, english: str, chinese: str) -> None:
    assert pairs.english(number) == english
    assert pairs.chinese(number) == chinese


def test_a_day_can_be_written_in_eight_ways() -> None:
    written = [pairs.written(date(2021, 3, 2), way) for way in range(8)]
    assert written[:5] == ["March 2, 2021", "2 March 2021", "March 2nd, 2021", "Tuesday, 2 March 2021",
                           "the 2nd of March 2021"]
    assert written[5:] == ["Mar 2 2021", "2.3.2021", "2021年3月2日"]
    assert [pairs.written(date(1999, 1, day), 2)[8:-6] for day in (1, 3, 11, 12, 13, 22)] == [
        "1st", "3rd", "11th", "12th", "13th", "22nd"]


@pytest.mark.parametrize("kind", ["numbers", "shuzi", "dates"])
def test_no_source_and_no_target_comes_twice(kind: str) -> None:
    first, *lines = CliRunner().invoke(pairs.main, [kind, "--count", "2000"]).output.splitlines()
    sources, targets = zip(*(line.split("\t") for line in lines), strict=True)
    assert first == "source\ttarget"
    assert len(set(sources)) == len(set(targets)) == 2000
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d" if kind == "dates" else r"0|[1-9]\d{0,5}", one) for one in targets)


def test_an_image_is_cut_and_moved() -> None:
    image = np.arange(64.0).reshape(8, 8)
    cut = digits.patches(image)
    assert cut.shape == (16, 4)
    assert cut[1].tolist() == [2, 3, 10, 11]
    assert cut[4].tolist() == [16, 17, 24, 25]
    moved = list(digits.moved(image))
    assert len(moved) == 5
    assert (moved[0] == image).all()
    assert sum((one[1:7, 1:7] == image[0:6, 1:7]).all() for one in moved) == 1


def test_utterances_are_read() -> None:
    frames, speakers = speech.read("#about\n@data\n1,2,3:4,5,6:7\n8:9:2\n")
    assert [one.tolist() for one in frames] == [[[1, 4], [2, 5], [3, 6]], [[8, 9]]]
    assert speakers == ["7", "2"]


@pytest.mark.long
def test_a_digit_spells_its_name(tmp_path: Path) -> None:
    ran = CliRunner().invoke(digits.main, ["--names", "chinese", "--steps", "250", "--parts", "1", "--out",
                                           str(tmp_path / "seven.svg")])
    assert ran.exit_code == 0, ran.output
    assert float(re.findall(r"([\d.]+)%", ran.output)[0]) > 95
    assert "七" in (tmp_path / "seven.svg").read_text()

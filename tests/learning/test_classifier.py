"""Texts with labels become a classifier: measured beside a rule and the commonest class, opened, resumed exactly."""

import json
import math
import shlex
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import armillary
from armillary.errors import ArmillaryError, FileError, InputError, OutputExists, UnknownLabel
from armillary.language import Note
from armillary.learning.classifier.asked import Asked
from armillary.learning.classifier.learn import classifier_learned
from armillary.learning.output import snapshot_of
from armillary.learning.supervised.figures import Part, apart, some
from armillary.learning.supervised.reports import Stage
from armillary.space import Space
from tests.conftest import Ran
from tests.learning.texts import files

GOOD, BAD = ["lovely", "warm", "good", "fine"], ["awful", "cold", "bad", "grim"]
BOTH = ["the", "film", "was", "and", "its", "end"]


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Reviews of which one word in four says something, and one review in twenty the wrong thing."""
    random = np.random.default_rng(0)
    lines = ["sentence\tlabel"]
    for row in range(400):
        label = row % 2
        said = (GOOD, BAD)[label if random.random() < 0.05 else 1 - label]
        words = [*random.choice(BOTH, 6), *random.choice(said, 2)]
        lines.append(" ".join(words[place] for place in random.permutation(8)) + f"\t{label}")
    path = tmp_path / "reviews.tsv"
    path.write_text("\n".join(lines))
    return path


def test_it_beats_the_commonest_class_and_tells_who_said_what(reviews: Path, tmp_path: Path):
    out = tmp_path / "out"
    card = classifier_learned(reviews, out, Asked(steps=120, d_model=8, pairs=[("good", "bad"), ("good", "fine")]))
    assert (card.rows, card.held.rows, card.classes) == (320, 80, {"0": 160, "1": 160})
    assert card.held.accuracy > 0.85 > 0.6 > card.commonest.accuracy == 0.5
    assert card.held.low < card.held.accuracy < card.held.high
    assert card.rule is not None
    assert (card.rule.held.rows, card.rule.words) == (80, 233)
    assert set(card.strongest["1"][:4]) == set(GOOD)
    assert set(card.strongest["0"][:4]) == set(BAD)
    apart_now, near_now = card.pairs
    assert apart_now.after < -0.9
    assert near_now.after > 0.9
    assert max(abs(pair.before) for pair in card.pairs) < 0.9
    assert sum(card.parameters.values()) == len(card.classes) * (8 + 1) + 8 * card.words
    opened = armillary.Classifier.load(out)
    found = opened.classify("A lovely, GOOD zebra")
    assert (found.label, found.unknown) == ("1", ["a", "zebra"])
    assert sum(found.chances.values()) == pytest.approx(1)
    said = sum(value for _, value in found.words)
    assert said + opened.bias[1] - opened.bias.mean() == pytest.approx(
        math.log(found.chances["1"] / found.chances["0"]) / 2, abs=1e-4)
    assert [one.label for one in armillary.open(out / "words.space").near("good", n=3)] != []
    assert opened.classify("zebra").words == []


def test_an_interrupted_learning_goes_on_to_the_same_bytes(reviews: Path, tmp_path: Path):
    def interrupt(told: Stage | Note) -> None:
        if isinstance(told, Stage) and told.held_out is not None and told.step >= 15:
            signal.raise_signal(signal.SIGINT)

    whole, out, settings = tmp_path / "whole", tmp_path / "out", {"steps": 30, "d_model": 4}
    classifier_learned(reviews, whole, Asked(**settings))
    with pytest.raises(KeyboardInterrupt):
        classifier_learned(reviews, out, Asked(**settings, progress=interrupt))
    assert not out.exists()
    with pytest.raises(FileError, match="unfinished learning left"):
        classifier_learned(reviews, out, Asked(**settings))
    with pytest.raises(FileError, match="another seed: 1, not 2"):
        classifier_learned(reviews, out, Asked(**settings, seed=2, resume=True))
    classifier_learned(reviews, out, Asked(**settings, resume=True))
    assert files(out) == files(whole)
    assert not snapshot_of(out).exists()
    with pytest.raises(OutputExists):
        classifier_learned(reviews, out, Asked(**settings))


def test_w_e_begins_with_other_points_and_only_what_shall_learn_does(reviews: Path, tmp_path: Path):
    random = np.random.default_rng(1)
    words = ["Good", "bad", "warm", "cold", "superb", "two words", *BOTH]
    space = Space(words, random.standard_normal((len(words), 5)).astype(np.float32) + 3)
    space.save(tmp_path / "some.space")
    begun = {}
    for train in ("but-W_E", "W_E", "all"):
        card = classifier_learned(reviews, tmp_path / train, Asked(
            steps=30, rows=40, embedding=tmp_path / "some.space", train=train))
        assert (card.rows, card.d_model, card.begun) == (40, 5, 10)
        begun[train] = Space.load(tmp_path / train / "words.space")
    fixed, moved = begun["but-W_E"], begun["W_E"]
    assert "superb" in fixed
    assert "two words" not in fixed
    centred = space.vectors - space.vectors[[row for row, word in enumerate(words) if word != "two words"]].mean(0)
    wanted, got = centred[1] - centred[2], fixed["bad"].vector - fixed["warm"].vector
    assert wanted @ got == pytest.approx(np.linalg.norm(wanted) * np.linalg.norm(got), rel=1e-5)
    assert fixed["bad"].vector.tolist() != moved["bad"].vector.tolist()
    assert fixed["superb"].vector.tolist() == pytest.approx(moved["superb"].vector.tolist(), rel=0.1)
    Space(["xyzzy"], np.ones((1, 5), np.float32)).save(tmp_path / "none.space")
    with pytest.raises(InputError, match="holds none"):
        classifier_learned(reviews, tmp_path / "no", Asked(steps=2, embedding=tmp_path / "none.space"))


@pytest.mark.parametrize(("content", "settings", "said"), [
    ("text,label\na,1\n", {}, "all 1 rows have the class '1'"),
    ("text,label\n" + "a b,1\n" * 30, {}, "all 30 rows have the class '1'; .* takes two"),
    ("text,label\n" + "a b,1\nc,0\n" * 5, {}, "10 rows have all that is needed; it takes 20"),
    ("text,label\n" + "".join(f"a,{row}\n" for row in range(30)), {}, "30 classes in 30 rows are too many"),
    ("one,two,three\n1,2,3\n", {}, "has the columns one, two, three: say which"),
    ("text,label\na,1\n", {"label": "kind"}, "no column 'kind'"),
    ("text,label\n" + "a b,1\nc,0\n" * 15, {"rows": 29}, "29 rows cannot be drawn from 24"),
    ("text,label\n" + "a b,1\nc,0\n" * 15, {"pairs": [("a", "zz")]}, "'zz' is not in this space"),
])
def test_what_cannot_be_learned_from_is_told_with_numbers(
    tmp_path: Path, content: str, settings: dict[str, Any], said: str
):
    path = tmp_path / "t.csv"
    path.write_text(content)
    with pytest.raises((InputError, UnknownLabel), match=said):
        classifier_learned(path, tmp_path / "out", Asked(**settings))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("wrong", [
    {"held_out": 1.0}, {"batch": 0}, {"steps": 0}, {"embedding": "x", "d_model": 4},
])
def test_settings_of_no_sense_are_refused(wrong: dict[str, Any]):
    with pytest.raises(InputError):
        Asked(**wrong)


def test_figures_are_those_of_the_books():
    part = Part.of(np.arange(100) < 80)  # Wilson's interval of 80 of 100, as statsmodels' proportion_confint gives it
    assert (part.low, part.high) == pytest.approx((0.711171, 0.866633), abs=1e-6)
    classes = np.repeat([0, 1], [90, 10])
    assert np.bincount(classes[apart(100, 0.2, 1, classes)]).tolist() == [18, 2]
    assert np.bincount(classes[some(classes, 20, 1)]).tolist() == [18, 2]
    assert np.bincount(classes[some(classes, 2, 1)]).tolist() == [1, 1]


def test_the_commands_speak(armillary_cli: Any, reviews: Path, tmp_path: Path):
    out, rule = str(tmp_path / "out"), tmp_path / "rule.txt"
    rule.write_text(f"1: {' '.join(GOOD)}\n0：{' '.join(BAD)}\n")
    ran: Ran = armillary_cli("learn", "classifier", str(reviews), "--out", out, "--steps", "40", "--d-model", "4",
                             "--rule", str(rule), "--pairs", "good:bad", "warm:cold")
    assert ran.code == 0
    for said in ("the 80 texts that were held out", "a list of 8 words, by hand", "95 % interval", "good : bad",
                 "cosines in W_E", "SHA-256"):
        assert said in ran.out
    assert [json.loads(line)["step"] for line in ran.err.splitlines() if "held_out" in line] == list(range(4, 41, 4))
    told = json.loads(armillary_cli("classify", "good and warm", "--in", out, "--json").out)
    assert (told["label"], [word for word, _ in told["words"]]) == ("1", ["good", "and", "warm"])
    assert "says for 1" in armillary_cli("classify", "good and warm", "--in", out).out
    chinese: Ran = armillary_cli("learn", "classifier", str(reviews), "--out", out, "--steps", "20", "--force",
                                 "--lang", "zh")
    assert "总说最常见的类别" in chinese.out
    rule.write_text("3: x\n")
    refused: Ran = armillary_cli("learn", "classifier", str(reviews), "--out", out, "--steps", "2", "--force", "--rule",
                                 str(rule))
    assert (refused.code, "line 1 of" in refused.err) == (1, True)
    assert armillary_cli("classify", "x", "--in", str(tmp_path)).code == 1


def test_the_examples_run(armillary_cli: Any, reviews: Path, desk: Path):
    rows = [line.split("\t") for line in reviews.read_text().splitlines()[1:]]
    Path("reviews.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    Path("tickets.jsonl").write_text("".join(json.dumps({"body": text, "team": label}) + "\n" for text, label in rows))
    Path("评论.csv").write_text("review,label\n" + "很喜欢，满意,1\n讨厌，太失望,0\n" * 20, encoding="utf-8")
    Space(GOOD + BAD, np.eye(8, dtype=np.float32)).save("glove-6b-50d")
    for name in ("learn classifier", "classify"):
        page = armillary_cli(*name.split(), "--help").out
        for example in page.partition("Examples:")[2].strip().splitlines():
            short = ["--steps", "3"] if name == "learn classifier" else []
            ran: Ran = armillary_cli(*shlex.split(example)[1:], *short)
            assert ran.code == 0, (example, ran.err)
            assert ran.out


def test_a_damaged_folder_is_refused(reviews: Path, tmp_path: Path):
    out = tmp_path / "out"
    classifier_learned(reviews, out, Asked(steps=2, d_model=4))
    card = json.loads((out / "learned.json").read_text())
    (out / "learned.json").write_text(json.dumps({**card, "classes": {"1": 3}}))
    with pytest.raises(ArmillaryError, match="do not go together"):
        armillary.Classifier.load(out)
    (out / "learned.json").write_text("{}")
    with pytest.raises(ArmillaryError, match="is no folder"):
        armillary.Classifier.load(out)

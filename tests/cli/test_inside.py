"""armillary inside: every view in both languages, as JSON and as pictures, on a model that opens in no time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.cells import cell_len

import armillary as ar
from armillary.cli import inside
from armillary.cli.inside_asked import opened_inside, token_of
from armillary.language_model import LanguageModel
from armillary.trace.changes import ablate
from armillary.trace.where import where
from tests.conftest import Ran
from tests.parity.test_models_transformers import one_thread
from tests.published.test_folder import arrays, folder
from tests.published.test_tables import BERT
from tests.speak.tiny import speaking_folder

__all__ = ["one_thread"]
Cli = Callable[..., Ran]
TEXT = "the boat asked the wind 小船"
VIEWS = [(), ("--lens",), ("--lens", "--position", "boat"), ("--attention", "1.2"), ("--attention", "0"),
         ("--attention", "all"), ("--journey", "boat"), ("--contributions",), ("--losses",), ("--norms",),
         ("--ablate", "0.mlp_out"), ("--journey", "boat", "--text", "a boat"), ("--lens", "--layer-middles")]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(speaking_folder(tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture(scope="module")
def model(path: str) -> LanguageModel:
    opened = ar.open(path)
    assert isinstance(opened, LanguageModel)
    return opened


@pytest.fixture(autouse=True)
def open_once(path: str, model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands get the model that is open already; other paths are opened."""
    monkeypatch.setattr(inside, "opened_inside", lambda target, *how: model if target == path else
                        opened_inside(target, *how))


@pytest.fixture
def told(path: str, armillary_cli: Cli) -> Callable[..., dict[str, Any]]:
    """What a view gives as JSON."""

    def asked(*arguments: str, text: str = TEXT) -> dict[str, Any]:
        ran = armillary_cli("inside", text, "--in", path, "--json", *arguments)
        assert (ran.code, ran.err) == (0, "")
        found: dict[str, Any] = json.loads(ran.out)
        return found

    return asked


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS, ids=" ".join)
def test_every_view_fits_80_columns(path: str, armillary_cli: Cli, view: tuple[str, ...], language: str) -> None:
    ran = armillary_cli("inside", TEXT, "--in", path, *view, "--lang", language)
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.out.splitlines()) > 3
    assert max(cell_len(line) for line in ran.out.splitlines()) <= 80
    assert any("一" <= one <= "鿿" for one in ran.out.replace("小船", "")) == (language == "zh")


@pytest.mark.parametrize("view", [view for view in VIEWS if "--layer-middles" not in view], ids=" ".join)
def test_every_view_is_drawn(path: str, armillary_cli: Cli, view: tuple[str, ...], tmp_path: Path) -> None:
    endings = [(".svg", "<svg"), (".json", "{"), (".html", "<!DOCTYPE html>")]
    for ending, begins in endings if view[:1] in ((), ("--journey",)) else endings[:2]:
        out = tmp_path / f"picture{ending}"
        ran = armillary_cli("inside", TEXT, "--in", path, *view, "--out", str(out))
        assert (ran.code, ran.out) == (0, f"{out}\n")
        assert out.read_text(encoding="utf-8").startswith(begins)
    assert armillary_cli("inside", TEXT, "--in", path, *view, "--out", str(out)).code == 1  # it is there
    assert ".gif" in armillary_cli("inside", TEXT, "--in", path, *view, "--out", "a.gif").err


def test_the_overview(told: Callable[..., Any], model: LanguageModel) -> None:
    found, run = told("-n", "3"), model.trace(TEXT)
    assert [one["text"] for one in found["tokens"]] == run.read.names
    assert [one["id"] for one in found["next"]] == [one.id for one in run.next(3)]
    assert found["layers"][-1]["token"] == found["answer"] == found["next"][0]["token"]
    assert len(found["layers"]) == 3
    mean = np.mean([run.attention(1).pattern(head)[-1] for head in range(4)], axis=0)
    best = found["listens"][1]["to"][0]
    assert (best["position"], best["share"]) == (int(mean.argmax()), pytest.approx(mean.max(), abs=1e-5))


def test_the_lens_tells_what_the_run_tells(told: Callable[..., Any], model: LanguageModel) -> None:
    token = token_of(model, "boat")
    found = told("--lens", "boat", "--position", "2", "-n", "2")
    lens = model.trace(TEXT).lens([2], token, n=2)
    assert found["token"]["id"] == token
    assert [one["depth"] for one in found["depths"]] == [0, 1, 2]
    for layer, one in enumerate(found["depths"]):
        [read] = one["read"]
        assert read["tokens"] == list(lens.names[layer][0])
        assert (read["position"], read["rank_of_the_token"]) == (2, int(lens.token_ranks[layer, 0]))
        np.testing.assert_allclose(read["chances"], lens.chances[layer, 0], rtol=1e-5)
    halves = told("--lens", "--layer-middles")
    assert [one["depth"] for one in halves["depths"]] == [0, 0.5, 1, 1.5, 2]
    assert halves["positions"] == list(range(len(model.trace(TEXT))))


def test_attention_shows_scores_before_and_after_division_and_what_the_mask_does(
    told: Callable[..., Any], model: LanguageModel
) -> None:
    found, attention = told("--attention", "1.2"), model.trace(TEXT).attention(1)
    t = len(found["tokens"])
    np.testing.assert_allclose(found["pattern"], attention.pattern(2), atol=1e-6)
    np.testing.assert_allclose(np.array(found["scores_before_division"]) / 8**0.5, found["scores"], atol=1e-4)
    assert found["divisor"] == pytest.approx(8**0.5)
    middle, scores = found["mask"]["position"], torch.tensor(found["scores"])
    kept = scores[middle].softmax(0)[: middle + 1].sum().item()
    assert found["mask"]["sum_if_zeroed_after_the_softmax"] == pytest.approx(kept, abs=1e-5)
    assert (found["numbers_a_pattern"], found["heads"]) == (t * t, 8)
    assert found["numbers_of_all_patterns_at_n_ctx"] == 8 * 64 * 64
    every = told("--attention", "all")["heads"]
    assert len(every) == 8
    assert every[6]["first"] == pytest.approx(attention.pattern(2)[-1, 0], abs=1e-5)
    heads = told("--attention", "1", "--position", "2")["heads"]
    assert heads[2]["to"][0]["share"] == pytest.approx(attention.pattern(2)[2].max(), abs=1e-5)


def test_contributions_losses_and_norms(told: Callable[..., Any], model: LanguageModel) -> None:
    found = told("--contributions")
    assert sum(part["score"] for part in found["parts"]) == pytest.approx(found["score"], abs=1e-3)
    assert found["token"]["id"] == model.next(TEXT, 1)[0].id
    nats = [one["nats"] for one in told("--losses")["losses"]]
    np.testing.assert_allclose(nats, model.trace(TEXT).losses(), rtol=1e-4)
    norms = told("--norms", "--position", "1")["norms"]
    assert [one["place"] for one in norms][::2] == ["0.before_attention", "1.before_attention", "final_norm"]
    point = model.trace(TEXT).layer(2).vectors[1]
    assert norms[-1]["before"]["mean"] == pytest.approx(point.mean(), abs=1e-5)


def test_journeys_follow_the_last_piece_of_a_word(told: Callable[..., Any], path: str, armillary_cli: Cli) -> None:
    found = told("--journey", "wind", "--text", "a wind", "--text", "wind wind")
    assert len(found["journeys"]) == 3
    cosines = np.array(found["cosines_by_layer"])
    assert cosines.shape == (3, 3, 3)
    np.testing.assert_allclose(np.diagonal(cosines, axis1=1, axis2=2), 1, atol=1e-5)
    split = told("--journey", "dogs", text="the dogs")
    assert len(split["split"][0]) > 1
    ran = armillary_cli("inside", "the dogs", "--in", path, "--journey", "dogs")
    assert "the last of them is followed" in ran.out
    assert "the last of them is followed" not in armillary_cli("inside", TEXT, "--in", path, "--journey", "0").out


def test_what_if_shows_the_next_words_before_and_after(told: Callable[..., Any], model: LanguageModel) -> None:
    found = told("--ablate", "0.mlp_out", "-n", "330")
    odds = torch.from_numpy(model.trace(TEXT, ablate(where("0.mlp_out", model.config))).scores([-1])).softmax(-1)[0]
    for row in found["next"]:
        assert row["after"] == pytest.approx(odds[row["id"]].item(), abs=1e-6)
    differences = [abs(row["after"] - row["before"]) for row in found["next"]]
    assert found["moved"] == pytest.approx(sum(differences) / 2, abs=1e-5)
    same = told("--patch", f"1.resid_pre={TEXT}")
    assert same["moved"] < 1e-5
    other = told("--patch", "1.resid_post@-1:1=a boat", "-n", "330")["next"]
    by_hand = {one.id: one.probability for one in model.next("a boat", 330)}
    assert {row["id"]: row["after"] for row in other} == pytest.approx(by_hand, abs=1e-5)
    steered = told("--steer", "1: a boat - the sea * 0")
    assert steered["moved"] < 1e-6
    assert told("--steer", "2@-1: a boat - the sea * 9")["moved"] > 0.01
    assert told("--arg-max", "0.1")["changes"] == ["--arg-max 0.1"]
    assert "pattern" in told("--attention", "1.0", "--ablate", "0.z.1")


def test_steering_adds_the_difference_of_last_points(told: Callable[..., Any], model: LanguageModel) -> None:
    from armillary.trace.changes import add

    vector = model.trace("a boat").at(1, -1).vector - model.trace("the sea").at(1, -1).vector
    run = model.trace(TEXT, add(where("1.resid_pre@2", model.config), vector, 3.0))
    found = told("--steer", "1@2: a boat - the sea * 3", "-n", "5")
    by_hand = {one.id: one.probability for one in run.next(330)}
    for row in found["next"]:
        assert row["after"] == pytest.approx(by_hand[row["id"]], abs=1e-6)


def test_places_with_and_without_a_model(path: str, armillary_cli: Cli) -> None:
    plain = json.loads(armillary_cli("inside", "--places", "--json").out)["places"]
    assert {"embed", "resid_pre", "pattern", "logits"} <= {one["place"] for one in plain}
    listed = json.loads(armillary_cli("inside", "--places", "--in", path, "--json").out)["places"]
    own = {one["place"]: one for one in listed}
    assert own["0-1.q"]["shape"] == "b 4 t 8"
    assert own["logits"]["shape"] == "b t 330"
    ran = armillary_cli("inside", "--places", "--lang", "zh")
    assert "一层之前的点" in ran.out


@pytest.mark.parametrize(("arguments", "problem"), [
    (("--ablate", "5.zz"), "there is no place '5.zz'"), (("--ablate", "0.zz"), "Near names: 0.z"),
    (("--position", "99"), "is outside the text"), (("--position", "sea"), "does not hold 'sea'"),
    (("--attention", "head"), "is no head"), (("--attention", "7"), "there is no block 7"),
    (("--attention", "0.9"), "there is no head 9"), (("--lens", "--losses"), "one view at a time"),
    (("--lens", "elephants"), "tokens of this model"), (("--patch", "0.z"), "is no patch"),
    (("--steer", "Love"), "is no steering"), (("--text",), "needs a value"),
    (("--lens", "--columns"), "its tokens as columns anyway"), (("--arg-max", "0.z"), "is no pattern"),
    (("--attention", "0.1", "--arcs", "--columns"), "no rows"),
])
def test_what_cannot_be_shown_says_why(path: str, armillary_cli: Cli, arguments: tuple[str, ...], problem: str) -> None:
    ran = armillary_cli("inside", TEXT, "--in", path, *arguments)
    assert ran.code
    assert problem in ran.err


def test_a_text_and_a_model_are_needed_and_the_text_must_fit(path: str, armillary_cli: Cli) -> None:
    assert "TEXT is missing" in armillary_cli("inside", "--in", path).err
    assert "--in is missing" in armillary_cli("inside", TEXT).err
    assert "--corpus FILE" in armillary_cli("inside", "--in", path, "--neuron", "0.1").err
    assert "as in 5.3" in armillary_cli("inside", "--in", path, "--head", "king").err
    assert "more than the context of 64" in armillary_cli("inside", "boat " * 80, "--in", path).err


def test_what_is_asked_of_the_model_whatever_the_text(
    path: str, armillary_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lines.txt").write_text("the boat asked the wind\na wind\nevery day the sea\n", encoding="utf-8")
    for view in (("--head", "1.2"), ("--neuron", "0.7", "--corpus", "lines.txt")):
        for language in ("en", "zh"):
            ran = armillary_cli("inside", "--in", path, *view, "--lang", language)
            assert (ran.code, ran.err) == (0, "")
            assert max(cell_len(line) for line in ran.out.splitlines()) <= 80
        assert armillary_cli("inside", "--in", path, *view, "--out", f"{view[0][2:]}.svg").code == 0
    found = json.loads(armillary_cli("inside", "--in", path, "--neuron", "0.7", "--corpus", "lines.txt", "--json").out)
    assert len(found["lines"]) == 3
    assert found["lines"][0]["activation"] == max(one["activation"] for one in found["lines"])
    told = json.loads(armillary_cli("inside", "--in", path, "--head", "1.2", "--json").out)
    assert (told["full"], told["factors"]) == (32 * 32, 2 * 8 * 32)
    assert len(told["value"][0]["writes"]) == len(told["query"][0]["reads"]) == 4


def test_which_heads_look_from_one_word_to_another(
    path: str, model: LanguageModel, armillary_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("phrases.tsv").write_text("the boat asked the wind\tboat\twind\n\na wind boat\twind\tboat\n", encoding="utf-8")
    asked = ("inside", "--in", path, "--looking", "phrases.tsv")
    found = json.loads(armillary_cli(*asked, "--json").out)
    runs = [model.trace(one["text"]) for one in found["phrases"]]
    places = [(run.position(one["second"]), run.position(one["first"]))
              for run, one in zip(runs, found["phrases"], strict=True)]
    assert found["chance"] == pytest.approx(np.mean([1 / (second + 1) for second, _ in places]))
    assert len(found["heads"]) == 8
    for one in found["heads"]:
        patterns = [run.attention(one["block"]).pattern(one["head"]) for run in runs]
        rates = [pattern[place] for pattern, place in zip(patterns, places, strict=True)]
        assert one["rate"] == pytest.approx(np.mean(rates), abs=1e-6)
    margins = [one["rate"] - one["other"] for one in found["heads"]]
    assert margins == sorted(margins, reverse=True)
    assert found["more_than_chance"] == sum(one["looks"] for one in found["heads"])
    for language in ("en", "zh"):
        ran = armillary_cli(*asked, "--lang", language, "-n", "3")
        assert (ran.code, ran.err, len(ran.out.splitlines()) > 7) == (0, "", True)
        assert max(cell_len(line) for line in ran.out.splitlines()) <= 80
    assert armillary_cli(*asked, "--out", "looking.svg").code == 0


@pytest.mark.parametrize(("line", "problem"), [
    ("the boat\tboat", "line 1 of phrases.tsv is no phrase"), ("the boat\tsea\tboat", "does not hold 'sea'"),
    ("the boat\tboat\tboat", "both words end in the token"),
])
def test_what_is_no_phrase_says_why(
    path: str, armillary_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("phrases.tsv").write_text(line, encoding="utf-8")
    ran = armillary_cli("inside", "--in", path, "--looking", "phrases.tsv")
    assert (ran.code, problem in ran.err) == (1, True), ran.err
    missing = armillary_cli("inside", "--in", path, "--looking", "fr")
    assert (missing.code, "there is no file fr" in missing.err) == (3, True)


def test_contexts_like_this_one(path: str, armillary_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lines.txt").write_text("the boat asked the wind\na wind\nevery day the sea\n", encoding="utf-8")
    made = armillary_cli("embed", "lines.txt", "--in", path, "--layer", "1", "--each-token", "--out", "c.space")
    assert made.code == 0, made.err
    ran = armillary_cli("inside", "the boat asked the wind", "--in", path, "--similar", "c.space", "--position", "boat",
                        "--json")
    found = json.loads(ran.out)
    assert found["layer"] == 1
    assert found["similar"][0]["context"].startswith("1.")
    assert found["similar"][0]["cosine"] == pytest.approx(1, abs=1e-5)
    assert armillary_cli("inside", TEXT, "--in", path, "--similar", "c.space").code == 0


def test_an_encoder_is_looked_into_too(tmp_path: Path, armillary_cli: Cli) -> None:
    from tests.formats.test_tokenizer_files import word_pieces

    folder(tmp_path / "bert", arrays(**BERT), **BERT)
    (tmp_path / "bert" / "tokenizer.json").write_text(json.dumps(word_pieces()), encoding="utf-8")
    for view in ((), ("--attention", "0.0"), ("--norms",)):
        ran = armillary_cli("inside", "dog bites man", "--in", str(tmp_path / "bert"), *view)
        assert (ran.code, ran.err) == (0, "")
        assert max(cell_len(line) for line in ran.out.splitlines()) <= 80
    assert "looks both ways" in armillary_cli(
        "inside", "dog bites man", "--in", str(tmp_path / "bert"), "--attention", "0.0").out
    assert armillary_cli("inside", "dog bites man", "--in", str(tmp_path / "bert"), "--losses").code == 1

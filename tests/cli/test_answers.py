"""What the commands answer: JSON whose keys are a contract, tables that fit a terminal, in two languages."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from armillary.space import Space
from tests.conftest import Ran

Cli = Callable[..., Ran]


@pytest.fixture
def files(royal: Space, royal_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store, a text of vectors, and files to ask with; the shelf is empty."""
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))
    turned = Space(list(royal), np.ascontiguousarray(royal.vectors[:, ::-1]))
    turned.save(tmp_path / "turned.space")
    (tmp_path / "words.txt").write_text("king\n\n queen \n", encoding="utf-8")
    (tmp_path / "texts.txt").write_text("king and queen\n国王和女人\nking and queen\n", encoding="utf-8")
    (tmp_path / "pairs.tsv").write_text("king\t国王\nman\t男人\n", encoding="utf-8")
    (tmp_path / "vectors.txt").write_text("cat 1 2 3\ndog 2 3 4\n", encoding="utf-8")
    (tmp_path / "suite.txt").write_text(": family\nman king woman queen\nman king woman nobody\n", encoding="utf-8")
    (tmp_path / "judged.tsv").write_text("king\tqueen\t8\ncat\tdog\t7\nking\tcat\t1\nman\tdogs\t2\n", encoding="utf-8")
    test = {"name": "t", "X": ["king", "nobody"], "Y": ["cat"], "A": ["man", "queen"], "B": ["dog", "dogs"]}
    (tmp_path / "weat.json").write_text(json.dumps([test | {"X": ["king", "queen"], "Y": ["cat", "dogs"]}]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


NEIGHBOUR = {"label", "cosine", "rank", "score"}
# What is asked, and the keys of the answer.
CONTRACT: dict[str, tuple[list[str], set[str]]] = {
    "near": (["near", "king - man + woman", "--in", "royal.space"], {"query", "neighbours", "excluded", "rule"}),
    "similarity": (["similarity", "king", "cat", "--in", "royal.space"], {
        "a", "b", "cosine", "dot", "angle_degrees", "percentile", "random_mean", "random_negative", "missing"}),
    "odd": (["odd", "king", "queen", "cat", "--in", "royal.space"], {"odd", "scores"}),
    "direction": (["direction", "cat:cats", "dog:dogs", "man:woman", "--in", "royal.space", "--project", "king"], {
        "pairs", "coherence", "agreement", "p", "smallest_p", "projections"}),
    "weat": (["weat", "weat.json", "--in", "royal.space"], {"tests"}),
    "slice": (["slice", "king", "queen", "man", "--axes", "woman - man", "king", "--in", "royal.space"], {
        "method", "axes", "kept", "points", "arrows"}),
    "align": (["align", "royal.space", "turned.space", "--out", "out.space"], {
        "shared", "residual", "settled_directions", "dim", "moved"}),
    "evaluate": (["evaluate", "royal.space", "--suite", "suite.txt", "judged.tsv"], {
        "analogies", "similarity", "suites"}),
    "embed": (["embed", "texts.txt", "--in", "royal.space", "--out", "out.space"], {"out", "rows", "dim", "missing"}),
    "info": (["info", "vectors.txt"], {
        "format", "kind", "rows", "dim", "dtype", "labels", "counts", "subwords", "parameters", "warnings", "origin"}),
    "convert": (["convert", "vectors.txt", "out.space"], {"out", "rows", "dim"}),
    "verify": (["verify", "royal.space"], {"target", "whole", "checksums"}),
    "shelf": (["shelf"], {"folder", "entries"}),
    "count": (["count", "gpt2"], {
        "name", "total", "active", "by_kind", "eight", "bytes", "cache", "flops", "n_ctx", "source", "published",
        "rows"}),
}


def answer(ran: Ran) -> Any:
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.mark.parametrize("name", CONTRACT)
def test_json_is_one_object_with_the_keys_promised(files: Path, armillary_cli: Cli, name: str) -> None:
    arguments, keys = CONTRACT[name]
    ran = armillary_cli(*arguments, "--json")
    assert set(answer(ran)) == keys
    assert ran.err == "" or name == "embed", "the words that embed leaves out are a warning"


@pytest.mark.parametrize("name", CONTRACT)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_fit_80_columns_in_both_languages(files: Path, armillary_cli: Cli, name: str, language: str) -> None:
    arguments, _ = CONTRACT[name]
    more = ["--out", "out.svg"] if name == "slice" else []
    ran = armillary_cli(*arguments, *more, "--lang", language)
    assert ran.code == 0, ran.err
    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert any(lines)
    for line in lines:
        assert cell_len(line) <= 80 or str(files) in line, line
    assert "\x1b" not in ran.out, "no colours into a pipe"


def chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def test_the_language_is_that_of_the_flag_else_of_the_environment(
    files: Path, armillary_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["similarity", "king", "cat", "--in", "royal.space"]
    assert not chinese(armillary_cli(*asked).out)
    assert chinese(armillary_cli(*asked, "--lang", "zh").out)
    assert chinese(armillary_cli("--lang=zh", *asked).out)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert chinese(armillary_cli(*asked).out)
    assert not chinese(armillary_cli(*asked, "--lang", "en").out)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert not chinese(armillary_cli(*asked).out), "LC_ALL goes before LANG"
    monkeypatch.setenv("LC_ALL", "")
    assert chinese(armillary_cli(*asked).out)
    assert chinese(armillary_cli("near", "kong", "--in", "royal.space").err)


def test_near_tells_what_it_hides(files: Path, armillary_cli: Cli, royal: Space) -> None:
    found = answer(armillary_cli("near", "king - man + woman", "--in", "royal.space", "-n", "3", "--json"))
    assert found["query"] == "king - man + woman"
    assert [set(one) for one in found["neighbours"]] == [NEIGHBOUR] * 3
    assert {one["label"] for one in found["excluded"]} == {"king", "man", "woman"}
    assert found["neighbours"][0]["label"] == "queen"
    table = armillary_cli("near", "king - man + woman", "--in", "royal.space", "-n", "3")
    shown, _, hidden = table.out.partition("left out")
    assert "queen" in shown
    assert all(word in hidden for word in ("king", "man", "woman"))


def test_an_expression_may_begin_with_a_minus(files: Path, armillary_cli: Cli) -> None:
    found = answer(armillary_cli("near", "- man + king + woman", "--in", "royal.space", "-n", "1", "--json"))
    assert (found["query"], found["neighbours"][0]["label"]) == ("- man + king + woman", "queen")
    axes = ["--axes", "- man + woman", "king", "--json"]
    sliced = answer(armillary_cli("slice", "king", "queen", "man", "--in", "royal.space", *axes))
    assert sliced["axes"][0] == "- man + woman"


def test_an_expression_needs_no_quotes(files: Path, armillary_cli: Cli) -> None:
    found = answer(armillary_cli("near", "king", "-", "man", "+", "woman", "--in", "royal.space", "--json"))
    assert found["query"] == "king - man + woman"
    Space(["new york", "york", "city"], np.eye(3, dtype=np.float32) + 1).save("city.space")
    found = answer(armillary_cli("near", "new york", "-", "york", "--in", "city.space", "--json"))
    assert found["query"] == '"new york" - york'


def test_near_tells_what_the_metric_measures(files: Path, armillary_cli: Cli, royal: Space) -> None:
    def asked(metric: str) -> list[float]:
        ran = armillary_cli("near", "king", "--in", "royal.space", "--metric", metric, "--json")
        return [one["score"] for one in answer(ran)["neighbours"]]

    king, others = royal.vector("king"), [royal.vector(word) for word in royal if word != "king"]
    assert np.allclose(asked("dot"), sorted((float(king @ other) for other in others), reverse=True)[:10])
    assert np.allclose(asked("euclidean"), sorted(float(np.linalg.norm(king - other)) for other in others)[:10])
    table = armillary_cli("near", "king", "--in", "royal.space", "--metric", "euclidean").out
    assert "distance" in table.splitlines()[0]
    assert f"{asked('euclidean')[0]:.3f}" in table


def test_words_that_are_left_out_of_a_text_are_told(files: Path, armillary_cli: Cli) -> None:
    ran = armillary_cli("similarity", "king queen", "king nobody nowhere", "--in", "royal.space", "--json")
    assert answer(ran)["missing"] == ["nobody", "nowhere"]
    assert "nobody, nowhere" in ran.err
    assert armillary_cli("similarity", "king queen", "king nobody", "--in", "royal.space", "--quiet").err == ""
    (files / "odd.txt").write_text("king nobody\nqueen nobody at all\n", encoding="utf-8")
    ran = armillary_cli("embed", "odd.txt", "--in", "royal.space", "--out", "odd.space", "--json")
    assert answer(ran)["missing"] == 4
    assert "4 (most often nobody, at, all)" in ran.err


def test_near_filters(files: Path, armillary_cli: Cli) -> None:
    def labels(*more: str) -> list[str]:
        found = answer(armillary_cli("near", "cat", "--in", "royal.space", "--json", *more))
        return [one["label"] for one in found["neighbours"]]

    assert set(labels("--among", "@words.txt", "--among", "dog")) == {"king", "queen", "dog"}
    assert set(labels("--restrict-vocab", "3")) == {"king", "queen", "man"}
    assert set(labels("--min-count", "90")) == {"king", "queen", "man", "woman"}
    assert labels("--metric", "euclidean")[0] == "dog"
    assert labels("-n", "1") == labels()[:1]


def test_near_through_a_space_that_align_made(files: Path, armillary_cli: Cli) -> None:
    assert armillary_cli("align", "royal.space", "turned.space", "--out", "moved.space").code == 0
    found = answer(armillary_cli("near", "国王", "--in", "turned.space", "--through", "moved.space", "--json"))
    assert found["neighbours"][0]["label"] == "国王"
    assert found["excluded"] == []


def test_align_takes_a_lexicon(files: Path, armillary_cli: Cli) -> None:
    found = answer(armillary_cli("align", "royal.space", "turned.space", "--pairs", "pairs.tsv", "--json"))
    assert found["shared"] == 2
    assert found["settled_directions"] == 2
    (files / "bad.tsv").write_text("king\t国王\nman\n", encoding="utf-8")
    ran = armillary_cli("align", "royal.space", "turned.space", "--pairs", "bad.tsv")
    assert (ran.code, "line 2" in ran.err) == (1, True)


def stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    from io import BytesIO, TextIOWrapper

    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content), "ascii"))


@pytest.mark.parametrize("flag", ["--json", "--jsonl"])
def test_queries_from_stdin_give_an_object_a_line(
    files: Path, armillary_cli: Cli, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    stdin(monkeypatch, "king\n\n 国王 - 男人 \r\n".encode())
    ran = armillary_cli("near", "-", "--in", "royal.space", flag)
    assert ran.code == 0
    assert [json.loads(line)["query"] for line in ran.out.splitlines()] == ["king", "国王 - 男人"]


@pytest.mark.parametrize("flag", [[], ["--jsonl"]])
def test_a_query_that_cannot_be_answered_does_not_stop_those_after_it(
    files: Path, armillary_cli: Cli, monkeypatch: pytest.MonkeyPatch, flag: list[str]
) -> None:
    stdin(monkeypatch, b"king\nquen\nman +\ncat\n")
    ran = armillary_cli("near", "-", "--in", "royal.space", "-n", "2", *flag)
    assert ran.code == 3
    assert [line.partition(":")[2].partition(":")[0].strip() for line in ran.err.splitlines()] == ["quen", "man +"]
    assert "queen" in ran.err
    if flag:
        lines = [json.loads(line) for line in ran.out.splitlines()]
        assert [line["query"] for line in lines] == ["king", "quen", "man +", "cat"]
        assert ["error" in line for line in lines] == [False, True, True, False]
        assert lines[3]["neighbours"][0]["label"] == "dog"
    else:
        assert ran.out.index("king") < ran.out.index("dog")
    stdin(monkeypatch, b"king\nman +\n")
    assert armillary_cli("near", "-", "--in", "royal.space", *flag).code == 1


def test_texts_from_stdin(files: Path, armillary_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, "\ufeffking queen\n国王\n".encode())
    assert answer(armillary_cli("embed", "-", "--in", "royal.space", "--out", "o.space", "--json"))["rows"] == 2
    assert list(Space.load("o.space")) == ["king queen", "国王"]


def test_embedded_texts_are_a_space_that_can_be_asked(files: Path, armillary_cli: Cli) -> None:
    ran = armillary_cli("embed", "texts.txt", "--in", "royal.space", "--out", "texts.space", "--weighting", "sif")
    assert ran.code == 0
    found = answer(armillary_cli("near", "king and queen", "--in", "texts.space", "--json"))
    assert [one["label"] for one in found["neighbours"]] == ["国王和女人"], "a label as it stands is a query"


def test_a_direction_is_kept_by_name_and_taken_off(files: Path, armillary_cli: Cli) -> None:
    asked = ["direction", "man:woman", "king:queen", "--in", "royal.space"]
    assert armillary_cli(*asked, "--save", "gender").code == 0
    again = armillary_cli("direction", "gender", "--project", "国王", "--in", "royal.space", "--json")
    assert answer(again)["pairs"] == [["man", "woman"], ["king", "queen"]]
    assert armillary_cli(*asked, "--save", "gender").code == 1, "it is there already"
    assert armillary_cli(*asked, "--save", "gender", "--force").code == 0
    assert armillary_cli(*asked, "--remove", "less.space").code == 0
    flat = answer(armillary_cli("direction", "gender", "--in", "royal.space", "--project", "king", "--json"))
    assert abs(flat["projections"][0]["value"]) > 1
    less = Space.load("less.space")
    axis = Space.load("royal.space").direction([("man", "woman"), ("king", "queen")]).vector
    assert np.abs(less.vectors @ axis).max() < 1e-4
    ran = armillary_cli("direction", "nowhere", "--in", "royal.space")
    assert (ran.code, "--save nowhere" in ran.err) == (3, True)
    assert armillary_cli(*asked, "--save", "../out").code == 2
    assert armillary_cli(*asked, "--project", "king", "queen", "--out", "bars.svg").code == 0
    assert (files / "bars.svg").read_text(encoding="utf-8").startswith("<svg")


def test_evaluation_tells_what_was_asked_and_skipped(files: Path, armillary_cli: Cli) -> None:
    found = answer(armillary_cli("evaluate", "royal.space", "--suite", "suite.txt", "judged.tsv", "--json"))
    assert set(found["analogies"]) == {"correct", "asked", "skipped", "by_section"}
    assert (found["analogies"]["asked"], found["analogies"]["skipped"]) == (1, 1)
    assert {"spearman", "pairs", "skipped", "low", "high"} <= set(found["similarity"])
    assert found["similarity"]["pairs"] == 4


@pytest.mark.parametrize("ending", ["svg", "html", "json"])
@pytest.mark.parametrize("dims", ["2", "3"])
def test_slices_are_written_as_their_ending_says(files: Path, armillary_cli: Cli, ending: str, dims: str) -> None:
    ran = armillary_cli("slice", "king", "queen", "man", "国王", "cat", "--dims", dims, "--in", "royal.space",
                        "--arrows", "man:king", "--out", f"picture.{ending}")
    assert ran.code == 0, ran.err
    text = (files / f"picture.{ending}").read_text(encoding="utf-8")
    assert "国王" in text
    if ending == "json":
        assert json.loads(text)["method"] == "pca"


def test_a_picture_needs_a_place_and_an_ending(files: Path, armillary_cli: Cli) -> None:
    assert armillary_cli("slice", "king", "queen", "man", "--in", "royal.space").code == 2
    ran = armillary_cli("slice", "king", "queen", "man", "--in", "royal.space", "--out", "picture.gif")
    assert (ran.code, ".gif" in ran.err, (files / "picture.gif").exists()) == (1, True, False)


def test_convert_there_and_back_keeps_the_numbers(files: Path, armillary_cli: Cli, royal: Space) -> None:
    for out in ("a.txt", "a.glove.txt", "a.bin", "a.npy", "a.safetensors", "a.tsv", "a.txt.gz"):
        assert armillary_cli("convert", "royal.space", out, "--limit", "8", "--quiet").code == 0, out
        assert armillary_cli("convert", out, f"{out}.space", "--quiet").code == 0, out
        back = Space.load(f"{out}.space")
        assert np.array_equal(back.vectors, royal.vectors[:8]), out
        assert list(back) == list(royal)[:8], out
        assert len(back.origin["sha256"]) == 64


def test_a_limit_takes_the_first_rows(files: Path, armillary_cli: Cli) -> None:
    found = answer(armillary_cli("convert", "vectors.txt", "one.space", "--limit", "1", "--json"))
    assert found == {"out": "one.space", "rows": 1, "dim": 3}


def test_info_says_what_is_odd(files: Path, armillary_cli: Cli) -> None:
    (files / "twice.txt").write_text("cat 1 2\ndog 3 4\ncat 5 6\n", encoding="utf-8")
    facts = answer(armillary_cli("info", "twice.txt", "--json"))
    assert facts["rows"] == 2
    assert len(facts["warnings"]) == 1
    ran = armillary_cli("near", "cat", "--in", "twice.txt", "--json")
    assert answer(ran)["neighbours"]
    assert ran.err.startswith("armillary: "), "a warning is no data"
    assert armillary_cli("near", "cat", "--in", "twice.txt", "--json", "--quiet").err == ""


def test_words_may_be_asked_from_a_text_of_vectors(files: Path, armillary_cli: Cli) -> None:
    assert answer(armillary_cli("near", "cat", "--in", "vectors.txt", "--json"))["neighbours"][0]["label"] == "dog"


def test_the_version_is_that_of_the_package(armillary_cli: Cli) -> None:
    from importlib.metadata import version

    assert armillary_cli("--version").out == f"{version('armillary')}\n"

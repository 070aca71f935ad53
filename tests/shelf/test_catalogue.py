"""The declared list: what it says, how names are found, what it may never bring."""

import re

import pytest

from armillary.errors import FileError, NotFound
from armillary.language import speaking
from armillary.shelf import Shelf
from armillary.shelf.catalogue import CATALOGUE, find, read_catalogue

HASH = re.compile(r"[0-9a-f]{64}")
ENTRIES = read_catalogue(CATALOGUE)


def test_what_everybody_counts_on_is_listed():
    names = [entry.name for entry in ENTRIES]
    assert len(set(names)) == len(names)
    assert {"glove-6b-50d", "cl100k_base", "smollm2-135m-instruct", "minilm-l6-v2", "gemma3-270m", "gpt2", "gpt2-xl",
            "qwen3-0.6b", "llama-3.2-1b", "bert-base-chinese"} <= set(names)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entries_are_complete(entry):
    assert set(entry.about) == {"en", "zh"}
    assert re.search("[一-鿿]", entry.about["zh"])
    assert entry.licence.name
    assert entry.licence.url.startswith("https://")
    assert entry.size > 0
    assert bool(entry.wheels) != bool(entry.hub)
    hashes = [wheel.sha256 for wheel in entry.wheels] + [item.sha256 for wheel in entry.wheels for item in wheel.take]
    if entry.hub:
        assert re.fullmatch("[0-9a-f]{40}", entry.hub.revision)
        assert set(entry.hub.sha256) <= set(entry.hub.files)
        hashes = list(entry.hub.sha256.values())
    assert all(HASH.fullmatch(value) for value in hashes)


def test_the_ranks_are_those_that_tiktoken_names():
    [wheel] = find(ENTRIES, "cl100k_base").wheels
    # EXPECTED_HASH of cl100k_base in tiktoken_ext/openai_public.py
    assert wheel.take[0].sha256 == "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"


def test_what_is_opened():
    assert find(ENTRIES, "glove-6b-50d").opens == "glove-6b-50d.space"
    assert find(ENTRIES, "gemma3-270m").opens == "gemma-3-270m-q4_k_m.gguf"
    assert find(ENTRIES, "minilm-l6-v2").opens == "."
    assert len(find(ENTRIES, "gemma3-270m").wheels) == 4


def test_only_gemma_asks_for_its_licence_to_be_accepted():
    assert [entry.name for entry in ENTRIES if entry.licence.accept] == ["gemma3-270m"]


def test_names_are_found_however_they_are_typed():
    assert find(ENTRIES, "GLOVE-6B-50D").name == "glove-6b-50d"
    assert find(ENTRIES, "Qwen/Qwen3-0.6B").name == "qwen3-0.6b"


def test_near_names_are_named():
    with pytest.raises(NotFound, match="glove-6b-50d") as caught:
        find(ENTRIES, "glove-6b-5Od")
    assert caught.value.exit_code == 3
    with pytest.raises(NotFound, match="shows what there is"):
        find(ENTRIES, "zzzzzz")


def test_an_entry_says_what_it_is_in_the_language_spoken():
    entry = find(ENTRIES, "gpt2")
    with speaking("zh"):
        assert str(entry) == entry.about["zh"]
    assert str(entry) == entry.about["en"]


@pytest.mark.parametrize("name", ["../thing", "a/b", ".hidden", "Thing", ""])
def test_a_name_that_is_no_plain_word_is_refused(bench, name):
    bench.entry(name)
    with pytest.raises(FileError, match="none for a shelf"):
        bench.shelf()


@pytest.mark.parametrize("under", ["../out.json", "/etc/out.json", "a/../../out.json", "a\\b.json",
                                   "pytorch_model.bin", "model.pkl", "code.py", "noending"])
def test_a_file_that_leads_out_or_could_run_is_refused(bench, under):
    wheel = bench.wheel("thing-data", {"x": b"x"})
    bench.entry("thing")
    bench.listed(wheel, {"x": (under.replace("\\", "\\\\"), b"x")})
    with pytest.raises(FileError, match="may not bring"):
        bench.shelf()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", ".", "", "shelf\0"])
def test_a_typed_path_is_only_an_unknown_name(tmp_path, name):
    shelf = Shelf(folder=tmp_path)
    for ask in (shelf.entry, shelf.here, shelf.path, shelf.get, shelf.remove, shelf.record, shelf.verify):
        with pytest.raises(NotFound):
            ask(name)

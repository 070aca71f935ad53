"""Chinese is complete: every sentence of the source has its translation, with the same facts in it."""

import json

from armillary.language import LANGUAGES
from tests.structure.sentences import SOURCE, placeholders, sentences

CHINESE = json.loads((SOURCE / "locale" / "zh.json").read_text(encoding="utf-8"))


def test_every_sentence_has_its_translation() -> None:
    missing = {sentence: where for sentence, where in sentences().items() if sentence not in CHINESE}
    assert not missing, f"{len(missing)} sentences are not in zh.json, such as {list(missing.items())[:3]}"


def test_no_translation_is_left_over() -> None:
    found = sentences()
    left_over = [sentence for sentence in CHINESE if sentence not in found]
    assert not left_over


def test_translations_hold_the_same_facts() -> None:
    for english, chinese in CHINESE.items():
        assert placeholders(english) == placeholders(chinese), english
        assert chinese.strip(), english


def test_sentences_are_found_at_all() -> None:
    found = sentences()
    assert len(found) > 100
    assert "interrupted" in found
    assert "How many neighbours." in found
    assert LANGUAGES == ("en", "zh")

"""What docs/classes.md says of real reviews: opposites part, a rule by hand is beaten, published vectors help."""

import lzma
from pathlib import Path

import pytest

from armillary.learning.classifier.asked import Asked
from armillary.learning.classifier.learn import classifier_learned

PAIRS = [("喜欢", "讨厌"), ("满意", "失望"), ("干净", "脏"), ("好", "差")]


@pytest.mark.long
def test_opposites_part_and_the_rule_is_beaten(data: Path, tmp_path: Path):
    card = classifier_learned(data / "sentiment/zh/ChnSentiCorp_htl_all.csv.xz", tmp_path / "hotels",
                              Asked(pairs=PAIRS))
    assert card.rule is not None
    assert card.held.low > card.rule.held.high
    assert card.rule.held.low > card.commonest.high
    assert card.held.accuracy > 0.87
    for pair in card.pairs:
        assert abs(pair.before) < 0.5
        assert pair.after < -0.7, pair


@pytest.mark.long
def test_published_vectors_help_where_labels_are_few(data: Path, tmp_path: Path):
    """The first 30,000 words of GloVe bring along what 200 labels cannot say."""
    source, test = (data / f"sentiment/en/sst2-{part}.tsv.xz" for part in ("train", "test"))
    begins = {"random": None, "glove": _glove(data, tmp_path)}
    right = {name: classifier_learned(source, tmp_path / name, Asked(
        test=test, rows=200, embedding=begin, train="all" if begin is None else "but-W_E",
    )).held.accuracy for name, begin in begins.items()}
    assert right["glove"] > right["random"] + 0.02, right


def _glove(data: Path, folder: Path) -> Path:
    path = folder / "glove.txt"
    path.write_bytes(lzma.decompress((data / "models/glove.6B.50d.top30k.txt.xz").read_bytes()))
    return path

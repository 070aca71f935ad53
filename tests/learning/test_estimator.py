"""Entity embeddings pass scikit-learn's own checks of estimators, and their points say what categories are worth."""

import subprocess
import sys

import numpy as np
import pandas
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

import armillary


def rows() -> tuple[pandas.DataFrame, np.ndarray]:
    """Town and colour; towns a and b are worth the same, colour nothing."""
    random = np.random.default_rng(0)
    table = pandas.DataFrame({"town": random.choice(list("abcd"), 400), "colour": random.choice(["red", "blue"], 400)})
    worth = table["town"].map({"a": 5.0, "b": 5.0, "c": -5.0, "d": 0.0}).to_numpy()
    return table, worth + 0.1 * random.standard_normal(400)


def test_points_serve_a_plain_model_and_are_a_space():
    table, wanted = rows()
    embedding = armillary.EntityEmbedding(width=2, steps=150)
    pipe = make_pipeline(embedding, LinearRegression()).fit(table, wanted)
    assert pipe.score(table, wanted) > 0.95
    assert embedding.get_feature_names_out().tolist() == ["town_0", "town_1", "colour_0", "colour_1"]
    assert embedding.transform(table[:3]).shape == (3, 4)
    assert [one.label for one in embedding.space(0).near("a", n=1)] == ["b"]
    unseen = pandas.DataFrame({"town": ["nowhere"], "colour": ["red"]})
    assert embedding.transform(unseen)[0, :2].tolist() == embedding.points_[0][0].tolist()
    again = armillary.EntityEmbedding(width=2, steps=150).fit(table, wanted)
    assert np.array_equal(again.transform(table), embedding.transform(table))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
def test_scikit_learns_checks_pass():
    check_estimator(armillary.EntityEmbedding(steps=5))


def test_without_scikit_learn_the_message_says_what_to_install():
    code = ("import sys; sys.modules['sklearn'] = None\nimport armillary\ntry:\n armillary.EntityEmbedding\n"
            "except armillary.MissingExtra as error:\n print(error)")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'armillary[sklearn]'" in ran.stdout

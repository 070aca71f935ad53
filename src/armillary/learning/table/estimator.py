"""Entity embeddings as a scikit-learn transformer: categories become points, learned for a target.

    pipe = make_pipeline(ar.EntityEmbedding(width=4), Ridge())
    pipe.fit(films[["director", "genre"]], ratings)

The names are scikit-learn's (https://scikit-learn.org/stable/developers/develop.html), and its checks of estimators
pass. Needs scikit-learn (extra `sklearn`) and torch (extra `lm`); nothing else of Armillary imports it.
"""

from typing import Any

import numpy as np

from armillary.extras import need
from armillary.learning.table.columns import OFTEN, OTHER
from armillary.learning.table.learn import width_for
from armillary.space import Space

validation, multiclass = need("sklearn.utils.validation"), need("sklearn.utils.multiclass")
Estimator: Any = need("sklearn.base").BaseEstimator
Transformer: Any = need("sklearn.base").TransformerMixin


class EntityEmbedding(Transformer, Estimator):  # type: ignore[misc]
    """Categories as points that are learned for a target, side by side; unseen and rare ones share a point.

    Attributes:
        categories_: of each column its categories, in the order of the points after the first.
        points_: of each column (categories + 1, width) its points; the first is that of all others.
    """

    def __init__(
        self, width: Any = None, hidden: Any = 32, steps: Any = 300, batch: Any = 64, random_state: Any = 0
    ) -> None:
        """Set what is learned how; by scikit-learn's rules nothing is checked here.

        Args:
            width: numbers in a point; by the number of categories if None.
            hidden: numbers in the hidden layer of the model that the points are learned in.
            steps: how many.
            batch: rows in a step.
            random_state: the seed of all that is drawn, a whole number.
        """
        self.width = width
        self.hidden = hidden
        self.steps = steps
        self.batch = batch
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def fit(self, X: Any, y: Any) -> "EntityEmbedding":
        """Learn the points of the columns of X (n, c) for y (n,): classes, or numbers.

        Raises:
            ValueError: X and y that do not go together, or hold nothing, or nan.
        """
        need("torch")
        X, y = validation.validate_data(self, X, y, dtype=None, multi_output=False)
        kind = multiclass.type_of_target(y, raise_unknown=True)
        self.categories_ = [_often(X[:, place]) for place in range(X.shape[1])]
        if kind == "continuous":
            numbers = np.asarray(y, np.float64)
            wanted = ((numbers - numbers.mean()) / (numbers.std() or 1.0)).astype(np.float32)
            self.points_ = self._learned(self._ids(X), wanted, 0)
        else:
            named, classes = np.unique(y, return_inverse=True)
            self.points_ = self._learned(self._ids(X), classes, len(named))
        return self

    def transform(self, X: Any) -> np.ndarray:
        """(n, all widths): the points of each row's categories, side by side."""
        validation.check_is_fitted(self)
        X = validation.validate_data(self, X, dtype=None, reset=False)
        ids = self._ids(X)
        return np.concatenate([points[ids[:, place]] for place, points in enumerate(self.points_)], axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The column's name and the place in its points: director_0, director_1."""
        validation.check_is_fitted(self)
        names = validation._check_feature_names_in(self, input_features)
        found = [f"{name}_{place}" for name, points in zip(names, self.points_, strict=True)
                 for place in range(points.shape[1])]
        return np.array(found, dtype=object)

    def space(self, column: int) -> Space:
        """The points of one column of X, to be asked: near, similarity, directions."""
        validation.check_is_fitted(self)
        labels = [OTHER, *(str(one) for one in self.categories_[column])]
        return Space(labels, np.ascontiguousarray(self.points_[column], np.float32))

    def _ids(self, X: np.ndarray) -> np.ndarray:
        """The number of each category, 0 for those that are not known."""
        columns = []
        for place, categories in enumerate(self.categories_):
            number = {one: row for row, one in enumerate(categories, 1)}
            columns.append([number.get(one, 0) for one in X[:, place].tolist()])
        return np.array(columns, np.int64).T

    def _learned(self, ids: np.ndarray, wanted: np.ndarray, classes: int) -> list[np.ndarray]:
        """Teach the model of `train.table` on the rows, and take its points."""
        from armillary.train.fit import fit
        from armillary.train.plan import Plan
        from armillary.train.table import Rows, RowsOfTable, Shape, TableModel

        levels = [len(one) + 1 for one in self.categories_]
        shape = Shape(levels, [self.width or width_for(count) for count in levels], 0, self.hidden, classes or 1)
        rows = Rows(ids, np.zeros((len(ids), 0), np.float32), wanted)
        model = TableModel(shape, self.random_state)
        plan = Plan(steps=self.steps, rate=3e-3, warm=20, course="linear", cool=1.0, least=0.0)
        for _ in fit(model, RowsOfTable(rows, classes, self.batch, self.random_state), plan):
            pass
        return [model.tables[str(place)].detach().numpy().astype(np.float64) for place in range(len(levels))]


def _often(column: np.ndarray) -> list[Any]:
    """The categories that come often enough to be learned from, in order; all of them where none does."""
    named, counts = np.unique(column, return_counts=True)
    kept = named[counts >= OFTEN]
    found: list[Any] = (kept if len(kept) else named).tolist()
    return found

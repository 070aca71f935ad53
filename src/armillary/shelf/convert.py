"""What a matrix and a column of labels become when they arrive."""

from collections.abc import Mapping
from pathlib import Path

from armillary.formats.checks import as_float32
from armillary.formats.numpy_files import read_matrix
from armillary.formats.parquet import read_labels
from armillary.formats.unpack import open_bounded
from armillary.space import Space


def to_space(folder: Path, name: str, origin: Mapping[str, str]) -> None:
    """Replace vectors.npy (in any order) and labels.parquet in `folder` by the native store `name`.

    Raises:
        MissingExtra: pyarrow is not installed.
        DamagedFile: labels and vectors do not belong together.
    """
    vectors, labels = folder / "vectors.npy", folder / "labels.parquet"
    matrix = as_float32(read_matrix(open_bounded(vectors)))
    Space(read_labels(labels), matrix, origin=origin).save(folder / name)
    vectors.unlink()
    labels.unlink()

"""Few numbers for many: principal components, a slice through chosen directions, and a t-SNE map.

The first two are linear and keep directions straight; each says how much it leaves out. t-SNE bends space, so its
distances and directions mean nothing and only "who is near whom" may be read; it says how far that is true.
"""

from dataclasses import dataclass

import numpy as np

from armillary.errors import InputError
from armillary.extras import need
from armillary.geometry.rows import blocks, unit_rows
from armillary.shapes import Float, Float32, Float64, Int64


@dataclass(frozen=True, eq=False)
class Frame:
    """A flat of two, three or more perpendicular directions, through a point, that others are dropped onto.

    Attributes:
        origin: (d,) the point that has the coordinates 0, 0, ...
        directions: (c, d) perpendicular, each of length 1.
    """

    origin: Float64[np.ndarray, "d"]
    directions: Float64[np.ndarray, "c d"]

    def coordinates(self, vectors: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, "n c"]:
        """Where each vector falls: its dot products with the directions, seen from the origin."""
        placed = np.empty((len(vectors), len(self.directions)))
        for rows in blocks(*vectors.shape):
            placed[rows] = (vectors[rows] - self.origin) @ self.directions.T
        return placed

    def kept(self, vectors: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, "n"]:
        """How much of each vector's length (from the origin) lies in the frame, 0 to 1; 1 for the origin itself."""
        whole = np.empty(len(vectors))
        for rows in blocks(*vectors.shape):
            whole[rows] = np.linalg.norm(vectors[rows] - self.origin, axis=1)
        inside = np.linalg.norm(self.coordinates(vectors), axis=1)
        share: np.ndarray = np.divide(inside, whole, out=np.ones(len(whole)), where=whole > 0)
        return share.clip(max=1)


@dataclass(frozen=True, eq=False)
class PrincipalComponents(Frame):
    """The frame in which some vectors vary most; its origin is their mean.

    Attributes:
        variance: (c,) the share of all variance along each direction, in descending order; the sum is what is kept.
    """

    variance: Float64[np.ndarray, "c"]


def principal_components(vectors: Float[np.ndarray, "n d"], components: int = 2) -> PrincipalComponents:
    """The directions along which `vectors` vary most (Pearson, 1901; Hotelling, 1933).

    Rows are centred, not scaled. Each direction is turned so that its largest number is positive, for the same picture
    from the same input.

    Raises:
        InputError: more components than the points can span, or points that are all the same.
    """
    n, d = vectors.shape
    if not 1 <= components <= min(n - 1, d):
        raise InputError(
            "{n} points of {d} numbers have at most {most} principal components, {asked} were asked for",
            n=n, d=d, most=max(0, min(n - 1, d)), asked=components,
        )
    mean = vectors.mean(axis=0, dtype=np.float64)
    squares, directions = _spectrum(vectors, mean)
    if squares.sum() <= 1e-12 * n * (mean @ mean):
        raise InputError("the {n} points are all the same: they vary along no direction", n=n)
    chosen = directions[:components]
    largest = np.abs(chosen).argmax(axis=1)
    chosen = chosen * np.sign(chosen[np.arange(components), largest])[:, None]
    return PrincipalComponents(mean, chosen, squares[:components] / squares.sum())


def _spectrum(
    vectors: Float[np.ndarray, "n d"], mean: Float64[np.ndarray, "d"]
) -> tuple[Float64[np.ndarray, "c"], Float64[np.ndarray, "c d"]]:
    """Sums of squares along each principal direction, descending, and the directions.

    Few rows are decomposed as they are; of many, only the d x d scatter matrix is ever held as float64.
    """
    n, d = vectors.shape
    if n <= d:
        _, singular, directions = np.linalg.svd(vectors - mean, full_matrices=False)
        return singular**2, directions
    scatter = np.zeros((d, d))
    for rows in blocks(n, d):
        centred = vectors[rows] - mean
        scatter += centred.T @ centred
    squares, columns = np.linalg.eigh(scatter)
    return np.maximum(squares[::-1], 0), columns.T[::-1]


def slice_through(chosen: Float[np.ndarray, "c d"]) -> Frame:
    """The plane (of two vectors) or space (of three) through the origin in which the chosen vectors lie.

    The first lies along +x, the second has positive y, the third positive z (Gram and Schmidt, by a QR decomposition).

    Raises:
        InputError: not two or three vectors, more than the space has dimensions, or one that already lies in the slice
            of those before it.
    """
    count, d = chosen.shape
    if not 2 <= count <= min(3, d):
        raise InputError(
            "a slice through {d} dimensions is spanned by 2 or {most} words or directions; given: {count}",
            d=d, most=min(3, d), count=count,
        )
    columns, triangle = np.linalg.qr(unit_rows(chosen).T)
    heights = np.diag(triangle)  # how far each vector, at length 1, rises above those before it
    flat = np.flatnonzero(np.abs(heights) < 1e-6)
    if flat.size:
        raise InputError(
            "direction {position} adds nothing to the slice: it lies in the line or plane of those before it",
            position=int(flat[0]) + 1,
        )
    return Frame(np.zeros(d), (columns * np.sign(heights)).T)


@dataclass(frozen=True, eq=False)
class Map:
    """Points on a plane, with how far it can be believed.

    Attributes:
        coordinates: (n, 2).
        kept: of each point's nearest neighbours by cosine, the share (on average) that is nearest on the map too.
        chance: what `kept` would be on a map of points thrown at random.
        neighbours: how many neighbours that is.
    """

    coordinates: Float32[np.ndarray, "n 2"]
    kept: float
    chance: float
    neighbours: int


def tsne(vectors: Float[np.ndarray, "n d"], perplexity: float = 30, seed: int = 0) -> Map:
    """A t-SNE map by cosine (van der Maaten and Hinton, 2008), by openTSNE on one thread: same points, same map.

    It starts from the principal components (Kobak and Berens, 2019), so neither the large shape nor anything else is
    left to chance. With few points the perplexity is lowered to a third of the others. `kept` is measured on at most
    2,000 points, drawn by `seed`, against all.

    Raises:
        MissingExtra: openTSNE is not installed (extra `map`).
        InputError: fewer than 5 points, or a zero vector.
    """
    n = len(vectors)
    if n < 5:
        raise InputError("a t-SNE map needs at least 5 points; given: {n}", n=n)
    opentsne = need("openTSNE")
    unit = unit_rows(vectors)
    start = principal_components(unit).coordinates(unit)
    start *= 1e-4 / start[:, 0].std()  # small enough to leave t-SNE free, as its authors advise
    fit = opentsne.TSNE(
        perplexity=min(perplexity, (n - 1) / 3), initialization=start, n_jobs=1, neighbors="exact",
        negative_gradient_method="bh" if n < 10_000 else "fft",
    )
    coordinates = np.asarray(fit.fit(unit), dtype=np.float32)
    k = min(10, n - 1)
    asked = np.random.default_rng(seed).permutation(n)[:2_000]
    flat = coordinates.astype(np.float64)
    kept = _shared(_nearest(unit, asked, k), _nearest(flat, asked, k))
    return Map(coordinates, kept, k / (n - 1), k)


def _nearest(points: Float64[np.ndarray, "n d"], asked: Int64[np.ndarray, "m"], k: int) -> Int64[np.ndarray, "m k"]:
    """The rows of the k nearest neighbours of each row in `asked`, itself left out, in no order."""
    squares = np.einsum("nd,nd->n", points, points)
    found = np.empty((len(asked), k), np.int64)
    for rows in blocks(len(asked), len(points)):
        distance = squares - 2 * points[asked[rows]] @ points.T
        distance[np.arange(len(distance)), asked[rows]] = np.inf
        found[rows] = np.argpartition(distance, k - 1, axis=1)[:, :k]
    return found


def _shared(a: Int64[np.ndarray, "m k"], b: Int64[np.ndarray, "m k"]) -> float:
    """The mean share of row numbers that two lists of neighbours have in common."""
    return float((a[:, :, None] == b[:, None, :]).any(axis=2).mean())

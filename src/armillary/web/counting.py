"""Count: the ledger of a published config or an open model, with fields changed as one likes."""

from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

from armillary.count import Ledger, Row, count
from armillary.errors import InputError, NotFound
from armillary.opening import open_model
from armillary.published.configs import named, read_config
from armillary.transformer.config import Block, Config
from armillary.web.home import facts_of
from armillary.web.library import Library
from armillary.web.route import Route
from armillary.web.schema import Name, Range

Width = Annotated[int, Range(1, 1_000_000)]


@dataclass(frozen=True)
class Changes:
    """Fields that are other than published; None leaves one as it is."""

    d_vocab: Annotated[int, Range(1, 10_000_000)] | None = None
    d_model: Width | None = None
    n_layers: Annotated[int, Range(1, 1000)] | None = None
    n_ctx: Annotated[int, Range(1, 100_000_000)] | None = None
    n_heads: Annotated[int, Range(1, 10_000)] | None = None
    n_kv_heads: Annotated[int, Range(1, 10_000)] | None = None
    d_head: Width | None = None
    d_mlp: Width | None = None
    tied: bool | None = None


@dataclass(frozen=True)
class CountQuestion:
    """A model by the name of its config, or an open one by its id; and what is changed."""

    name: Name
    changes: Changes = Changes()


@dataclass(frozen=True)
class Counted:
    """The ledger.

    Attributes:
        total: all parameters, tied ones once.
        active: those that work on one token.
        by_kind: kind of tensor to parameters.
        eight: the eight kinds of matrices alone, W_E and W_U counted apart.
        bytes: type of number to bytes.
        cache: numbers that keys and values fill, for one token and for the whole context.
        flops: operations for the first token and for the last of the context.
        facts: the fields that can be changed.
        tied: whether W_U is W_E; None where there is no W_U.
        rows: every tensor, and the parts that have none.
        source, published: where the config stands, and what its authors say.
    """

    name: str
    total: int
    active: int
    by_kind: dict[str, int]
    eight: dict[str, int]
    bytes: dict[str, int]
    cache: tuple[int, int]
    flops: tuple[int, int]
    facts: dict[str, int]
    tied: bool | None
    rows: tuple[Row, ...]
    source: str
    published: str


def counted(library: Library, asked: CountQuestion) -> Counted:
    """Every parameter of a model."""
    config, source, published = _config(library, asked.name)
    return _facts(asked.name, count(changed(config, asked.changes)), source, published)


def _config(library: Library, name: str) -> tuple[Config, str, str]:
    item = library.items.get(name)
    if item is not None and item.kind == "model":
        return open_model(item.target).config, "", ""
    if item is not None and item.kind == "config":
        return read_config(item.path), "", ""
    if item is not None:
        raise InputError("{name} is no language model", name=name)
    try:
        known = named(name)
    except NotFound:
        raise NotFound("no config is called {name!r}", name=name) from None
    return known.config, known.source, known.published


def changed(config: Config, changes: Changes) -> Config:
    """`config` with other numbers.

    Raises:
        InputError: they do not go together.
    """
    given = {one.name: value for one in fields(changes) if (value := getattr(changes, one.name)) is not None}
    own = {name: given[name] for name in ("d_vocab", "d_model", "n_layers", "n_ctx") if name in given}
    layers = own.get("n_layers", config.n_layers)
    pattern = tuple(_block(block, given) for block in config.pattern[:layers])
    unembedding = config.unembedding
    if unembedding is not None and "tied" in given:
        unembedding = replace(unembedding, tied=bool(given["tied"]))
    return replace(config, **own, pattern=pattern, unembedding=unembedding)


def _block(block: Block, given: dict[str, int]) -> Block:
    attention: Any = {name: given[name] for name in ("n_heads", "n_kv_heads", "d_head") if name in given}
    if "n_heads" in attention and block.attention.n_kv_heads == block.attention.n_heads:
        attention.setdefault("n_kv_heads", attention["n_heads"])  # each head has its own, and goes on having it
    mlp: Any = {"d_mlp": given["d_mlp"]} if "d_mlp" in given else {}
    return replace(block, attention=replace(block.attention, **attention), mlp=replace(block.mlp, **mlp))


def _facts(name: str, ledger: Ledger, source: str, published: str) -> Counted:
    config = ledger.config
    tied = None if config.unembedding is None else config.unembedding.tied
    return Counted(
        name, ledger.total, ledger.active, ledger.by_kind, ledger.eight, ledger.bytes,
        (ledger.cached(), ledger.cached(config.n_ctx)), (ledger.flops(), ledger.flops(config.n_ctx)),
        facts_of(config), tied, ledger.rows, source, published,
    )


ROUTES = (Route("count", "Every parameter of a model.", CountQuestion, Counted, counted),)

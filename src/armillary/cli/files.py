"""info, convert, verify: what a file holds, in another format, byte by byte."""

import hashlib
from pathlib import Path
from typing import Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import (
    accept_options,
    chosen_points,
    complete_target,
    force_option,
    json_option,
    opened,
    points_option,
    quiet_option,
)
from armillary.cli.progress import progress
from armillary.cli.show import as_json, say_line, table, warn
from armillary.cli.tokens import tokenizer_facts
from armillary.count import count
from armillary.errors import NotFound
from armillary.formats.points import Accept, Points
from armillary.formats.sniff import read, write
from armillary.formats.store import is_store, verify_store
from armillary.formats.tokenizer_files import is_tokenizer
from armillary.language import Note, printable, say
from armillary.language_model import LanguageModel, is_model
from armillary.opening import WITH_MODEL, located, open_model, open_tokenizer
from armillary.shelf import Entry, Shelf
from armillary.space import Space
from armillary.text.tokenizer import Tokenizer
from armillary.transformer.positions import position_kind

# What the facts are called where people read them.
_SENTENCES = {
    "name": "name", "about": "about", "kind": "kind", "licence": "licence", "licence_url": "licence text",
    "sources": "from", "download_bytes": "bytes to download", "here": "here", "format": "format", "rows": "rows",
    "dim": "numbers in a row", "dtype": "number type", "labels": "first labels", "counts": "has word counts",
    "subwords": "n-gram rows", "parameters": "numbers in all", "cuts": "cuts by", "tokens": "tokens",
    "special": "special tokens", "n_vocab": "rows of a table for it (n_vocab)", "unused": "ids that no token has",
    "n_layers": "blocks (n_layers)", "d_model": "numbers in a point (d_model)", "n_heads": "heads (n_heads)",
    "n_kv_heads": "heads that are asked (n_kv_heads)", "d_head": "numbers in a head (d_head)",
    "d_mlp": "numbers inside the MLP (d_mlp)", "d_vocab": "tokens (d_vocab)", "n_ctx": "context (n_ctx)",
    "positions": "positions", "tied": "W_U is W_E (tied)", "points": "spaces of its tokens (--points)",
    "unused_ids": "which", "ranks": "ranks", "pattern": "pattern", "warnings": "warnings", "origin": "origin",
}
_SENTENCES_OF_POSITIONS = {
    "learned": "learned: a row added for each place", "sinusoidal": "sinusoidal: sines and cosines added",
    "halved": "sinusoidal: sines, then cosines added", "rotary": "rotary: q and k turned, nothing added",
    "none": "none: places are not told apart",
}
_NATIVE = "native store"


@command(
    "info",
    """
    armillary info glove-6b-50d
    armillary info vectors.txt.gz --json
    armillary info smollm2-135m-instruct --points W_E
    """,
)
@click.argument("target", shell_complete=complete_target)
@points_option
@accept_options
@json_option
def info_command(target: str, short: bool, drop_nonfinite: bool, huge: bool, json_: bool) -> None:
    """What a file, a folder or a name on the shelf holds.

    The format is recognised by the content, never by a flag. Of a language model --points shows the points of its
    tokens.
    """
    entry = _entry(target)
    facts: dict[str, Any] = _shelf_facts(entry) if entry else {}
    if tokenizer := _tokenizer(target, entry):
        facts |= tokenizer_facts(tokenizer)
    elif entry is not None and not Shelf().here(entry.name):
        pass  # the shelf's own facts are all that can be known
    elif is_model(located(target, ("points", *WITH_MODEL))) and not chosen_points():
        facts |= _model_facts(open_model(target))
    else:
        with progress(say("opening {target}", target=printable(target)), json_):
            space = opened(target, quiet=True, accept=Accept(short, drop_nonfinite, huge))  # its notes are facts here
        facts |= _space_facts(space, is_store(located(target, ("points", *WITH_MODEL))))
        if not json_:
            facts["labels"] = [space.quoted(label) for label in facts["labels"]]
    if json_:
        return as_json(facts)
    rows = [(say(_SENTENCES[name]), _told(name, value)) for name, value in facts.items()]
    return table(("", printable(target)), rows)


def _entry(target: str) -> Entry | None:
    """The shelf's entry called `target`, unless a path of that name lies on the disk."""
    if Path(target).exists():
        return None
    try:
        return Shelf().entry(target)
    except NotFound:
        return None


def _tokenizer(target: str, entry: Entry | None) -> Tokenizer | None:
    """What `target` is, if that is a tokenizer and here."""
    path = Path(target)
    is_one = Shelf().here(entry.name) and entry.kind == "tokenizer" if entry else path.exists() and is_tokenizer(path)
    return open_tokenizer(target) if is_one else None


def _shelf_facts(entry: Entry) -> dict[str, Any]:
    sources = [f"{wheel.package} {wheel.version} (PyPI)" for wheel in entry.wheels]
    if entry.hub:
        sources.append(f"{entry.hub.repo} (Hugging Face)")
    return {
        "name": entry.name, "about": str(entry), "kind": entry.kind, "licence": entry.licence.name,
        "licence_url": entry.licence.url, "sources": sources, "download_bytes": entry.size,
        "here": Shelf().here(entry.name),
    }


def _model_facts(model: LanguageModel) -> dict[str, Any]:
    """What is known of a model before its weights are read."""
    config, block = model.config, model.config.pattern[0]
    ends = config.unembedding
    return {
        "format": "safetensors" if model.path.is_dir() else "GGUF", "kind": "language model" if ends else "encoder",
        "n_layers": config.n_layers, "d_model": config.d_model, "n_heads": block.attention.n_heads,
        "n_kv_heads": block.attention.n_kv_heads, "d_head": block.attention.d_head, "d_mlp": block.mlp.d_mlp,
        "d_vocab": config.d_vocab, "n_ctx": config.n_ctx,
        "positions": position_kind(config),
        "tied": ends is not None and ends.tied, "parameters": count(config).total,
        "points": ["W_E", "W_U"] if ends else ["W_E"],
    }


def _space_facts(space: Space, native: bool) -> dict[str, Any]:
    grams = 0 if space.subwords is None else space.subwords.vectors.size
    return {
        "format": _NATIVE if native else space.origin["format"], "kind": "points", "rows": len(space),
        "dim": space.dim, "dtype": "float32", "labels": space.labels[:8], "counts": space.counts is not None,
        "subwords": 0 if space.subwords is None else len(space.subwords.vectors),
        "parameters": len(space) * space.dim + grams, "warnings": [str(note) for note in space.notes],
        "origin": dict(space.origin),
    }


def _told(name: str, value: object) -> str:
    """A fact as a person reads it."""
    if name == "kind":
        return say(str(value))
    if name == "positions":
        return say(_SENTENCES_OF_POSITIONS[str(value)])
    if value == _NATIVE:
        return say("native store")
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_in_line(fact)}" for key, fact in value.items()) or "–"
    return _in_line(value) or "–"


def _in_line(value: object) -> str:
    """The same where facts stand in facts: all on one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_in_line(fact)}" for key, fact in value.items() if fact not in (None, [], ""))
    if isinstance(value, list | tuple):
        return ", ".join(map(_in_line, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@command(
    "convert",
    """
    armillary convert vectors.txt.gz vectors.space
    armillary convert glove-6b-50d glove.bin
    armillary convert smollm2-135m-instruct tokens.space --points W_E
    """,
)
@click.argument("target", shell_complete=complete_target)
@click.argument("out", type=click.Path(path_type=Path))
@points_option
@option("--limit", type=click.IntRange(1), help="Only the first so many rows.")
@accept_options
@force_option
@json_option
@quiet_option
def convert_command(
    target: str, out: Path, limit: int | None, short: bool, drop_nonfinite: bool, huge: bool,
    force: bool, json_: bool, quiet: bool,
) -> None:
    """From one format to another, by the ending of OUT.

    .space is Armillary's own store, which opens at once at any size. .txt and .vec are word2vec's text, .glove.txt is
    GloVe's, .bin is word2vec's binary form (fastText's where the space keeps n-grams), and there are .npy,
    .safetensors, .parquet, .arrow and a folder or .tsv for TensorBoard's projector.
    """
    space = opened(target, quiet, Accept(short, drop_nonfinite, huge), limit)
    lost: tuple[Note, ...] = ()
    with progress(say("writing {out}", out=printable(str(out))), quiet):
        if out.suffix == ".space":
            source = located(target, ("points", *WITH_MODEL))
            if source.is_file():
                space = space.with_origin(sha256=_sha256(source))
            space.save(out, force)
        else:
            lost = write(Points(space.labels, space.vectors, space.counts, space.subwords), out, force)
    warn(() if quiet else lost)
    if json_:
        as_json({"out": str(out), "rows": len(space), "dim": space.dim})
    elif not quiet:
        say_line(say("{out}: {rows:,} points of {dim} numbers", out=str(out), rows=len(space), dim=space.dim))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@command(
    "verify",
    """
    armillary verify glove-6b-50d
    armillary verify vectors.space --json
    """,
)
@click.argument("target", shell_complete=complete_target)
@json_option
def verify_command(target: str, json_: bool) -> None:
    """Read every byte against the checksums.

    A native store and what came onto the shelf carry SHA-256 sums. A file of another format carries none: it is read
    to its end by all the rules of its format.
    """
    entry = _entry(target)
    path = located(target) if entry is None or entry.kind == "points" else None
    with progress(say("reading {target}", target=printable(target)), json_):
        if entry is not None:
            Shelf().verify(entry.name)
        if path is not None and is_store(path):
            verify_store(path)
        elif entry is None and path is not None:
            read(path)
    sums = entry is not None or (path is not None and is_store(path))
    if json_:
        as_json({"target": target, "whole": True, "checksums": sums})
    elif sums:
        say_line(say("{target} is whole: every byte agrees with its SHA-256", target=target))
    else:
        say_line(say("{target} is whole by the rules of its format, which has no checksums", target=target))

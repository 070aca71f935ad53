"""Every sentence that Armillary can say to a user, read out of its source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import armillary
from armillary import errors
from armillary.cli.learn import LEARN
from armillary.cli.main import COMMANDS
from armillary.shelf.catalogue import KINDS

SOURCE = Path(armillary.__file__).parent


def _kinds(kind: type[errors.ArmillaryError]) -> Iterator[type[errors.ArmillaryError]]:
    yield kind
    for special in kind.__subclasses__():
        yield from _kinds(special)


ERRORS = {kind.__name__: issubclass(kind, errors.FileError) for kind in _kinds(errors.ArmillaryError)}


@cache
def sentences() -> dict[str, str]:
    """Sentence -> where it stands, for all modules and all commands."""
    found = {summary: "cli/main.py" for _, summary in COMMANDS.values()}
    found |= {summary: "cli/learn.py" for _, summary in LEARN.values()}
    found |= dict.fromkeys(KINDS, "shelf/catalogue.py")
    for path in sorted(SOURCE.rglob("*.py")):
        where = str(path.relative_to(SOURCE))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for sentence in (*_said(tree), *_of_commands(tree), *_marked(tree)):
            found.setdefault(sentence, where)
    return found


def placeholders(sentence: str) -> set[str]:
    """The {names} in a sentence."""
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(sentence) if name}


def _said(tree: ast.Module) -> Iterator[str]:
    """First arguments of say, Note and the errors; of a file's errors the second, since the first is its path."""
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(tree):
        for message in _messages(node) if isinstance(node, ast.Call) else ():
            for value in named.get(message.id, []) if isinstance(message, ast.Name) else [message]:
                yield from _literals(value)


def _messages(call: ast.Call) -> list[ast.expr]:
    """Which arguments of a call are said to the user."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("say", "Note", "damaged"):
        return call.args[:1]
    if name == "Place":
        return call.args[2:3]  # what it means, which `armillary inside --places` says
    if name in ERRORS:
        return call.args[1:2] if ERRORS[name] else call.args[:1]
    if name == "__init__" and ast.unparse(call.func).startswith("super()"):
        return call.args[:2]  # an error's own, after the path of a file's
    return []


def _literals(node: ast.expr) -> Iterator[str]:
    """A string, or the two of a choice between strings."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if node.value.strip():
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


def _of_commands(tree: ast.Module) -> Iterator[str]:
    """The help of options, and the docstrings of commands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (k.value.value for k in node.keywords if k.arg == "help" and isinstance(k.value, ast.Constant))
        if not isinstance(node, ast.FunctionDef) or not ast.get_docstring(node):
            continue
        if any("command(" in ast.unparse(decorator) for decorator in node.decorator_list):
            yield ast.get_docstring(node) or ""


def _marked(tree: ast.Module) -> Iterator[str]:
    """The values of module-level tables of sentences: dictionaries and tuples whose name begins with SENTENCES."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).lstrip("_").startswith("SENTENCES"):
            for part in ast.walk(node.value):
                if isinstance(part, ast.Dict):
                    yield from (v.value for v in part.values if isinstance(v, ast.Constant))
                elif isinstance(part, ast.Tuple | ast.List):
                    yield from (v.value for v in part.elts if isinstance(v, ast.Constant))


if __name__ == "__main__":
    import json
    import sys

    chinese = json.loads((SOURCE / "locale" / "zh.json").read_text(encoding="utf-8"))
    missing = {sentence: where for sentence, where in sentences().items() if sentence not in chinese}
    sys.stdout.write(json.dumps(missing, ensure_ascii=False, indent=1) + "\n")

"""Every sentence that Armillary can say to a user, read out of its source."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import armillary
from armillary import errors
from armillary.cli.main import COMMANDS
from armillary.shelf.catalogue import KINDS

SOURCE = Path(armillary.__file__).parent
ERRORS = {
    name: issubclass(kind, errors.FileError)
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.ArmillaryError)
}


def sentences() -> dict[str, str]:
    """Sentence -> where it stands, for all modules and all commands."""
    found = {summary: "cli/main.py" for _, summary in COMMANDS.values()}
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
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("say", "Note") or name == "damaged":
            place = 0
        elif name in ERRORS:
            place = 1 if ERRORS[name] else 0
        elif name == "__init__" and isinstance(node.func, ast.Attribute) and "super" in ast.unparse(node.func):
            place = 0
        else:
            continue
        for argument in node.args[place : place + 1]:
            yield from _literals(argument)


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
        if isinstance(node, ast.FunctionDef) and any("command(" in ast.unparse(d) for d in node.decorator_list):
            if docstring := ast.get_docstring(node):
                yield docstring


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

    chinese = json.loads((SOURCE / "locale" / "zh.json").read_text(encoding="utf-8"))
    print(json.dumps({s: w for s, w in sentences().items() if s not in chinese}, ensure_ascii=False, indent=1))

"""The house stands: imports go down only, nothing goes in a circle, files and functions stay small."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import armillary

SOURCE = Path(armillary.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))

# The ladder of the house, the ground floor first. A module imports from its own floor or from below.
LADDER = [
    ["errors", "shapes", "extras", "language", "locale"],
    ["text"],
    ["geometry", "draw"],
    ["formats", "space"],
    ["transformer"],
    ["speak", "count"],
    ["train", "trace", "published"],
    ["opening", "shelf", "learning", "language_model"],
    ["tour", "cli", "web"],
]
FLOOR = {name: floor for floor, names in enumerate(LADDER) for name in names}
STRANGERS = [
    ("geometry", "draw"), ("formats", "space"), ("train", "trace"), ("train", "published"), ("trace", "published"),
]

MOST_LINES = 300
MOST_FUNCTION_LINES = 40
MOST_PARAMETERS = 6
# Exceptions, each with its reason.
LONG_FUNCTIONS: dict[str, str] = {}
MANY_PARAMETERS: dict[str, str] = {
    "armillary.speak.fast.rows.normed": "an instruction on addresses and numbers",
    "armillary.speak.fast.tile.tile": "an instruction on addresses and distances",
    "armillary.speak.fast.tile.call_tile": "an instruction on addresses and distances",
    "armillary.speak.fast.entry.one": "compiled: an instruction on addresses and distances, called by its address",
    "armillary.speak.fast.entry.several": "compiled: an instruction on addresses and distances, called by its address",
    "armillary.train.words.block.block": "an intrinsic of numba takes arrays one by one",
    "armillary.train.words.skipgram_kernels.all_around": "compiled: arrays in a tuple would be counted in the loop",
    "armillary.train.words.skipgram_kernels._sentence": "compiled: what is allocated once and used for every sentence",
    "armillary.train.words.cbow_kernels._told_apart": "compiled: arrays in a tuple would be counted in the loop",
    "armillary.train.words.cbow_kernels._sentence": "compiled: what is allocated once and used for every sentence",
    "armillary.train.words.draws.draw": "compiled: what is allocated once and used for every sentence",
    "armillary.train.words.subword_kernels._sentence": "compiled: what is allocated once and used for every sentence",
    "armillary.train.words.subword_kernels._predict": "compiled: arrays in a tuple would be counted in the loop",
    "armillary.train.words.subword_kernels._compose": "compiled: arrays in a tuple would be counted in the loop",
    "armillary.train.words.subword_kernels._leave": "compiled: arrays in a tuple would be counted in the loop",
    "armillary.train.words.rows.mean_of": "an instruction on arrays and places in them",
    "armillary.train.words.rows.mean_around": "an instruction on arrays and places in them",
    "armillary.train.words.rows.hand_around": "an instruction on arrays and places in them",
    "armillary.train.words.rows.hand_back": "an instruction on arrays and places in them",
}


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(tree: ast.Module, deep: bool = True) -> Iterator[str]:
    """What a module imports; `deep` goes into functions too. Imports for type checkers alone do not count."""
    queue: list[ast.AST] = list(tree.body)
    while queue:
        node = queue.pop()
        if is_type_checking(node):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif deep or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            queue.extend(ast.iter_child_nodes(node))


def part(dotted: str) -> str:
    """`armillary.formats.store.open_store` -> `formats`."""
    pieces = dotted.split(".")
    return pieces[1] if len(pieces) > 1 else ""


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down_the_ladder(path: Path) -> None:
    here = part(name_of(path))
    for dotted in imports(tree_of(path)):
        if not dotted.startswith("armillary.") or not here:
            continue
        there = part(dotted)
        assert FLOOR[there] <= FLOOR[here], f"{name_of(path)} imports upwards: {dotted}"
        strangers = {(a, b) for a, b in STRANGERS} | ({(b, a) for a, b in STRANGERS} - {("space", "formats")})
        assert (here, there) not in strangers, f"{name_of(path)} imports a stranger: {dotted}"


def test_no_module_imports_itself_in_a_circle() -> None:
    known = {name_of(path) for path in MODULES}

    def target(dotted: str) -> str | None:
        while dotted and dotted not in known:
            dotted = dotted.rpartition(".")[0]
        return dotted or None

    graph = {name_of(path): {target(d) for d in imports(tree_of(path), deep=False)} - {None} for path in MODULES}
    # A package's own __init__ gathers names from its modules; that is no circle of reading.
    graph = {name: {to for to in tos if to != name and not name.startswith(f"{to}.")} for name, tos in graph.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"a circle of imports: {' -> '.join((*path, name))}"
        if name not in done:
            for to in sorted(graph.get(name, ())):
                visit(to, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_functions_and_signatures_stay_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{lines} lines: is it still one subject?"
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        name = f"{name_of(path)}.{node.name}"
        docstring = ast.get_docstring(node, clean=False)
        length = (node.end_lineno or 0) - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)
        assert length <= MOST_FUNCTION_LINES or name in LONG_FUNCTIONS, f"{name} has {length} lines"
        arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
        click_command = any("option" in ast.unparse(d) or "argument" in ast.unparse(d) for d in node.decorator_list)
        few = len(arguments) <= MOST_PARAMETERS or click_command or name in MANY_PARAMETERS
        assert few, f"{name} takes {len(arguments)} arguments in a row"


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=name_of)
def test_what_a_package_exports_is_listed_sorted_and_complete(path: Path) -> None:
    tree = tree_of(path)
    gathered = {alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom)
                for alias in node.names if (node.module or "").startswith("armillary")}
    listed = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)
              and ast.unparse(node.targets[0]) == "__all__" and isinstance(node.value, ast.List)]
    if path.parent == SOURCE:
        return  # the package itself is lazy; tests/test_public.py holds its list
    if gathered:
        assert listed, "a package that gathers names lists them"
        assert listed[0] == sorted(listed[0])
        assert set(listed[0]) == gathered


FAMILIES = ("gpt2", "llama", "smollm", "qwen", "gemma", "bert")
# Words that files of tokenizers hold, and that their readers must know; names on the shelf.
FORMAT_WORDS = {
    "armillary.tour.model": ("smollm2-135m-instruct", "gemma3-270m"),
    "armillary.formats.gguf_tokenizer": ("gpt2", "llama", "llama-bpe", "bert", "qwen2", "smollm"),
    "armillary.formats.tokenizer_json": ("BertProcessing", "RobertaProcessing"),
    "armillary.formats.tokenizer_parts": ("BertNormalizer", "BertPreTokenizer"),
    "armillary.formats.word_pieces": ("BertNormalizer", "BertPreTokenizer"),
    "armillary.text.learn_word_pieces": ("BertNormalizer", "BertPreTokenizer"),
    "armillary.learning.bert.origin": ("BertTokenizer",),
}
# The command that learns such a model is called by the family's name, and so is its package.
COMMANDS = re.compile(r"learn(_|ing\.| )bert|bert(_command|_learned)|^bert$")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_families_are_named_in_published_only(path: Path) -> None:
    if part(name_of(path)) == "published":
        return
    tree = tree_of(path)
    documentation = {
        id(node.body[0].value) for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
        and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    }
    documentation |= {  # what the help page of a command gives as examples
        id(node.args[1]) for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "command" and len(node.args) > 1
    }
    for node in ast.walk(tree):
        words = ""
        if isinstance(node, ast.Name):
            words = node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            words = node.value
        if words in FORMAT_WORDS.get(name_of(path), ()):
            continue
        family = next((f for f in FAMILIES if f in COMMANDS.sub("", words).lower()), None)
        assert family is None, f"line {node.lineno} names the family {family}: {words!r}"


BANNED = {"pickle", "dill", "joblib", "marshal", "shelve"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_pickle_no_eval_no_machine_of_ours(path: Path) -> None:
    tree = tree_of(path)
    assert not {d.split(".")[0] for d in imports(tree)} & BANNED
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("eval", "exec", "torch.load", "yaml.load", "print"), f"line {node.lineno}: {called}"
            if called.endswith("np.load"):
                assert "allow_pickle=False" in ast.unparse(node), f"line {node.lineno}: np.load may unpickle"


def test_the_ladder_test_can_fail(tmp_path: Path) -> None:
    bad = ast.parse("import armillary.cli.main\ndef f():\n    from armillary.open import open\n")
    assert set(imports(bad)) == {"armillary.cli.main", "armillary.open.open"}
    assert part("armillary.cli.main") == "cli"
    assert FLOOR["cli"] > FLOOR["geometry"]

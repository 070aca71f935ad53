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
    "armillary.train.words.rows.merge_row": "an instruction on arrays and places in them",
}


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree_of(path)))


def dotted_name(node: ast.AST) -> str:
    """`torch.load` of what is called; what is called of an answer is named from there: `open().read` is `.read`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def is_type_checking(node: ast.AST) -> bool:
    if not isinstance(node, ast.If):
        return False
    return any(dotted_name(one).rpartition(".")[2] == "TYPE_CHECKING" for one in ast.walk(node.test))


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


def faults_of_imports(path: Path) -> Iterator[str]:
    here = part(name_of(path))
    strangers = {(a, b) for a, b in STRANGERS} | ({(b, a) for a, b in STRANGERS} - {("space", "formats")})
    for dotted in imports(tree_of(path)):
        if not dotted.startswith("armillary.") or not here:
            continue
        there = part(dotted)
        if FLOOR[there] > FLOOR[here]:
            yield f"{name_of(path)} imports upwards: {dotted}"
        if (here, there) in strangers:
            yield f"{name_of(path)} imports a stranger: {dotted}"


def test_imports_go_down_the_ladder() -> None:
    assert not [fault for path in MODULES for fault in faults_of_imports(path)]


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


def faults_of_size(path: Path) -> Iterator[str]:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > MOST_LINES:
        yield f"{name_of(path)} has {lines} lines: is it still one subject?"
    for node in nodes_of(path):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        name = f"{name_of(path)}.{node.name}"
        docstring = ast.get_docstring(node, clean=False)
        length = (node.end_lineno or 0) - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)
        if length > MOST_FUNCTION_LINES and name not in LONG_FUNCTIONS:
            yield f"{name} has {length} lines"
        arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
        click_command = any("option" in ast.unparse(d) or "argument" in ast.unparse(d) for d in node.decorator_list)
        if len(arguments) > MOST_PARAMETERS and not click_command and name not in MANY_PARAMETERS:
            yield f"{name} takes {len(arguments)} arguments in a row"


def test_files_functions_and_signatures_stay_small() -> None:
    assert not [fault for path in MODULES for fault in faults_of_size(path)]


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
A_FAMILY = re.compile("|".join(FAMILIES), re.IGNORECASE)
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


def families_named(path: Path) -> Iterator[str]:
    documentation = {
        id(node.body[0].value) for node in nodes_of(path)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
        and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    }
    documentation |= {  # what the help page of a command gives as examples
        id(node.args[1]) for node in nodes_of(path)
        if isinstance(node, ast.Call) and dotted_name(node.func) == "command" and len(node.args) > 1
    }
    for node in nodes_of(path):
        words = ""
        if isinstance(node, ast.Name):
            words = node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            words = node.value
        if not A_FAMILY.search(words) or words in FORMAT_WORDS.get(name_of(path), ()):
            continue
        family = next((f for f in FAMILIES if f in COMMANDS.sub("", words).lower()), None)
        if family is not None:
            yield f"{name_of(path)}, line {node.lineno} names the family {family}: {words!r}"


def test_families_are_named_in_published_only() -> None:
    outside = [path for path in MODULES if part(name_of(path)) != "published"]
    assert not [fault for path in outside for fault in families_named(path)]


BANNED = {"pickle", "dill", "joblib", "marshal", "shelve"}


def what_runs_what_it_reads(path: Path) -> Iterator[str]:
    yield from (f"{name_of(path)} imports {d}" for d in imports(tree_of(path)) if d.split(".")[0] in BANNED)
    for node in nodes_of(path):
        if isinstance(node, ast.Call):
            called = dotted_name(node.func)
            if called in ("eval", "exec", "torch.load", "yaml.load", "print"):
                yield f"{name_of(path)}, line {node.lineno}: {called}"
            if called.endswith("np.load") and "allow_pickle=False" not in ast.unparse(node):
                yield f"{name_of(path)}, line {node.lineno}: np.load may unpickle"


def test_no_pickle_no_eval_no_machine_of_ours() -> None:
    assert not [fault for path in MODULES for fault in what_runs_what_it_reads(path)]


BAD = f"""import pickle
import armillary.cli.main, armillary.draw.sheet
def wide({", ".join(f"a{i}" for i in range(MOST_PARAMETERS + 1))}): ...
def long():
{chr(10).join(["    x = 1"] * MOST_FUNCTION_LINES)}
eval(x), torch.load(x), x.np.load(x), np.load(x, allow_pickle=False), x.eval()
llama = command("Bert", "of gpt2")
if TYPE_CHECKING:
    import armillary.cli.help
{chr(10) * MOST_LINES}"""


def test_the_ladder_test_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = ast.parse("import armillary.cli.main\ndef f():\n    from armillary.open import open\n")
    assert set(imports(bad)) == {"armillary.cli.main", "armillary.open.open"}
    assert part("armillary.cli.main") == "cli"
    assert FLOOR["cli"] > FLOOR["geometry"]
    monkeypatch.setitem(globals(), "SOURCE", tmp_path / "armillary")
    path = tmp_path / "armillary" / "geometry" / "bad.py"
    path.parent.mkdir(parents=True)
    path.write_text(BAD)
    found = [*faults_of_imports(path), *faults_of_size(path), *what_runs_what_it_reads(path), *families_named(path)]
    said = [re.sub(r"\d+", "N", fault.removeprefix("armillary.geometry.bad")) for fault in found]
    assert sorted(said[:2]) == [" imports a stranger: armillary.draw.sheet", " imports upwards: armillary.cli.main"]
    assert said[2:] == [
        " has N lines: is it still one subject?",
        ".wide takes N arguments in a row",
        ".long has N lines",
        " imports pickle",
        ", line N: eval",
        ", line N: torch.load",
        ", line N: np.load may unpickle",
        ", line N names the family llama: 'llama'",
        ", line N names the family bert: 'Bert'",
    ]

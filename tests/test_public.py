"""What `import armillary` gives, what it costs, and that the base needs no extra."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import armillary as ar

BLOCKED = {"torch", "numba", "pyarrow", "openTSNE", "zstandard", "pandas", "matplotlib", "scipy", "sklearn", "gensim"}
BLOCK = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {BLOCKED!r}:
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Blocked())
"""


def child(code: str, *arguments: str) -> str:
    """What a program of its own prints; it must end well, without a warning."""
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code, *arguments], capture_output=True, text=True,
                         encoding="utf-8", timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def test_names_are_listed_sorted_and_documented() -> None:
    assert sorted(ar.__all__) == ar.__all__
    assert set(ar.__all__) == set(ar._HOMES)
    assert dir(ar) == ar.__all__
    for name in ar.__all__:
        value = getattr(ar, name)
        assert inspect.getdoc(value), f"{name} has no docstring"
        assert getattr(importlib.import_module(ar._HOMES[name]), name) is value
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        ar.nonsense


def test_type_checkers_see_the_same_names_from_the_same_homes() -> None:
    tree = ast.parse(Path(ar.__file__).read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    seen = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == ar._HOMES


def test_methods_of_public_classes_are_documented() -> None:
    for name in ar.__all__:
        for method, value in inspect.getmembers(getattr(ar, name)):
            if not method.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert inspect.getdoc(value), f"{name}.{method} has no docstring"


def test_importing_costs_next_to_nothing() -> None:
    heavy = ["numpy", "click", "rich", "tokenizers", "tiktoken", "huggingface_hub", "rjieba", "jaxtyping", *BLOCKED]
    code = f"import sys, armillary; print([name for name in {heavy!r} if name in sys.modules])"
    assert child(code).strip() == "[]"


def test_the_help_page_needs_neither_numpy_nor_rich() -> None:
    code = """if True:
        import sys
        from armillary.cli.main import main
        try:
            main(["--help"])
        except SystemExit as stopped:
            assert stopped.code == 0
        sys.stdout.write(str([name for name in ("numpy", "rich", "huggingface_hub") if name in sys.modules]))
    """
    assert child(code).endswith("[]")


def test_one_question_imports_no_reader_no_kernel_and_no_dictionary(tmp_path: Path) -> None:
    """near on a store: what it does not need, it does not wait for."""
    code = BLOCK + """if True:
        import armillary as ar, numpy as np
        ar.Space(["a", "b"], np.eye(2, dtype=np.float32)).save(sys.argv[1])
        for name in [name for name in sys.modules if name.startswith("armillary")]:
            del sys.modules[name]
        before = set(sys.modules)
        import armillary as ar
        ar.open(sys.argv[1]).near("a")
        late = {"rjieba", "tokenizers", "tiktoken", "huggingface_hub", "armillary.formats.sniff", "armillary.draw"}
        print(late & (set(sys.modules) - before))
    """
    assert child(code, str(tmp_path / "a.space")).strip() == "set()"


JOURNEY = BLOCK + """if True:
    import armillary as ar
    from pathlib import Path
    folder = Path(sys.argv[1])
    text = "king 4 1 0\\nqueen 4 -1 0\\nman 0.5 1 1\\nwoman 0.5 -1 1\\n国王 4 1 0.1\\n"
    (folder / "words.txt").write_text(text, encoding="utf-8")
    space = ar.open(folder / "words.txt")
    print(space.near("king - man + woman", 1).neighbours[0].label)
    print(space.most_similar("king", topn=1)[0][0])
    print(space.compare("king queen", "man and woman").cosine > 0, space.near("国王", 1).neighbours[0].label)
    axis = space.direction([("man", "woman"), ("king", "queen")])
    print([one.label for one in axis.project(["queen", "king"])])
    axis.save(folder / "gender.json")
    space.save(folder / "words.space")
    back = ar.Space.load(folder / "words.space")
    print(back.near("king", 1).neighbours[0].label, len(back))
    print(space._repr_html_()[:6])
    for ask in (space.to_arrow, space.to_pandas, space.prepare):
        try:
            ask()
        except ar.MissingExtra as error:
            print(type(error).__name__, error.exit_code, str(error).split(", which")[0])
    from armillary.space.picture import pca_picture, slice_picture
    drawn = slice_picture(space, list(space), ["king", "woman - man"])
    print(drawn.svg()[:4], pca_picture(space, list(space)).html()[:9])
    from armillary.cli.main import main
    try:
        main(["near", "king", "--in", str(folder / "words.space"), "-n", "1"])
    except SystemExit as stopped:
        print(stopped.code)
    print(sorted(name for name in {names!r} if name in sys.modules))
"""


def test_the_base_does_all_this_without_any_extra(tmp_path: Path) -> None:
    lines = child(JOURNEY.replace("{names!r}", repr(sorted(BLOCKED))), str(tmp_path)).splitlines()
    assert lines[:7] == ["queen", "国王", "True king", "['queen', 'king']", "国王 5", "<table",
                         "MissingExtra 4 this needs pyarrow"]
    assert "MissingExtra 4 this needs pandas" in lines
    assert "MissingExtra 4 this needs numba" in lines
    assert "<svg <!doctype" in "\n".join(lines).lower()
    assert lines[-2:] == ["0", "[]"]


@pytest.mark.parametrize("name", sorted(BLOCKED))
def test_the_block_really_blocks(name: str) -> None:
    code = BLOCK + f"try:\n    import {name}\nexcept ImportError as error:\n    print(error)"
    assert child(code).strip() == f"{name} is blocked"

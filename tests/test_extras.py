"""The one door to optional packages."""

import builtins
import os
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import armillary
from armillary import extras
from armillary.errors import MissingExtra

ROOT = Path(__file__).parents[1]


def test_what_is_there_is_imported() -> None:
    assert extras.need("json.decoder") is import_module("json.decoder")
    assert extras.have("json")
    assert not extras.have("no_such_package_anywhere")
    assert not extras.have("no_such_package.part")


@pytest.mark.parametrize("module", sorted(extras.EXTRAS))
def test_what_is_not_there_comes_with_the_line_that_installs_it(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(MissingExtra) as caught:
        extras.need(f"{module}.part")
    assert caught.value.extra == extras.EXTRAS[module]
    wanted = f"'armillary[{extras.EXTRAS[module]}]'" if extras.EXTRAS[module] else module
    assert str(caught.value).endswith(f"pip install {wanted}")


def test_the_extras_are_those_that_the_project_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["optional-dependencies"]
    for module, extra in extras.EXTRAS.items():
        if extra:
            package = {"sklearn": "scikit-learn"}.get(module, module)
            assert any(line.lower().startswith(package.lower()) for line in declared[extra]), module
    assert set(extras.EXTRAS.values()) - {""} == set(declared) - {"all"}
    assert all(extra in declared["all"][0] for extra in declared if extra != "all")


def test_numbas_cache_lies_in_a_folder_of_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    extras.numba_cache()
    assert Path(os.environ["NUMBA_CACHE_DIR"]).is_relative_to(Path.home())
    assert Path(armillary.__file__).parent not in Path(os.environ["NUMBA_CACHE_DIR"]).parents
    monkeypatch.setenv("NUMBA_CACHE_DIR", "mine")
    extras.numba_cache()
    assert os.environ["NUMBA_CACHE_DIR"] == "mine", "what the user chose stays"


def test_asking_whether_does_not_import(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    real = builtins.__import__

    def watch(name: str, *arguments: object) -> object:
        imported.append(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", watch)
    extras.have("this")
    assert "this" not in imported

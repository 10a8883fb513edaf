"""The house stands: imports run down, never up, sideways or in a circle."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {"store": 0, "prompts": 1, "audience": 1, "inference": 2, "training": 3, "delivery": 3, "ui": 4}
BESIDE = {"tests", "benchmarks"}  # may import every floor; no floor may import them


def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of the floors and of what stands beside them, by its dotted name."""
    found = {}
    for folder in sorted({*FLOORS, *BESIDE}):
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def imports(name: str, tree: ast.Module, *, package: bool) -> Iterator[str]:
    """The dotted names that a module imports, wherever in it: `from a import b` gives `a.b`, a module or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            parts = name.split(".")
            above = parts[: len(parts) + package - node.level] if node.level else []  # a package is its own first level
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def edges(root: Path) -> set[tuple[str, str]]:
    """(importer, imported) for every import of one of our modules by another."""
    trees = modules(root)
    packages = {name.rpartition(".")[0] for name in trees}
    pairs: set[tuple[str, str]] = set()
    for name, tree in trees.items():
        for target in imports(name, tree, package=name in packages):
            longest = target
            while longest and longest not in trees:
                longest = longest.rpartition(".")[0]
            if longest and longest != name:
                pairs.add((name, longest))
    return pairs


def wrong(root: Path) -> list[str]:
    """Every import that does not run down."""
    return [
        f"{importer} imports {imported}"
        for importer, imported in sorted(edges(root))
        if (one := importer.split(".")[0]) in FLOORS
        and (other := imported.split(".")[0]) != one
        and FLOORS.get(other, len(FLOORS)) >= FLOORS[one]
    ]


def circle(root: Path) -> list[str]:
    """The modules of a circle of imports; empty where there is none."""
    graph: dict[str, set[str]] = {}
    for importer, imported in edges(root):
        graph.setdefault(importer, set()).add(imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_imports_run_down() -> None:
    assert wrong(ROOT) == []


def test_imports_make_no_circle() -> None:
    assert circle(ROOT) == []


def test_every_package_is_on_a_floor_and_says_which() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found <= FLOORS.keys() | BESIDE
    assert {"store", "prompts", "inference", "training", "ui"} <= found
    for folder in found - BESIDE:
        docstring = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8")))
        assert docstring is not None
        assert docstring.startswith(f"Floor {FLOORS[folder]}: "), folder


def test_every_floor_is_in_the_package_that_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = {pattern.rstrip("*") for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert included == {folder for folder in FLOORS if (ROOT / folder / "__init__.py").exists()}


def test_no_package_gathers_its_modules() -> None:
    """An `__init__` on top of a floor that imports makes every start slow, and circles."""
    for folder in FLOORS:
        path = ROOT / folder / "__init__.py"
        if path.exists():
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert len(body) == 1, f"{path} does more than say what it is"


def house(root: Path, files: dict[str, str]) -> Path:
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(source, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        ("store/a.py", "import prompts.b", "store.a imports prompts.b"),
        ("store/a.py", "from prompts import b", "store.a imports prompts.b"),
        ("store/a.py", "def late():\n    from prompts.b import thing", "store.a imports prompts.b"),
        ("store/a.py", "import tests", "store.a imports tests"),
        ("training/a.py", "from delivery import b", "training.a imports delivery.b"),
        ("ui/a.py", "from prompts import b\nimport torch\nfrom . import c", None),
        ("tests/a.py", "from prompts import b", None),
    ],
)
def test_the_reader_sees_what_runs_up_or_sideways(tmp_path: Path, name: str, source: str, found: str | None) -> None:
    others = {"prompts/b.py": "", "delivery/b.py": "", "tests/c.py": "", "ui/c.py": ""}
    assert wrong(house(tmp_path, {**others, name: source})) == ([found] if found else [])


@pytest.mark.parametrize(
    "files",
    [
        {"store/a.py": "from store import b", "store/b.py": "import store.c", "store/c.py": "from .a import x"},
        {"store/a.py": "def f():\n    import store.b", "store/b.py": "from . import a"},
        {"store/d/a.py": "from ..b import x", "store/b.py": "from store.d.a import y"},
    ],
)
def test_the_reader_sees_circles(tmp_path: Path, files: dict[str, str]) -> None:
    assert circle(house(tmp_path, files))


def test_a_straight_line_is_no_circle(tmp_path: Path) -> None:
    assert not circle(house(tmp_path, {"store/a.py": "from store import b", "store/b.py": "from store.c import a"}))

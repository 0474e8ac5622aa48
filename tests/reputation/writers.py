"""Which public functions of the house write to the database, read from their source: directly, or by what they call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from reputation.store.models import MODELS
from tests.conftest import ROOT

HOUSE = ROOT / "reputation"
TABLES = {model.__name__ for model in MODELS}
WRITES = {"create", "save", "delete", "update", "insert", "insert_many", "delete_instance", "get_or_create"}
OF_A_ROW = {"save", "delete_instance"}  # whatever it is called on, which a name does not tell


def writers() -> set[str]:
    """The names below `reputation` of all public functions and methods that write."""
    modules = {_name(path): ast.parse(path.read_text()) for path in sorted(HOUSE.rglob("*.py"))}
    functions = dict(pair for name, tree in modules.items() for pair in _functions(name, tree))
    known = {name: _imported(tree) | _own(name, tree) for name, tree in modules.items()}
    found = {name for name, (_, node) in functions.items() if _writes(node)} | {"reputation.store.db.write_rows"}
    called = {
        name: {_resolved(full, functions, known) for full in _calls(node, module, name, known[module])}
        for name, (module, node) in functions.items()
    }
    while more := {name for name, names in called.items() if name not in found and not found.isdisjoint(names)}:
        found |= more
    return {name.removeprefix("reputation.") for name in found if not any(part[0] == "_" for part in name.split("."))}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _functions(module: str, tree: ast.Module) -> Iterator[tuple[str, tuple[str, ast.FunctionDef]]]:
    for node in tree.body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef):
                owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
                yield f"{module}.{owner}{inner.name}", (module, inner)


def _imported(tree: ast.Module) -> dict[str, str]:
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: f"{node.module}.{alias.name}" for node in nodes for alias in node.names}


def _own(module: str, tree: ast.Module) -> dict[str, str]:
    return {node.name: f"{module}.{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef)}


def _writes(function: ast.FunctionDef) -> bool:
    return any(
        call.func.attr in OF_A_ROW
        or (isinstance(call.func.value, ast.Name) and call.func.value.id in TABLES and call.func.attr in WRITES)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    )


def _calls(function: ast.FunctionDef, module: str, name: str, known: dict[str, str]) -> Iterator[str]:
    """The full names of what a function calls, as far as its module imports them or has them itself."""
    for call in ast.walk(function):
        if not isinstance(call, ast.Call):
            continue
        if isinstance(call.func, ast.Name) and call.func.id in known:
            yield known[call.func.id]
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            if call.func.value.id == "self":
                yield f"{name.rpartition('.')[0]}.{call.func.attr}"
            elif call.func.value.id in known:
                yield f"{known[call.func.value.id]}.{call.func.attr}"


def _resolved(full: str, functions: dict[str, tuple[str, ast.FunctionDef]], known: dict[str, dict[str, str]]) -> str:
    """Where a name that a package hands on is defined."""
    while full not in functions:
        module, _, name = full.rpartition(".")
        further = known.get(module, {}).get(name, full)
        if further == full:
            return full
        full = further
    return full

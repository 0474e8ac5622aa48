"""The docstring of every public function says what the function does: it begins with a verb."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
ROOTS = ("app.py", "portal", "dnsd", "commands", "serving", "benchmarks", "onefile", "reputation")
ENDINGS = ("s", "ed", "ing", "ly", "tion", "ness")  # of nouns, of participles, of "Returns" for "Return"
VERBS_WITH_SUCH_ENDINGS = {"Apply", "Bring", "Feed", "Mention", "Need", "Reply", "Speed", "Supply"}
NO_VERBS = set(
    "a an the this that these those it its his her their our your my all any both each either every one two some "
    "several many most more few other another same such no none not nothing nobody everybody everything somebody "
    "something anyone what whatever whether which who whoever whom whose when where wherever why how "
    "as at before after behind below beside between by for from if in into of off on once only over per since so than "
    "then there to under until up upon with within without and but or also again always never now "
    "is are was were be has have had may must can will shall true false zero three four five six first second last "
    "neither enough new old own whole empty kind version code".split()
)


class Function(NamedTuple):
    """A public function or method: where it is defined, and its docstring ("" where it has none)."""

    place: str
    docstring: str


def public_functions(tree: ast.AST, place: str) -> Iterator[Function]:
    """Yield the public functions of a module or class, and of the public classes in it; not those inside functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("_"):
                continue
            inner = f"{place} {node.name}" if " " not in place else f"{place}.{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from public_functions(node, inner)
            else:
                yield Function(inner, ast.get_docstring(node) or "")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from public_functions(node, place)


def functions_of(root: str) -> Iterator[Function]:
    """Yield the public functions of a package, or of a module at the top such as `app.py`."""
    path = ROOT / root
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        yield from public_functions(ast.parse(file.read_text()), str(file.relative_to(ROOT)))


def fault(docstring: str) -> str:
    """Return what is wrong with the beginning of a docstring; "" where it begins with a verb in the imperative."""
    if not docstring.strip():
        return "no docstring"
    first = docstring.split()[0].rstrip(",.:;")
    if not (first.isalpha() and first[0].isupper() and first[1:].islower()):
        return f"begins with {first}, which is not a word with a capital letter"
    noun_like = first.endswith(ENDINGS) and not first.endswith("ss") and first not in VERBS_WITH_SUCH_ENDINGS
    return (
        f"begins with {first}, which is not a verb in the imperative" if noun_like or first.lower() in NO_VERBS else ""
    )


@pytest.mark.parametrize("root", ROOTS)
def test_the_docstring_of_every_public_function_begins_with_a_verb(root: str) -> None:
    functions = list(functions_of(root))
    faults = [f"{function.place}: {fault(function.docstring)}" for function in functions if fault(function.docstring)]

    assert functions, f"{root} has no public function: it was moved, and ROOTS was not"
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("docstring", ["Return the rules.", "Pass it on.", "Apply, and tell.", "Log in.", "Feed it."])
def test_a_verb_in_the_imperative_is_accepted(docstring: str) -> None:
    assert fault(docstring) == ""


@pytest.mark.parametrize(
    "docstring",
    ["", "The rules.", "Whether it is so.", "Returns it.", "returns it.", "return it.", "`x` as text.", "3 Nov.",
     "Bytes.", "Where it is.", "Listed by one.", "SOA data."],
)  # fmt: skip
def test_no_docstring_and_one_that_begins_without_a_verb_is_a_fault(docstring: str) -> None:
    assert fault(docstring)


def test_private_functions_and_those_inside_functions_need_no_docstring() -> None:
    source = (
        "def f():\n def inner(): pass\n"
        "def _f(): pass\n"
        "class _Private:\n def f(self): pass\n"
        "class Public:\n def f(self): pass\n def _f(self): pass\n"
    )

    assert [function.place for function in public_functions(ast.parse(source), "m.py")] == ["m.py f", "m.py Public.f"]

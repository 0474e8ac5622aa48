"""The mutants of a source: each differs from it in one place, and what no test can be asked for is left alone."""

from __future__ import annotations

import ast

import pytest

from tests.conftest import ROOT
from tests.mutants.changes import mutants_of


def changed(statement: str) -> set[str]:
    """The mutants of a source, as they read."""
    return {mutant.source.rstrip() for mutant in mutants_of(statement)}


@pytest.mark.parametrize(
    ("source", "mutants"),
    [
        ("a = b < c", {"a = b <= c"}),
        ("a = b == c", {"a = b != c"}),
        ("a = b is None", {"a = b is not None"}),
        ("a = b < c <= d", {"a = b <= c <= d", "a = b < c < d"}),
        ("a = b and c", {"a = b or c", "a = b", "a = c"}),
        ("a = not b", {"a = b"}),
        ("a = b + c", {"a = b - c"}),
        ("a = min(b, c)", {"a = max(b, c)"}),
        ("a = 7", {"a = 8", "a = 6"}),
        ("a = True", {"a = False"}),
        ("a = 'approved'", {"a = 'approvedx'"}),
        ("a = b[c:d]", {"a = b[None:d]", "a = b[c:None]"}),
        ("a = b(c, d=e)", {"a = b(c)"}),
        ("a = T.where(b & c)", {"a = T", "a = T.where(b)", "a = T.where(c)"}),
        ("a = T.where(b, c)", {"a = T", "a = T.where(b)", "a = T.where(c)"}),
        ("a = b.order_by(c.desc())", {"a = b", "a = b.order_by(c)"}),
        ("f(a)", {"pass"}),
        ("a.b = c", {"pass"}),
        ("a += b", {"pass"}),
        ("raise A", {"pass"}),
        ("a = b if c else d", {"a = b if not c else d"}),
        ("a = [b for b in c if d]", {"a = [b for b in c if not d]"}),
    ],
)  # fmt: skip
def test_a_statement_has_these_mutants(source: str, mutants: set[str]) -> None:
    assert changed(source) == mutants


def test_a_transaction_a_decorator_and_a_returned_value_are_dropped() -> None:
    source = "@once\ndef f():\n    with db.write():\n        return g()"

    assert changed(source) == {
        "def f():\n    with db.write():\n        return g()",
        "@once\ndef f():\n    if True:\n        return g()",
        "@once\ndef f():\n    with db.write():\n        return None",
    }


def test_a_loop_is_left_earlier_or_later() -> None:
    source = "while a:\n    if b:\n        continue\n    break"

    assert {
        "while a:\n    if b:\n        break\n    break",
        "while a:\n    if b:\n        continue\n    continue",
    } <= changed(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "a: Literal[3] = b",
        "def f(a: Literal[3]) -> Literal[4]:\n    pass",
        "a = 'Choose a password here.'",
        "a = f'{b}, {c:02}'",
        "@cython.exceptval(check=False)\ndef f():\n    pass",
        "return_value = b",
        "def f():\n    return None",
    ],
)
def test_annotations_sentences_and_decorators_of_cython_are_left_alone(source: str) -> None:
    assert changed(source) == set()


def test_a_mutant_says_where_and_what_it_is_without_the_body_of_the_statement() -> None:
    [mutant] = mutants_of("def f(a,\n      b):\n    if (a <\n            b):\n        pass")

    assert (mutant.kind, mutant.line, mutant.lines) == ("comparison", 3, {3, 4})
    assert (mutant.before, mutant.after) == ("if a < b:", "if a <= b:")
    assert not mutant.is_outside


def test_of_a_long_statement_what_stands_around_the_change_is_shown() -> None:
    [mutant] = mutants_of(f"{'a' * 60} = b < {'c' * 60}")

    assert mutant.before == f"…{'a' * 34} = b < {'c' * 39}…"
    assert mutant.after == f"…{'a' * 34} = b <= {'c' * 39}…"


def test_what_runs_at_import_is_told_apart_with_the_lines_that_use_it() -> None:
    source = (
        "A = 3\nB = A,\nclass C:\n    d = 4\n    def e(self, f=5):\n        return f - B[0]\n\ndef g():\n    return A"
    )
    mutants = {mutant.line: mutant for mutant in mutants_of(source)}

    assert {line: mutant.is_outside for line, mutant in mutants.items()} == {
        1: True, 4: True, 5: True, 6: False, 9: False,
    }  # fmt: skip
    assert mutants[1].lines == {6, 9}
    assert mutants[4].lines == set()
    assert mutants[5].lines == mutants[6].lines == {6}


def test_lines_that_run_only_compiled_have_a_source_in_which_they_run() -> None:
    source = (
        "def f(a):\n    if not cython.compiled:\n        return g(a)\n    return a < 7\n\ndef h(a):\n    return a < 8"
    )
    mutants = {mutant.line: mutant for mutant in mutants_of(source) if mutant.kind == "comparison"}

    assert "if not True:" in mutants[4].compiled and "a <= 7" in mutants[4].compiled
    assert mutants[4].function == {2, 3, 4} and "cython.compiled" in mutants[4].source
    assert mutants[7].compiled == ""


def test_the_mutants_of_a_module_of_ours_are_python_and_all_different() -> None:
    source = (ROOT / "reputation" / "customers" / "sessions.py").read_text()
    mutants = mutants_of(source)
    texts = [mutant.source for mutant in mutants]

    assert len(mutants) > 50 and len(set(texts)) == len(texts)
    assert ast.dump(ast.parse(source)) not in [ast.dump(ast.parse(text)) for text in texts]
    assert all(compile(text, "mutant", "exec") for text in texts)

"""The small changes that are tried on a module: each makes one mutant of its source. It runs nothing.

A change is made in the syntax tree and written by `ast.unparse`. Whole kinds of change are left out because no test can
be asked for them: annotations, docstrings, the words of a sentence, and the decorators that Cython alone reads.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, NamedTuple

CONTEXT = 40  # letters of a statement that are shown on both sides of a change
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
BOTH_SIDES = (ast.BitAnd, ast.BitOr)  # in peewee: conditions, of which one is dropped
OTHERS = {
    "min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list",
    "bisect_left": "bisect_right", "bisect_right": "bisect_left",
}  # fmt: skip
# Methods that narrow or order what they are called on; and those whose arguments are conditions, all of which hold.
NARROWING = {
    "where", "having", "order_by", "group_by", "distinct", "limit", "offset", "desc",
    "strip", "lstrip", "rstrip", "lower", "casefold", "upper", "replace",
}  # fmt: skip
CONDITIONS = {"where", "having", "order_by", "group_by"}


class Mutant(NamedTuple):
    """One changed source: what was done, on which line of which function ("" outside), what stood and stands there.

    `lines` are those of the statement's head. `is_outside` tells that it runs when the module is imported: `lines` are
    then those that use what it defines. For lines that only run compiled, `compiled` is the source ("" where the
    function has none), and `function` has all its lines.
    """

    kind: str
    line: int
    within: str
    before: str
    after: str
    source: str
    lines: set[int]
    is_outside: bool
    compiled: str = ""
    function: frozenset[int] = frozenset()


class _Place(NamedTuple):
    """A node where it hangs: a field of its parent, and its place there if that is a list (-1 if it is not).

    It is a part of the statement with the number `top` of the module.
    """

    node: ast.AST
    parent: ast.AST
    name: str
    at: int
    statement: ast.stmt
    function: ast.AST | None
    top: int


class _Gone(ast.AST):
    """Stands for nothing: the node is taken out of its list."""


Changes = Iterator[tuple[str, ast.AST]]


def mutants_of(source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines. Two changes that read the same are one."""
    tree = ast.parse(source)
    texts = [ast.unparse(node) for node in tree.body]  # what a change does not touch is written once
    seen = {_in_place(texts, 0, texts[0]) if texts else ""}
    found = []
    places = list(_places(tree))
    for place in places:
        lines = _lines(place.statement) if place.function else _users(place.statement, places)
        for kind, new in _changes(place):
            mutant = _made(tree, texts, place, lines, kind, new)
            if mutant and mutant.source not in seen:
                seen.add(mutant.source)
                found.append(mutant)
    return sorted(found, key=lambda mutant: mutant.line)


def _made(tree: ast.Module, texts: list[str], place: _Place, lines: set[int], kind: str, new: ast.AST) -> Mutant | None:
    """The mutant with a new node at this place; None where that is no Python. The tree stays as it was."""
    before = _head(place.statement)
    undo = _put(place, new)
    try:
        after = _head(new if place.node is place.statement else place.statement)
        changed, compiled = ast.unparse(tree.body[place.top]), _as_compiled(tree, place)
        compile(changed, "mutant", "exec")
    except SyntaxError:
        return None
    finally:
        undo()
    line = getattr(place.node, "lineno", place.statement.lineno)
    whole, its = (_in_place(texts, place.top, text) for text in (changed, compiled))
    function = _body(place.function) if compiled else ()
    within = getattr(place.function, "name", "")
    return Mutant(
        kind,
        line,
        within,
        *around(before, after),
        whole,
        lines,
        not within,
        its if compiled else "",
        frozenset(function),
    )


def _in_place(texts: list[str], top: int, text: str) -> str:
    return "\n".join((*texts[:top], text, *texts[top + 1 :])) + "\n"


def around(before: str, after: str) -> tuple[str, str]:
    """Cut two texts down to what differs in them and a little on both sides."""
    begin = _alike(before, after)
    end = _alike(before[begin:][::-1], after[begin:][::-1])
    first, last = max(begin - CONTEXT, 0), max(end - CONTEXT, 0)
    one, other = (
        f"{'…' if first else ''}{text[first : len(text) - last]}{'…' if last else ''}" for text in (before, after)
    )
    return one, other


def _alike(one: str, other: str) -> int:
    """With how many letters both of them begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _put(place: _Place, new: ast.AST) -> Callable[[], None]:
    """Put a node in the place of another; what is returned takes that back."""
    if place.at < 0:
        setattr(place.parent, place.name, new)
        return lambda: setattr(place.parent, place.name, place.node)
    siblings = getattr(place.parent, place.name)
    siblings[place.at : place.at + 1] = [] if isinstance(new, _Gone) else [new]

    def undo() -> None:
        siblings[place.at : place.at + (0 if isinstance(new, _Gone) else 1)] = [place.node]

    return undo


def _as_compiled(tree: ast.Module, place: _Place) -> str:
    """The same source with `cython.compiled` true in the function of this place; "" where it does not ask for it."""
    asked = [
        (parent, name)
        for parent in ast.walk(place.function or ast.Pass())
        for name, value in ast.iter_fields(parent)
        if isinstance(value, ast.Attribute) and ast.unparse(value) == "cython.compiled"
    ]
    kept = [(parent, name, getattr(parent, name)) for parent, name in asked]
    for parent, name in asked:
        setattr(parent, name, ast.Constant(True))
    text = ast.unparse(tree.body[place.top]) if asked else ""
    for parent, name, value in kept:
        setattr(parent, name, value)
    return text


def _lines(statement: ast.stmt) -> set[int]:
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return set(range(statement.lineno, max(last, statement.lineno) + 1))


def _body(function: Any) -> set[int]:
    return set(range(function.body[0].lineno, function.end_lineno + 1))


def _users(statement: ast.stmt, places: list[_Place]) -> set[int]:
    """The lines in functions that use what a statement outside of them defines, itself or by way of another one."""
    if isinstance(statement, FUNCTIONS):
        return _body(statement)
    lines: set[int] = set()
    names, known = _defined(statement), set[str]()
    while names - known:
        known |= names
        for place in places:
            if isinstance(place.node, ast.Name) and place.node.id in known and isinstance(place.node.ctx, ast.Load):
                lines |= _lines(place.statement) if place.function else set()
                names |= set() if place.function else _defined(place.statement)
    return lines


def _defined(statement: ast.stmt) -> set[str]:
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _head(node: ast.AST) -> str:
    """A statement as text; one with a body without it."""
    if not getattr(node, "body", None) or isinstance(node, ast.Lambda | ast.IfExp):
        return ast.unparse(node) if not isinstance(node, _Gone) else ""
    alone = copy.copy(node)
    for name in ("body", "orelse", "finalbody", "handlers"):
        if hasattr(alone, name):
            setattr(alone, name, [ast.Pass()] if name == "body" else [])
    return ast.unparse(alone).removesuffix("pass").rstrip()


def _places(tree: ast.Module) -> Iterator[_Place]:
    yield from _below(tree, ast.Pass(), None, 0)


def _below(parent: ast.AST, statement: ast.stmt, function: ast.AST | None, top: int) -> Iterator[_Place]:
    for name, value in ast.iter_fields(parent):
        if name in ("annotation", "returns", "format_spec", "type_params"):
            continue
        inner = parent if isinstance(parent, FUNCTIONS) and name == "body" else function
        for at, node in enumerate(value) if isinstance(value, list) else [(-1, value)]:
            if isinstance(node, ast.AST) and not _is_no_matter(node, parent, name):
                its = node if isinstance(node, ast.stmt) else statement
                number = at if isinstance(parent, ast.Module) else top
                yield _Place(node, parent, name, at, its, inner, number)
                yield from _below(node, its, inner, number)


def _is_no_matter(node: ast.AST, parent: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.Constant) and isinstance(parent, ast.JoinedStr):
        return True
    return name == "decorator_list" and ast.unparse(node).startswith("cython.")


def _changes(place: _Place) -> Changes:
    for kind_of_node, change in CHANGES:
        if isinstance(place.node, kind_of_node):
            yield from change(place.node)
    if place.name == "decorator_list" or (isinstance(place.node, ast.keyword) and place.node.arg):
        yield f"{'decorator' if place.name == 'decorator_list' else 'keyword argument'} dropped", _Gone()
    if place.name in ("test", "ifs") and isinstance(place.node, ast.expr):
        yield from _condition(place.node)
    if place.name in ("lower", "upper"):
        yield "bound of a slice dropped", ast.Constant(None)
    if place.name == "args" and isinstance(place.parent, ast.Call) and _method(place.parent) in CONDITIONS:
        if len(place.parent.args) > 1:
            yield "condition dropped", _Gone()


def _condition(node: ast.expr) -> Changes:
    if not isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):  # they have changes of their own
        yield "condition negated", ast.UnaryOp(ast.Not(), node)


def _comparison(node: ast.Compare) -> Changes:
    for at, operator in enumerate(node.ops):
        if other := COMPARISONS.get(type(operator)):
            operators = [*node.ops[:at], other(), *node.ops[at + 1 :]]
            yield "comparison", ast.Compare(node.left, operators, node.comparators)


def _boolean(node: ast.BoolOp) -> Changes:
    yield "and, or", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for at in range(len(node.values)):
        left = node.values[:at] + node.values[at + 1 :]
        yield "condition dropped", left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _unary(node: ast.UnaryOp) -> Changes:
    yield "operator dropped", node.operand


def _binary(node: ast.BinOp) -> Changes:
    if isinstance(node.op, BOTH_SIDES):
        yield "condition dropped", node.left
        yield "condition dropped", node.right
    elif other := OPERATORS.get(type(node.op)):
        yield "operator", ast.BinOp(node.left, other(), node.right)


def _constant(node: ast.Constant) -> Changes:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int | float):
        yield "constant", ast.Constant(value + 1)
        yield "constant", ast.Constant(value - 1)
    elif isinstance(value, str) and not any(map(str.isspace, value)):  # with blanks it is a sentence
        yield "constant", ast.Constant(value + "x")


def _return(node: ast.Return) -> Changes:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield "another value returned", ast.Return(ast.Constant(None))


def _call(node: ast.Call) -> Changes:
    if isinstance(node.func, ast.Name) and node.func.id in OTHERS:
        yield "another function", ast.Call(ast.Name(OTHERS[node.func.id], ast.Load()), node.args, node.keywords)
    if isinstance(node.func, ast.Attribute) and node.func.attr in NARROWING:
        yield f".{node.func.attr}() dropped", node.func.value


def _with(node: ast.With) -> Changes:
    if all(item.optional_vars is None for item in node.items):
        yield "with dropped", ast.If(ast.Constant(True), node.body, [])


def _statement(node: ast.stmt) -> Changes:
    if not isinstance(node, ast.Assign) or any(not isinstance(target, ast.Name) for target in node.targets):
        yield "statement dropped", ast.Pass()


def _turn(node: ast.stmt) -> Changes:
    yield "break, continue", ast.Continue() if isinstance(node, ast.Break) else ast.Break()


def _method(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


CHANGES: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Changes]], ...] = (
    (ast.Compare, _comparison),
    (ast.BoolOp, _boolean),
    (ast.UnaryOp, _unary),
    (ast.BinOp, _binary),
    (ast.Constant, _constant),
    (ast.Return, _return),
    (ast.Call, _call),
    (ast.With, _with),
    ((ast.Expr, ast.Raise, ast.AugAssign, ast.Delete, ast.Assign), _statement),
    ((ast.Break, ast.Continue), _turn),
)

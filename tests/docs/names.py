"""Names of files, modules, functions, settings and commands: those that a page uses, and those that are there.

A page uses a name in backticks. File names are also found outside them, and names in the commands and the code that it
shows. Words that could be anybody's, such as `listed`, are not looked at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import click

import app
from docs.rooms import MAY
from reputation.settings import SETTINGS
from tests.conftest import ROOT

SOURCES = (
    "app.py", "setup.py", "benchmarks", "commands", "dnsd", "docs", "onefile", "portal", "reputation", "serving",
    "tests",
)  # fmt: skip
ENDINGS = "py|pxd|md|html|toml|css|js|svg|png|webp"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4,}\S.*$", re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
NEW_MODULE = re.compile(r"New file `([^`]+)\.py`[^\n]*:\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEW_FILE = re.compile(r"(?:New file|The picture) `([^`]+)`")  # a command of the recipe takes the picture

PATH = re.compile(rf"(?!\.?/|\d)[\w.-]+(?:/[\w.-]+)*(?:/|/[\w.-]+|\.(?:{ENDINGS}))")
PLAIN_PATH = re.compile(rf"(?<![\w/.`<-])[\w-]+(?:/[\w-]+)*\.(?:{ENDINGS})\b(?!/)")
DOTTED = re.compile(r"@?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\(.*\))?")
CALL = re.compile(r"@?([A-Za-z_]\w*)\(.*\)|@([A-Za-z_]\w*)")
IDENTIFIER = re.compile(r"[a-z]\w*_\w+|_*[A-Z]\w+")
VARIABLE = re.compile(r"GATEPOST_([A-Z_]+)(?:=.*)?")
COMMAND = re.compile(r"^ *gatepost ([a-z]+)(?: ([a-z]+)\b)?", re.MULTILINE)
FLAG = re.compile(r"--([a-z][a-z-]*)(?: [A-Z]+)?")
MODULE = re.compile(r"python -m (?!pytest|venv|pip|ruff)([\w.]+)")
DOMAIN = re.compile(r".*\.(?:example|org|net|com|arpa|zone)|[rq]\..*", re.IGNORECASE)

# What people write that is no name of ours: words of other programs and protocols, and what stands for a value.
OTHERS = {
    "DUNNO", "internal_networks", "msa_networks", "trusted_networks",  # of Postfix and SpamAssassin
    "CACHE_DIRECTORY", "TMPDIR", "XDG_CACHE_HOME",  # of systemd and of every program
    "CODE", "COLUMN", "NAME", "SEED", "ZONE",
    "max_use", "reject_rbl_client", "warn_if_reject",
    "PermittedPeer", "dc_relay_domains", "relay_recipient_maps",
}  # fmt: skip
# What is made while the program is built or runs, and is in no checkout.
MADE = ("data", "dist", "build", ".venv", "gatepost.toml")


@dataclass
class Names:
    """What there is: `files` and folders from the top of the tree, and what is defined in the code."""

    files: set[str] = field(default_factory=set)
    identifiers: set[str] = field(default_factory=set)
    dotted: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)

    def has_file(self, path: str) -> bool:
        """Tell whether there is a file or folder at a path; a file's name alone may lie anywhere."""
        path = path.rstrip("/")
        if path in self.files or path.split("/")[0] in MADE:
            return True
        return "/" not in path and any(file.endswith(f"/{path}") for file in self.files)

    def has_dotted(self, name: str) -> bool:
        """Tell whether a module has a member, or a class has one; `name` may begin anywhere in the whole name."""
        return any(known == name or known.endswith(f".{name}") for known in self.dotted)

    def define(self, module: str, tree: ast.AST) -> None:
        """Add what a module defines."""
        self.dotted.add(module)
        self.identifiers.add(module.rpartition(".")[2])
        for name in _defined(tree):
            self.dotted.add(f"{module}.{name}")
        for node in ast.walk(tree):
            self.identifiers.update(_words(node))


@cache
def of_project() -> Names:
    """Read everything that the project has."""
    found = Names()
    found.files = set(_inside(ROOT))
    for name in sorted(found.files):
        if name.endswith(".py") and name.split("/")[0] in SOURCES:
            module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            found.define(module, ast.parse((ROOT / name).read_text()))
        elif name.startswith("templates/") and name.endswith(".html"):
            found.identifiers.update(re.findall(r"{%-? *macro (\w+)", (ROOT / name).read_text()))
    found.identifiers.update(*MAY.values())  # the libraries
    found.variables = {setting.name.upper() for setting in SETTINGS}
    for name in (
        "reputation/compiled.py",
        "reputation/unpacked.py",
        "onefile/glibc.py",
        "setup.py",
        "Makefile",
        "benchmarks/peers.py",
    ):
        found.variables.update(re.findall(r"GATEPOST_([A-Z_]+)", (ROOT / name).read_text()))
    found.flags = {"help", "version", *(setting.name.replace("_", "-") for setting in SETTINGS), *_options(app.main)}
    for name, command in app.main.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {}
        found.commands |= {name, *(f"{name} {each}" for each in inner)}
    return found


def unknown(text: str) -> list[str]:
    """Name what a page uses and the project does not have, each once. What the page's own recipes make is there."""
    made = _made_by(text)
    names = [*_paths(text), *(span for span in SPAN.findall(_prose(text)))]
    return sorted({name for name in names if not is_there(name, of_project()) and not is_there(name, made)})


def broken_links(text: str, page: Path) -> list[str]:
    """Name the links of a page to files and headings that are not there."""
    return [link for link in LINK.findall(_prose(text)) if not _leads_somewhere(link, page)]


def is_there(name: str, names: Names) -> bool:
    """Tell whether a name is one of the project's, or not a kind of name that is looked at."""
    if command := COMMAND.match(name):
        group, inner = command.groups()
        return group in names.commands and (not inner or f"{group} {inner}" in names.commands or not _is_group(group))
    if module := MODULE.search(name):
        return module[1] in names.dotted
    if name in OTHERS or DOMAIN.fullmatch(name):
        return True
    if PATH.fullmatch(name):
        return names.has_file(name)
    if found := VARIABLE.fullmatch(name):
        return found[1] in names.variables
    if found := FLAG.fullmatch(name):
        return found[1] in names.flags
    if found := DOTTED.fullmatch(name):
        return names.has_dotted(found[1])
    if found := CALL.fullmatch(name):
        return (found[1] or found[2]) in names.identifiers
    return name in names.identifiers if IDENTIFIER.fullmatch(name) else True


def _is_group(name: str) -> bool:
    return isinstance(app.main.commands.get(name), click.Group)


def _made_by(text: str) -> Names:
    """The files of a page's recipes, and what their code defines."""
    made = Names()
    for file in NEW_FILE.findall(text):
        place = Path(file)
        made.files |= {file, *(str(parent) for parent in place.parents)}
        made.identifiers.add(place.stem)
    for module, block in NEW_MODULE.findall(text):
        made.define(module.removesuffix("/__init__").replace("/", "."), ast.parse(block))
    for language, block in FENCE.findall(text):
        made.identifiers.update(re.findall(r"[A-Za-z_]\w+", block) if language == "diff" else ())
    return made


def _prose(text: str) -> str:
    return INDENTED.sub("", FENCE.sub("", text))


def _paths(text: str) -> Iterator[str]:
    """File names outside backticks; and files, modules and commands of ours where commands are shown."""
    yield from (found[0].strip() for found in COMMAND.finditer(text))
    yield from PLAIN_PATH.findall(LINK.sub("", SPAN.sub("", _prose(text))))
    for language, block in FENCE.findall(text):
        if language == "sh":
            yield from (word for word in block.split() if PATH.fullmatch(word) and "/" in word)
            yield from (f"python -m {module}" for module in MODULE.findall(block))
        elif language == "python":
            yield from _imported(block)


def _imported(block: str) -> Iterator[str]:
    """What a piece of Python imports from our packages."""
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in SOURCES:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _leads_somewhere(link: str, page: Path) -> bool:
    if ":" in link:  # of the web
        return True
    path, _, heading = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not heading or heading in _headings(target.read_text()))


def _headings(text: str) -> set[str]:
    """The headings of a page as links name them."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _inside(folder: Path) -> Iterator[str]:
    """Every file and folder of the checkout, by its path from the top; nothing of what is made or hidden."""
    for place in folder.iterdir():
        path = str(place.relative_to(ROOT))
        if path in MADE or place.name.startswith((".", "__pycache__")):
            continue
        yield path
        if place.is_dir():
            yield from _inside(place)


def _options(group: click.Group) -> Iterator[str]:
    for command in group.commands.values():
        yield from (option.removeprefix("--") for each in command.params for option in each.opts)
        if isinstance(command, click.Group):
            yield from _options(command)


def _defined(tree: ast.AST) -> Iterator[str]:
    """What a module or a class has: its functions, classes, values and fields, and `Class.member` for each of these."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _targets(node)
        elif isinstance(node, ast.ImportFrom):  # a package offers what it imports from its modules
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{member}" for member in {*_defined(node), *_own_attributes(node)})


def _own_attributes(node: ast.ClassDef) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            yield inner.attr


def _targets(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        yield from (inner.id for inner in ast.walk(target) if isinstance(inner, ast.Name))


def _words(node: ast.AST) -> Iterator[str]:
    """The names that a node defines, of whatever kind."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.id if isinstance(node, ast.Name) else node.attr
    elif isinstance(node, ast.arg):
        yield node.arg

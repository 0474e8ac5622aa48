"""The code of templates and addresses is shared between the portals of the tests, and nothing else of them."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, render_template, url_for

from portal import create_app
from portal.app_context import AppContext
from tests.conftest import Cast
from tests.portal.compiled_once import TEMPLATES, SharedRule


def shown(folder: Path, text: str, value: str) -> str:
    """What a portal of one template shows, with a name that its own environment gives."""
    (folder / "page.html").write_text(text)
    app = Flask("small", template_folder=str(folder))
    app.jinja_env.globals["value"] = lambda: value
    with app.test_request_context():
        return render_template("page.html")


def test_a_second_portal_compiles_nothing(app_context: AppContext, cast: Cast) -> None:
    create_app(app_context).test_client().get("/login")
    before = len(TEMPLATES.codes), len(SharedRule.written)

    assert create_app(app_context).test_client().get("/login").status_code == 200

    assert (len(TEMPLATES.codes), len(SharedRule.written)) == before
    assert min(before) > 2, "neither bytecode_cache nor _compile_builder is asked any more"


def test_the_same_template_shows_what_its_own_portal_gives_it(tmp_path: Path) -> None:
    assert [shown(tmp_path, "{{ value() }}", value) for value in ("one", "two")] == ["one", "two"]


def test_a_template_that_has_changed_is_compiled_anew(tmp_path: Path) -> None:
    assert shown(tmp_path, "before {{ value() }}", "x") == "before x"
    assert shown(tmp_path, "after {{ value() }}", "x") == "after x"


def address(rule: str, **defaults: int) -> str:
    """The address that a portal with this one rule makes."""
    app = Flask("small")
    app.add_url_rule(rule, "shown", lambda number: str(number), defaults=defaults or None)
    with app.test_request_context():
        return url_for("shown", number=7, more="x y")


def test_an_address_is_that_of_its_own_rule() -> None:
    rules = ("/a/<int:number>", "/a/<int(fixed_digits=3):number>", "/b/<number>", "/a/<int:number>")

    assert [address(rule) for rule in rules] == ["/a/7?more=x+y", "/a/007?more=x+y", "/b/7?more=x+y", "/a/7?more=x+y"]
    assert address("/c", number=7) == "/c?more=x+y"

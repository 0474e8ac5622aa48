"""Forms have one way: one macro writes them, one module reads them, one decorator answers what is refused."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, redirect
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField

from portal.auth import checks_token
from portal.forms import HIGHEST, Form, NumberField, NumbersField, takes_form, text_field
from reputation.refusal import NameTaken, Refused
from reputation.store.db import write
from reputation.store.models import Organization, SenderRule
from tests.conftest import ROOT, Cast
from tests.neighbour import others
from tests.portal.conftest import ADA, PASSWORD, Browser
from tests.portal.test_security import TEMPLATES

MACRO = ROOT / "templates" / "_forms.html"
OTHERS = [path for path in TEMPLATES if path != MACRO]
WRITES_A_POST = re.compile(r"""method\s*=\s*["']?post""", re.IGNORECASE)
# The strength of a password is asked while it is typed: htmx is told to send the token along, and writes none.
SENDS_ALONG = re.compile(r'hx-params="[^"]*"')
READER = ROOT / "portal" / "forms.py"
MODULES = sorted((ROOT / "portal").rglob("*.py"))
SENT = {"form", "files", "values"}  # of a request


@pytest.mark.parametrize("template", OTHERS, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_only_the_macro_writes_a_form_that_posts_and_its_token(template: Path) -> None:
    text = SENDS_ALONG.sub("", template.read_text())

    assert not WRITES_A_POST.search(text), "use {% call post_form(address) %}: it cannot forget the token"
    for name in ("csrf_token", "hidden_tag"):
        assert name not in text, f"{name}: post_form writes the token"


def test_the_macro_writes_the_token() -> None:
    assert WRITES_A_POST.search(MACRO.read_text())
    assert 'name="csrf_token" value="{{ csrf_token() }}"' in MACRO.read_text()


def test_what_was_sent_is_read_by_one_module_alone() -> None:
    assert [path for path in MODULES if set(reads(path))] == [READER]


def test_every_form_is_of_one_kind() -> None:
    names = {path: {name for node in ast.walk(tree(path)) for name in bases(node)} for path in MODULES}

    assert [path for path, found in names.items() if "FlaskForm" in found] == [READER]


def test_no_view_that_takes_a_post_catches_a_refusal_by_itself() -> None:
    views = [(path, view) for path in MODULES for view in ast.walk(tree(path)) if is_post(view)]
    assert len(views) > 50
    for path, view in views:
        caught = [
            name for node in ast.walk(view) if isinstance(node, ast.ExceptHandler) for name in names_in(node.type)
        ]
        assert not {"Refused", "NameTaken"} & set(caught), f"{path.name}, {view.name}: @takes_form answers a refusal"


def test_a_file_in_the_place_of_a_text_is_a_field_left_empty(cast: Cast, visitor: Browser) -> None:
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', visitor.get("/login").text)
    assert token
    fields = {"csrf_token": token[1], "email": (io.BytesIO(b"x"), "email.txt"), "password": PASSWORD}

    answer = visitor.client.post("/login", data=fields, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert "Write your email address." in answer.text


def test_json_is_no_form(cast: Cast, visitor: Browser) -> None:
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', visitor.get("/login").text)
    assert token

    answer = visitor.client.post(
        "/login", json={"email": {"a": 1}, "password": [PASSWORD]}, headers={"X-CSRFToken": token[1]}
    )

    assert answer.status_code == 422
    assert "Write your email address." in answer.text


def test_a_text_that_postgresql_cannot_keep_is_refused_with_a_sentence(
    cast: Cast, ada: Browser, boris: Browser
) -> None:
    address, page = "/policy", "/policy?list=blocked"

    for fields in ({"note": "a\0b"}, {"note": "", "\0": ""}):
        answer = ada.send(address, page=page, list="blocked", sender="192.0.2.7", **fields)
        assert answer.status_code == 400
        assert "(NUL)" in answer.text
    for path in ("/policy?search=%00", "/policy?%00=", "/lookup/%00"):
        assert ada.get(path).status_code == 400, path

    assert boris.send(address, page=page, list="blocked", sender="192.0.2.7", note="a").status_code == 303
    assert [rule.organization_id for rule in others(SenderRule)] == [cast.basic.id]


class TrialForm(Form):
    number = NumberField(default=7)
    ticked = NumbersField(default=())
    word = text_field(4, strip=True)
    class_ = text_field(name="class")
    attachment = FileField()


@pytest.mark.parametrize(
    ("sent", "read"), [({}, 7), ({"number": "12"}, 12), ({"number": "x"}, 7), ({"number": "-1"}, 7)]
)
def test_a_number_that_is_none_of_ours_counts_as_not_sent(app: Flask, sent: dict[str, str], read: int) -> None:
    with app.test_request_context("/", method="POST", data=sent):
        assert TrialForm().number.data == read
    with app.test_request_context("/", method="POST", data={"number": str(HIGHEST + 1)}):
        assert TrialForm().number.data == 7


def test_all_rows_that_are_ticked_are_read_and_a_text_is_cut(app: Flask) -> None:
    sent = {"ticked": ["3", "x", "5"], "word": "  a quiet sentence", "class": "first"}
    with app.test_request_context("/", method="POST", data=sent):
        form = TrialForm()

        assert form.ticked.data == [3, 5]
        assert form.word.data == "a qu"
        assert form.texts["class"] == "first"


def test_a_page_that_is_opened_reads_no_form(app: Flask) -> None:
    with app.test_request_context("/?number=12", method="GET", data={"number": "12"}):
        assert TrialForm().number.data == 7


@pytest.fixture
def trial(app: Flask, visitor: Browser, cast: Cast) -> Browser:
    """A visitor of an application in which `/trial` begins to rename Acme, and is refused; so does `/elsewhere`."""

    def rename(form: Form) -> ResponseReturnValue:
        with write():
            Organization.update(name="Evil").where(Organization.id == cast.acme.id).execute()
            raise NameTaken("No: another has it.") if form["word"].data == "name" else Refused("No: that is Acme.")

    def shown(form: Form, problem: str) -> ResponseReturnValue:
        return f"problem: {problem}; word: {list(form['word'].errors)}; number: {list(form['number'].errors)}"

    beside = takes_form(TrialForm, shown, field={NameTaken: "word"})(checks_token(rename))
    leads = takes_form(TrialForm, lambda _form, problem: redirect(f"/login?said={len(problem)}", 303))
    elsewhere = leads(checks_token(rename))
    app.add_url_rule("/trial", "trial", beside, methods=["POST"])
    app.add_url_rule("/elsewhere", "elsewhere", elsewhere, methods=["POST"])
    return visitor


def test_a_refused_post_shows_its_page_with_the_sentence_and_422(trial: Browser) -> None:
    answer = trial.send("/trial", page="/login")

    assert (answer.status_code, answer.text) == (422, "problem: No: that is Acme.; word: []; number: []")


def test_a_refusal_of_its_kind_stands_beside_its_field(trial: Browser) -> None:
    answer = trial.send("/trial", page="/login", word="name")

    assert (answer.status_code, answer.text) == (422, "problem: ; word: ['No: another has it.']; number: []")


def test_a_refused_post_may_lead_elsewhere(trial: Browser) -> None:
    answer = trial.send("/elsewhere", page="/login")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?said=17")


def test_a_refused_post_has_changed_nothing(trial: Browser) -> None:
    before = sorted(one.name for one in others(Organization))

    statuses = [trial.send(path, page="/login").status_code for path in ("/trial", "/elsewhere")]

    assert statuses == [422, 303]
    assert sorted(one.name for one in others(Organization)) == before


def test_a_form_that_is_not_filled_in_never_reaches_the_use_case(cast: Cast, ada: Browser) -> None:
    answer = ada.send("/administration/users/invite", page="/administration/users", email="", role="viewer")

    assert answer.status_code == 422
    assert "Write your email address." in answer.text
    assert ADA in answer.text, "the page of the form is shown again"


def test_a_form_without_its_token_is_refused_before_it_is_read(cast: Cast, trial: Browser) -> None:
    assert trial.client.post("/trial", data={"word": "name"}).status_code == 400


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def reads(path: Path) -> Iterator[str]:
    """What of a request's body a module names; also under another name for the request."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "request":
            if node.attr in SENT:
                yield node.attr
        if isinstance(node, ast.alias) and node.name == "request" and node.asname:
            yield node.asname


def bases(node: ast.AST) -> list[str]:
    return [base.id for base in node.bases if isinstance(base, ast.Name)] if isinstance(node, ast.ClassDef) else []


def names_in(node: ast.AST | None) -> list[str]:
    return [found.id for found in ast.walk(node) if isinstance(found, ast.Name)] if node else []


def is_post(node: ast.AST) -> bool:
    """Whether a function is a view that takes a POST, or is one that takes a form."""
    if not isinstance(node, ast.FunctionDef):
        return False
    called = [one.func for one in node.decorator_list if isinstance(one, ast.Call)]
    return any(getattr(one, "attr", getattr(one, "id", "")) in ("post", "takes_form") for one in called)

"""How a POST is read, checked and refused, and what the forms of several screens share.

This module alone reads what was sent. Each screen keeps its own form beside its view; buttons with hidden fields, undo
and bulk actions are forms, too. It knows no screen.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import Flask, abort, g, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import EmailField, Field, PasswordField, SelectChoice, StringField
from wtforms.validators import EqualTo, InputRequired, Length, StopValidation
from wtforms.widgets import HiddenInput

from reputation.customers import users
from reputation.refusal import Refused, Unconfirmed
from reputation.store import health, trouble

LONGEST_EMAIL = 254
NOT_SAVED = "Nothing was changed: send the form again in {}."
SENT: Any = object()  # in the place of data: what the present request has sent
View = Callable[..., ResponseReturnValue]

HIGHEST = (1 << 32) - 1  # no number, ASN or moment of ours is above it, and no database takes one with twenty digits


def whole_number(text: str) -> int:
    """Read a number from outside, for `args.get(name, 0, type=whole_number)`; ValueError if it is none of ours."""
    value = int(text[:12])
    if not 0 <= value <= HIGHEST:
        raise ValueError(f"{value} is beyond every number that is kept")
    return value


def init_app(app: Flask) -> None:
    """Refuse what no text of ours can hold, before any view reads it."""
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    """Answer 400 where an address or a form holds U+0000, which no keyboard writes and PostgreSQL cannot keep."""
    sent = (request.args, request.form)
    texts = (text for values in sent for name, texts in values.lists() for text in (name, *texts))
    if "\0" in request.path or any("\0" in text for text in texts):
        g.problem = "There is a character in it that is no text (NUL): write it again without."
        abort(400)


def was_sent(name: str) -> bool:
    """Tell whether the request has a field of this name."""
    return name in request.form


def all_sent(but: Sequence[str]) -> list[tuple[str, str]]:
    """Return every field that was sent with its value, for a page that sends them once more; `but` are left out."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in but]


class Form(FlaskForm):  # type: ignore[misc]
    """The fields that a screen takes from a POST. Without a POST it is empty; `formdata=None` empties it after one."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How WTForms reads the request."""

        def wrap_formdata(self, form: Form, formdata: Any) -> Any:
            """Read the request: files for file fields alone, so that no text is ever a file. JSON is no form."""
            if formdata is not SENT:
                return formdata
            if request.method != "POST":
                return None
            names = [field.name for field in form if isinstance(field, FileField)]
            files = MultiDict((name, file) for name in names for file in request.files.getlist(name))
            return CombinedMultiDict([files, request.form])

    def __init__(self, formdata: Any = SENT, **values: Any) -> None:
        super().__init__(formdata=formdata, **values)

    @property
    def texts(self) -> dict[str, str]:
        """Return the text of each field by the name that it is sent under; "" where it was not sent."""
        return {field.name: field.data for field in self if isinstance(field.data, str)}


class EmptyForm(Form):
    """A button that sends nothing but its URL."""


class NumberField(Field):  # type: ignore[misc]
    """A whole number, such as the id in a hidden field; its default where none was sent, or none that is kept here."""

    widget = HiddenInput()
    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the first of the values."""
        numbers = whole_numbers(valuelist[:1])
        self.data = numbers[0] if numbers else self.data


class NumbersField(Field):  # type: ignore[misc]
    """All whole numbers that were sent under a name, such as the ids of the rows that are ticked."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read all values; what is no number is left out."""
        self.data = whole_numbers(valuelist)


def whole_numbers(texts: Iterable[str]) -> list[int]:
    """Return the numbers among these texts."""
    found = []
    for text in texts:
        try:
            found.append(whole_number(text))
        except ValueError:
            continue
    return found


def text_field(longest: int = 0, strip: bool = False, name: str | None = None) -> StringField:
    """Make a field for a text that the use case checks: "" where none was sent.

    The text is cut after `longest` characters where that is not 0. `name` is what it is sent under where Python
    reserves that word.
    """

    def cut(text: str | None) -> str:
        whole = (text or "").strip() if strip else text or ""
        return whole[:longest] if longest else whole

    return StringField(default="", filters=[cut], name=name)


def takes_form(
    form_class: type[Form], on_refusal: View, field: str | Mapping[type[Refused], str] = ""
) -> Callable[[View], View]:
    """Make a view take a form, and answer with `on_refusal` where a field is wrong or a use case raises Refused.

    The view is called with the form, which is valid, and with what its address holds. `on_refusal` is called with the
    form, the sentence of the refusal, and the same; a page that it gives is answered with 422, any other answer as it
    is. With `field` the sentence stands beside that field instead, and is "" to `on_refusal`; a mapping chooses the
    field by the kind of refusal. What a use case has begun to write it has taken back before it refuses.

    Where the database does not take the change, `on_refusal` shows what was sent with the sentence that says why: 503.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(**place: Any) -> ResponseReturnValue:
            form, problem, status = form_class(), "", 422
            headers: dict[str, str] = {}
            if form.validate():
                try:
                    return view(form, **place)
                except Refused as refusal:
                    problem = _stand_beside(form, refusal, field)
                except trouble.ERRORS as error:
                    found = health.tell(error, g.now)
                    if found is None:
                        raise
                    problem = f"{found.sentence} {NOT_SAVED.format(found.soon)}"
                    status, headers = 503, {"Retry-After": str(found.again)}
            page = on_refusal(form, problem, **place)
            if isinstance(page, tuple) and status == 503:
                page = page[0]
            return (page, status, headers) if isinstance(page, str) else page

        return answer

    return decorate


def _stand_beside(form: Form, refusal: Refused, field: str | Mapping[type[Refused], str]) -> str:
    """Put the sentence beside its field; where it has none, give it back."""
    if isinstance(refusal, Unconfirmed):
        return _ask_to_confirm(form, refusal)
    name = field if isinstance(field, str) else field.get(type(refusal), "")
    if not name:
        return str(refusal)
    add_error(form[name], str(refusal))
    return ""


def _ask_to_confirm(form: Form, refusal: Unconfirmed) -> str:
    """Put what has to be repeated beside the form's field `confirm`; a form without one says where there is one."""
    if "confirm" not in form:
        return f"{refusal} It is not done by one click: under Policy > Settings it can be confirmed."
    add_error(form["confirm"], f"{refusal.brief} To do it all the same, write here: {refusal.word}")
    return ""


def accepted_by(check: Callable[[Any], object]) -> Callable[[Form, Field], None]:
    """Make a validator that asks a use case: its Refused, or its ValueError, is shown beside the field."""

    def validate(_form: Form, field: Field) -> None:
        try:
            check(field.data)
        except (Refused, ValueError) as error:
            raise StopValidation(str(error)) from None

    return validate


def required(sentence: str) -> InputRequired:
    """Make the validator of a field that may not be empty, with the sentence that says so."""
    return InputRequired(message=sentence)


def confirm_field() -> StringField:
    """Make the field in which a person repeats a network that reaches far; it is shown once that is asked for."""
    return StringField("Confirm", default="", render_kw={"autocomplete": "off", "spellcheck": "false"})


def email_field(**attributes: Any) -> EmailField:
    """Make the field for the email with which a person logs in."""
    rules = [
        required("Write your email address."),
        Length(max=LONGEST_EMAIL, message="This is too long for an email address."),
    ]
    return EmailField("Email", rules, render_kw={"autocomplete": "username", "spellcheck": "false", **attributes})


def password_field(label: str, sentence: str, autocomplete: str, *more: EqualTo) -> PasswordField:
    """Make a password field; `autocomplete` tells a password manager whether it is the present one or a new one."""
    longest = users.LONGEST_PASSWORD
    too_long = Length(max=longest, message=f"A password has at most {longest} characters.")
    rules = [required(sentence), too_long, *more]
    return PasswordField(label, rules, render_kw={"autocomplete": autocomplete})


def repeated_password(of: str, name: str = "password") -> PasswordField:
    """Make the field that repeats the new password of the field `of`; `name` is what the form calls it."""
    alike = EqualTo(of, message=f"The two {name}s differ: write the same one twice.")
    return password_field(f"{name.capitalize()} again", f"Write the {name} a second time.", "new-password", alike)


def name_field(label: str, sentence: str, longest: int, **attributes: Any) -> StringField:
    """Make the field for a name on one line."""
    rules = [required(sentence), Length(max=longest, message=f"Use at most {longest} characters.")]
    return StringField(label, rules, render_kw=attributes)


def add_error(field: Field, sentence: str) -> None:
    """Show a problem that a use case found beside the field it concerns."""
    field.errors = [*field.errors, sentence]


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Make the choices of a select or of radio buttons from values with their words."""
    return [SelectChoice(value, words) for value, words in pairs]

"""What the forms of several screens share. Each screen keeps its own form beside its view."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import EmailField, Field, PasswordField, SelectChoice, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from reputation.customers import users

LONGEST_EMAIL = 254


HIGHEST = (1 << 32) - 1  # no number, ASN or moment of ours is above it, and no database takes one with twenty digits


def whole_number(text: str) -> int:
    """A number from outside, for `form.get(name, 0, type=whole_number)`; ValueError where it is none of ours."""
    value = int(text[:12])
    if not 0 <= value <= HIGHEST:
        raise ValueError(f"{value} is beyond every number that is kept")
    return value


def required(sentence: str) -> InputRequired:
    """A field that may not be empty, with the sentence that says so."""
    return InputRequired(message=sentence)


def email_field(**attributes: Any) -> EmailField:
    """The email that is a person's login."""
    rules = [
        required("Write your email address."),
        Length(max=LONGEST_EMAIL, message="This is too long for an email address."),
    ]
    return EmailField("Email", rules, render_kw={"autocomplete": "username", "spellcheck": "false", **attributes})


def password_field(label: str, sentence: str, autocomplete: str, *more: EqualTo) -> PasswordField:
    """A password; `autocomplete` tells a password safe whether it is the present one or a new one."""
    longest = users.LONGEST_PASSWORD
    too_long = Length(max=longest, message=f"A password has at most {longest} characters.")
    rules = [required(sentence), too_long, *more]
    return PasswordField(label, rules, render_kw={"autocomplete": autocomplete})


def repeated_password(of: str, name: str = "password") -> PasswordField:
    """The new password of the field `of` a second time; `name` is what the form calls it."""
    alike = EqualTo(of, message=f"The two {name}s differ: write the same one twice.")
    return password_field(f"{name.capitalize()} again", f"Write the {name} a second time.", "new-password", alike)


def name_field(label: str, sentence: str, longest: int, **attributes: Any) -> StringField:
    """A name on one line."""
    rules = [required(sentence), Length(max=longest, message=f"Use at most {longest} characters.")]
    return StringField(label, rules, render_kw=attributes)


def add_error(field: Field, sentence: str) -> None:
    """Put a problem that a use case found beside the field it concerns."""
    field.errors = [*field.errors, sentence]


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Values with their words, for a select or for radio buttons."""
    return [SelectChoice(value, words) for value, words in pairs]

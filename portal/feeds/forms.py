"""The form of a feed, for a new one and for one that is changed. Durations are written as people write them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from wtforms import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length

from portal.forms import (
    Form,
    choices,
    name_field,
    required,
    text_field,
)
from reputation.durations import duration_text
from reputation.intake import feeds, formats
from reputation.intake.bounds import FeedBounds
from reputation.intake.feeds import FeedState
from reputation.intake.feeds.catalogue import Known
from reputation.intake.fetch import KEY_HEADERS
from reputation.publisher.approvals import APPROVE, LIST, WATCH
from reputation.refusal import Refused

FORMATS = [(each.name, f"{each.name}: {each.about}") for each in formats.FORMATS]
CATEGORIES = [
    ("KSS", "KSS: known spam sources"),
    ("DUL", "DUL: dynamic user list"),
    ("ETL", "ETL: emerging threats"),
]
DATABASES = [
    ("standard", "Standard: refused with 550, for as long as the list holds it"),
    ("dynamic", "Dynamic: deferred with 450, for a stay after it was last listed"),
]
PURPOSES = [
    (LIST, "Serve it: what it lists is refused or deferred at once"),
    (WATCH, "On watch: it is fetched and counted as what it would do, and served when you say so"),
    (APPROVE, "A list of good senders: no other feed and no new report lists what it covers"),
]
TAKEN_AS = [
    (LIST, "Serve them as suggested: what they list is refused or deferred at once"),
    (WATCH, "Begin on watch: they are fetched and counted as what they would do"),
]
BOUNDS = ("widest4", "widest6", "max_change", "max_age")


class FeedInput(NamedTuple):
    """The values of the form: `every` and `stay` in seconds, `bounds` as the feeds' package takes them.

    `key_header` is None where the field was left empty, "" where there shall be no key.
    """

    source: str
    format: str
    category: str
    database: str
    every: int
    duration: int
    bounds: dict[str, Any]
    key_header: str | None
    purpose: str


def _line(label: str, sentence: str = "", default: str = "", longest: int = 40, **attributes: Any) -> StringField:
    rules = [Length(max=longest, message=f"Use at most {longest} characters.")]
    attributes = {"autocomplete": "off", "spellcheck": "false", **attributes}
    return StringField(
        label, [required(sentence), *rules] if sentence else rules, default=default, render_kw=attributes
    )


class FeedForm(Form):
    """The form of a feed. `name` is for a new feed alone: it is a part of the reasons that senders read, and stays."""

    name = name_field("Name", "Give the feed a name.", 100, autocomplete="off")
    source = _line("Address of the list", "Write where the list is fetched.", longest=2000, inputmode="url")
    format = SelectField("Format", choices=choices(FORMATS))
    option = _line("Option of the format", longest=200)
    option_hint = " ".join(f"For {each.name}: {each.option_about}." for each in formats.FORMATS if each.option)
    purpose = RadioField("Use", choices=choices(PURPOSES), default=LIST)
    category = SelectField("Category", choices=choices(CATEGORIES))
    database = RadioField("Database", choices=choices(DATABASES), default="standard")
    every = _line("Fetched every", "Write a time between two fetches, such as 1h.", default="1h")
    duration = _line("An entry stays for", "Write how long an entry stays, such as 12h.", default="12h")
    widest4 = _line("Widest IPv4 network", "Write a prefix, such as 8.", inputmode="numeric")
    widest6 = _line("Widest IPv6 network", "Write a prefix, such as 19.", inputmode="numeric")
    max_change = _line("Held above a change of", "Write a share, such as 30%.")
    max_age = _line("Served up to an age of", default="none")
    key_header = _line("Header with a key", longest=600, type="password")
    key_hint = (
        f"NAME: VALUE, with the name {', '.join(KEY_HEADERS)}; it is never shown. Empty keeps it, none removes it."
    )
    known = text_field()  # which list of the catalogue it was filled from

    def wanted(self, kept: FeedBounds, may_be_file: str = "") -> FeedInput:
        """Return what is wanted, over the bounds that are not in the form. Raise Refused where it cannot be read.

        A page names no file of this machine: whoever logs in as operator need not be able to read it. A feed that was
        made from one on the command line keeps it: `may_be_file`.
        """
        source = (self.source.data or "").strip()
        if source != may_be_file and not source.lower().startswith(("https://", "http://")):
            raise Refused("Write an address that begins with https:// or http://; a file is added with `feed add`.")
        option = (self.option.data or "").strip()
        form = f"{self.format.data}:{option}" if option else str(self.format.data)
        bounds = json.loads(kept.to_json()) | {name: (self[name].data or "").strip() for name in BOUNDS}
        try:
            formats.check(form)
            every, duration = (feeds.parse_duration(self[name].data or "") for name in ("every", "duration"))
            FeedBounds.of(bounds)
        except ValueError as error:
            raise Refused(str(error)) from None
        written = (self.key_header.data or "").strip()
        key = None if not written else "" if written.lower() == "none" else written
        return FeedInput(
            source, form, str(self.category.data), str(self.database.data), every, duration, bounds, key,
            str(self.purpose.data),
        )  # fmt: skip


class EditForm(FeedForm):
    """The form of a feed that exists already; its name stays."""

    name = text_field()


class ButtonForm(Form):
    """A button for one of the things that can be done with a feed; `back` is `list` from the list of all feeds."""

    back = text_field()


class TakeForm(Form):
    """Lists of the catalogue that are added at once: those that are ticked, or (`which`) the recommended ones."""

    keys = SelectMultipleField("Lists", choices=[], validate_choice=False)
    use = RadioField("Use", choices=choices(TAKEN_AS), default=LIST)
    which = text_field()


def of_known(known: Known | None) -> FeedForm:
    """Make the form for a new feed, filled in where a list of the catalogue was chosen."""
    if known is None:
        return _filled(FeedBounds())
    values = {
        "known": known.key,
        "name": known.name,
        "source": known.source,
        "category": known.category,
        "database": known.database,
        "every": duration_text(known.every),
    }
    return _filled(FeedBounds.of(dict(known.bounds)), known.format, **values)


def of_feed(feed: FeedState) -> FeedForm:
    """Make the form for a feed as it is."""
    return _filled(
        feed.bounds,
        feed.format,
        name=feed.name,
        source=feed.source,
        purpose=feed.purpose,
        category=feed.category,
        database=feed.database,
        every=duration_text(feed.every),
        duration=duration_text(feed.duration),
    )


def _filled(bounds: FeedBounds, form: str = "plain", **values: Any) -> FeedForm:
    kind, _, option = form.partition(":")
    shown = {"widest4": bounds.widest4, "widest6": bounds.widest6, "max_change": f"{bounds.max_change:.0%}"}
    shown["max_age"] = duration_text(bounds.max_age) if bounds.max_age else "none"
    return FeedForm(formdata=None, data={"format": kind, "option": option, **shown, **values})

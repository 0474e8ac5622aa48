"""Administration > Sessions: the browsers in which the reader is logged in, and how to sign them out."""

from __future__ import annotations

import re

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.auth import own, session_token, signed_in_user
from portal.forms import Form, NumberField, takes_form
from reputation.customers import sessions

blueprint = Blueprint("sessions", __name__, url_prefix="/administration/sessions")

# What a browser says of itself names many others, too: the first of these that fits is what it is.
BROWSERS = (
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
)
SYSTEMS = (
    (r"Android", "Android"),
    (r"iPhone|iPad|iPod", "iOS"),
    (r"Windows", "Windows"),
    (r"Macintosh|Mac OS", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


class EndForm(Form):
    """The session that is to end."""

    session = NumberField(default=0)


@blueprint.get("")
@own
def show() -> ResponseReturnValue:
    """Show the reader's sessions, this one marked."""
    return _page()


@blueprint.post("/end")
@own
@takes_form(EndForm, lambda _form, problem: _page(problem))
def end(form: EndForm) -> ResponseReturnValue:
    """End one session."""
    gone = sessions.end(signed_in_user().id, form.session.data, g.now)
    flash(f"Signed out: {browser(gone.agent)}, {gone.address}.")
    return redirect(url_for("sessions.show"), 303)


@blueprint.post("/end-others")
@own
def end_others() -> ResponseReturnValue:
    """End all sessions but this one."""
    ended = sessions.end_others(signed_in_user().id, session_token(), g.now)
    flash(f"Signed out {ended} other session{'' if ended == 1 else 's'}." if ended else "There was no other session.")
    return redirect(url_for("sessions.show"), 303)


def browser(agent: str) -> str:
    """Name the browser and the system as far as one can tell: `Firefox on Linux`."""
    program = next((name for pattern, name in BROWSERS if re.search(pattern, agent)), "")
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, agent)), "")
    if not program:
        return agent.partition(" ")[0][:40] or "a browser that does not name itself"
    return f"{program} on {system}" if system else program


def _page(problem: str = "") -> str:
    here = sessions.find(session_token(), g.now, opened=False)
    return render_template(
        "sessions/show.html",
        sessions=sessions.sessions(signed_in_user().id, g.now),
        this=here.id if here else 0,
        problem=problem,
        browser=browser,
        idle=sessions.IDLE,
        longest=sessions.LONGEST,
    )

"""Door two: people ask in a browser. Each screen has a module of its own name; `create_app` puts them together.

The portal asks the packages of `reputation` and shows what they answer. It decides nothing, and knows neither the
tables nor DNS packets.
"""

from __future__ import annotations

import sys
from hashlib import blake2b
from pathlib import Path
from typing import Any

from flask import Flask, g, request
from htmx_flask import Htmx
from jinja2 import StrictUndefined
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from portal import (
    auth,
    errors,
    evidence,
    filters,
    forms,
    fresh_login,
    help,
    limits,
    menu,
    proxies,
    screens,
    security,
    tables,
)
from portal.app_context import AppContext, current
from portal.forms import HIGHEST
from portal.icons import icon_drawer
from portal.news import release_news
from reputation.store import db, health

__all__ = ["create_app"]


def create_app(app_context: AppContext) -> Flask:
    """Make the portal as a WSGI application that shows the parts of this context."""
    files = program_files()
    app = Flask("portal", template_folder=str(files / "templates"), static_folder=str(files / "static"))
    app.extensions["app_context"] = app_context
    app.jinja_env.globals["icon"] = icon_drawer(files / "static" / "vendor" / "bootstrap-icons")
    app.jinja_env.globals["is_demo"] = lambda: app_context.is_demo
    # A name that no view gives is a fault of ours: it ends in an error that a test sees, not in a blank.
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    # In this order a request passes: the time, and a connection once it asks for one; the rules, what is no text, who
    # reads, how often.
    Htmx(app)
    app.before_request(_begin)
    app.teardown_request(_end)
    security.init_app(app, app_context)
    forms.init_app(app)
    limits.init_app(app)
    auth.init_app(app)
    fresh_login.init_app(app)

    filters.init_app(app)
    menu.init_app(app)
    tables.init_app(app)
    help.init_app(app, files / "docs" / "help")
    release_news.init_app(app, files / "CHANGELOG.md")
    evidence.init_app(app, files / "docs" / "evidence.md")
    errors.init_app(app)
    _version_files(app, files / "static")
    app.url_map.converters["int"] = Number
    screens.register(app)
    app.after_request(_publish)
    proxies.init_app(app, app_context.proxies)
    return app


class Number(IntegerConverter):
    """A number in a URL. One that no table could hold leads to no page, as one that does not exist."""

    def __init__(self, url_map: Map, **bounds: Any) -> None:
        super().__init__(url_map, max=HIGHEST, **bounds)


def program_files() -> Path:
    """Return the folder of templates, static files and help texts, in the source or where the executable unpacks it."""
    return Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parent.parent))


def _begin() -> None:
    g.now = current().clock()
    g.page = db.Page()


def _end(_error: BaseException | None) -> None:
    page = g.pop("page", None)
    if page is not None:
        page.end()


def _publish(response: Response) -> Response:
    """What was changed is in DNS before the answer says so; and a change that failed publishes nothing."""
    if request.method in ("POST", "DELETE") and response.status_code < 400 and not g.get("is_gathered"):
        try:
            current().publisher.catch_up(current().clock())
        except Exception as error:
            # It is saved: where the database has failed since, the job "publish" does it once it is back.
            if health.tell(error, g.now) is None:
                raise
    return response


def _version_files(app: Flask, folder: Path) -> None:
    """Put a digest of each static file into its address, so that a browser may keep it for good."""
    digests: dict[str, str] = {}

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            name = values["filename"]
            if name not in digests:
                digests[name] = blake2b((folder / name).read_bytes(), digest_size=6).hexdigest()
            values["v"] = digests[name]

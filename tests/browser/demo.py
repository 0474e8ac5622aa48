"""The portal over the data of `gatepost demo`, with its time held at the moment up to which the data goes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from werkzeug.exceptions import HTTPException

from commands.demo import people
from portal import create_app
from portal.app_context import AppContext
from portal.server import PortalServer
from reputation.counting.delivery import Delivery
from reputation.intake import origins
from reputation.publisher import Publisher
from reputation.store.db import open_store
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live
from tests.conftest import MIGRATIONS, NOON
from tests.portal.conftest import Browser, Clock, logged_in
from tests.portal.walking import Offered, routes

PASSWORD = people.PASSWORD
ADA, VERA, BORIS, OLGA = "ada@acme.example", "vera@acme.example", "boris@birch.example", "olga@acme.example"


class Demo(NamedTuple):
    """The portal, and where it answers."""

    app: Flask
    url: str


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Demo]:
    """Serve a data folder that is filled up to NOON."""
    store = open_store("", folder, MIGRATIONS)
    live = Live()
    app_context = AppContext(
        publisher=Publisher(live, origins.seed, origins.unpack, "http://127.0.0.1/lookup?address="),
        live=live,
        counts=Delivery(Counters()),
        zone="rep.example",
        data=folder,
        lookup_url="http://127.0.0.1",
        dns_addresses=["127.0.0.1:5300"],
        dns_runs="compiled",
        started_at=NOON - 7200,
        secret_key="k" * 64,
        is_demo=True,
        clock=Clock(NOON),
    )
    with store.connection():
        app_context.publisher.catch_up(NOON)
    app = create_app(app_context)
    server = PortalServer(app, "127.0.0.1", 0)
    server.start()
    try:
        yield Demo(app, server.url)
    finally:
        server.stop()
        store.close()


def screens(app: Flask, email: str = "", password: str = PASSWORD) -> list[str]:
    """An address of every page that somebody, or a visitor, may open: one of each route that shows a page.

    A route with a place in it is shown by the first link to it that stands on another page.
    """
    browser = logged_in(app, email, password) if email else Browser(app.test_client())
    bare = [route for route in routes(app) if route.reads and not route.rule.arguments]
    if not email:
        bare = [route for route in bare if route.public]
    found = [route.rule.rule for route in bare]
    seen = {route.endpoint for route in bare}
    pages = []
    for address in found:  # which grows meanwhile
        answer = browser.get(address)
        if answer.status_code != 200 or answer.mimetype != "text/html" or "<main" not in answer.text:
            continue
        pages.append(address)
        for link in sorted(Offered(address, answer.text).links):
            endpoint = endpoint_of(app, link)
            if endpoint and endpoint not in seen:
                seen.add(endpoint)
                found.append(link)
    return pages


def endpoint_of(app: Flask, address: str) -> str:
    """The endpoint that an address leads to by GET; "" where there is none."""
    try:
        return str(app.url_map.bind("localhost").match(address.partition("?")[0], method="GET")[0])
    except HTTPException:
        return ""

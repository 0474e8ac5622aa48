"""What the start reads of the tables, and the counts that are written into them at the end."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from portal.app_context import FirstRunLink
from reputation import data_folder, faults
from reputation.customers import users
from reputation.jobs import flush_at_the_end
from reputation.settings import SettingsError
from reputation.store import secrets, serials
from reputation.store.db import Store, open_store
from serving.parts import Parts

log = logging.getLogger("gatepost")

PATIENCE = 0.8  # of the time that there is for it: what is left is for the disk, and to say so


def opened(parts: Parts, migrations: Path) -> Store:
    """Open the database, publish what it holds, and give the portal what it needs of it.

    Raise StoreError, or SettingsError where SQLite's file lies in a folder that cannot be written.
    """
    chosen, context, now = parts.chosen, parts.app_context, int(time.time())
    try:
        data_folder.prepare(chosen.data)
        faults.gone(data_folder.FAULT, now)
    except SettingsError:
        if not chosen.database:
            raise
    store = open_store(chosen.database, chosen.data, migrations)
    with store.connection():
        serials.raise_to(now, now)
        parts.publisher.catch_up()
        context.first_run = FirstRunLink() if users.any_users() else FirstRunLink.issue()
        key = secrets.get_or_create(secrets.SESSION_KEY).hex()
        context.is_demo = secrets.has(secrets.DEMO)
    parts.web.secret_key = context.secret_key = key
    return store


def flush(parts: Parts, seconds: float) -> None:
    """Store what was counted since the last flush, or keep it on disk where the database does not take it in time."""
    now, sample = int(time.time()), parts.chosen.sample
    log.info(flush_at_the_end(parts.counts, parts.uncounted, parts.publisher, sample, now, seconds * PATIENCE))

"""Which room of the program may import which: the one table of it. A room is a package, or a module at the top of one.

tests/reputation/test_imports.py holds the program against this table, and docs/architecture.md shows it.
"""

from __future__ import annotations

FLASK = {
    "flask",
    "flask_login",
    "flask_wtf",
    "flask_limiter",
    "itsdangerous",
    "limits",  # by which flask_limiter counts
    "htmx_flask",
    "werkzeug",
    "wtforms",
    "markupsafe",
    "jinja2",
}
PACKING = {"brotli", "backports", "compression"}  # zstd is in the standard library from Python 3.14 on
MARKDOWN = {"markdown_it", "nh3"}
# The rooms of the house from the ground up. A room imports only what stands below it, and these packages.
FLOORS: dict[str, set[str]] = {
    "reputation/version.py": set(),
    "reputation/compiled.py": set(),
    "reputation/thread_priority.py": set(),
    "reputation/memory.py": set(),
    "reputation/refusal.py": set(),
    "reputation/faults.py": set(),
    "reputation/clock.py": set(),
    "reputation/log_throttle.py": set(),
    "reputation/descriptors.py": set(),
    "reputation/places.py": set(),
    "reputation/accepting.py": set(),
    "reputation/unpacked.py": set(),
    "reputation/handover.py": set(),
    "reputation/durations.py": set(),
    "reputation/countries.py": set(),
    "reputation/certificate_authorities.py": {"certifi"},
    "reputation/settings.py": set(),
    "reputation/reloadable.py": set(),
    "reputation/data_folder.py": set(),
    "reputation/delegation.py": set(),
    "reputation/resolvers.py": set(),
    "reputation/addresses": set(),
    "reputation/verdict": {"cython"},
    "reputation/ranges": {"numpy"},
    "reputation/store": {"peewee", "playhouse", "psycopg"},
    "reputation/publisher": set(),
    "reputation/export": set(),
    "reputation/counting": {"peewee", "numpy"},
    "reputation/notices": {"peewee", "urllib3"},
    "reputation/intake": {"peewee", "numpy", "urllib3", "aiosmtpd", "dkim", "dns", "maxminddb", *PACKING},
    "reputation/exchange": {"peewee", "cryptography"},
    "reputation/insight": {"peewee", "numpy"},
    "reputation/customers": {"peewee", "argon2", "pyotp", "zxcvbn"},
    "reputation/scheduling.py": {"apscheduler"},
    "reputation/jobs.py": set(),
}
# What an answer is made of knows less than the floors below it: a query never waits for SQL, a page or a fetch.
NARROW = {
    "dnsd": {"cython", "dnslib", "reputation.addresses", "reputation.verdict", "reputation.compiled"},
    "reputation/verdict": {"cython", "reputation.addresses", "reputation.compiled"},
    "reputation/ranges": {"numpy"},
}
DOORS = {
    "portal": {"reputation", "cheroot", "segno", *FLASK, *MARKDOWN},
    "commands": {"reputation", "click"},
}
# How the doors and the house become one running program; only app.py imports it.
COMPOSITION = {"serving": {"reputation", "dnsd", "portal", "click"}}


def module_name(room: str) -> str:
    """Return the name by which a room is imported."""
    return room.removesuffix(".py").replace("/", ".")


def below(room: str) -> set[str]:
    """Return the names of the rooms of `reputation/` that stand below one of them."""
    floors = list(FLOORS)
    return {module_name(other) for other in floors[: floors.index(room)]}


# A room, and what it may import beside the standard library and itself. `reputation` covers every room of it.
MAY = {room: packages | below(room) for room, packages in FLOORS.items()} | DOORS | NARROW | COMPOSITION

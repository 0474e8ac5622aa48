"""What the operator has chosen of the exchange: who we are to others, and what is given. It is off at first."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from reputation.exchange import introductions, keys
from reputation.exchange.keys import Key
from reputation.intake.fetch import FetchError, checked_source
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import ExchangeBatch, ExchangeChoice

OUR_ROW = 1
GIVEN = ("networks", "addresses", "statistics")
PATH = "/exchange/"  # of the portal, where our files are


class Choice(NamedTuple):
    """What is chosen. `key` is our public key, "" before there is one; `address` ends with a slash."""

    name: str = ""
    address: str = ""
    key: str = ""
    introduction: str = ""
    gives_networks: bool = False
    gives_addresses: bool = False
    gives_statistics: bool = False
    revocation: str = ""
    head: str = ""
    looked_at: int = 0
    tried_at: int = 0
    problem: str = ""

    @property
    def gives(self) -> bool:
        """Tell whether anything is given."""
        return self.gives_networks or self.gives_addresses or self.gives_statistics


def current() -> Choice:
    """Return what is chosen at this moment."""
    row = ExchangeChoice.get_or_none(ExchangeChoice.id == OUR_ROW)
    return Choice(*(getattr(row, name) for name in Choice._fields)) if row else Choice()


def own_key(data: Path, now: int, who: str = audit.COMMAND_LINE) -> Key:
    """Return our key in the folder `data`; the first call makes it. Raise Refused where it cannot be used.

    That one was made stands in the audit log: it is the name by which others will know us.
    """
    with db.write():
        is_new = not keys.there_is(data)
        key = keys.get_or_create(data)
        if is_new:
            audit.record(None, who, "Key of the exchange made", now, "", keys.fingerprint(key.public))
    return key


def introduce(data: Path, name: str, address: str, now: int, who: str = audit.COMMAND_LINE) -> Choice:
    """Set the name and the address by which others know us; the first call makes our key in the folder `data`.

    Raise Refused where one of them cannot be used.
    """
    name, address = checked_name(name), checked_address(address)
    key = own_key(data, now, who)
    with db.write():
        before = current()
        if before.key != key.public:  # what another key has signed is nothing to others any more
            ExchangeBatch.delete().where(ExchangeBatch.number > 0).execute()
            _update(head="")
        _update(name=name, address=address, key=key.public, introduction=introductions.write(name, address, key))
        if (before.name, before.address, before.key) != (name, address, key.public):
            audit.record(None, who, "Name and address in the exchange", now, _told(before), f"{name}, {address}")
        return current()


def give(networks: bool, addresses: bool, statistics: bool, now: int, who: str = audit.COMMAND_LINE) -> Choice:
    """Set what is given. Raise Refused where we have no name and address yet."""
    with db.write():
        before = current()
        if (networks or addresses or statistics) and not before.key:
            raise Refused("Say first who you are to others: `exchange introduce --name NAME --address URL`.")
        _update(gives_networks=networks, gives_addresses=addresses, gives_statistics=statistics)
        after = current()
        if given(before) != given(after):
            audit.record(None, who, "Given to the exchange", now, given(before), given(after))
    return after


def given(choice: Choice) -> str:
    """Return what is given, in words."""
    chosen = (choice.gives_networks, choice.gives_addresses, choice.gives_statistics)
    return ", ".join(word for word, is_chosen in zip(GIVEN, chosen, strict=True) if is_chosen) or "nothing"


def link(choice: Choice) -> str:
    """Return the link by which another operator adds us; it holds our public key, so that nobody can change it."""
    return f"{choice.address}introduction#{choice.key}" if choice.key else ""


def revoke(data: Path, now: int, who: str = audit.COMMAND_LINE) -> Choice:
    """Revoke our key: make a new one, state that with the old one, and begin anew with batch 1.

    Raise Refused where there is no key here.
    """
    choice = current()
    old = keys.find(data, choice.key)
    new = keys.prepare(data)
    with db.write():
        ExchangeBatch.delete().where(ExchangeBatch.number > 0).execute()
        introduction = introductions.write(choice.name, choice.address, new)
        revocation = introductions.revoke(old, new.public, now)
        _update(key=new.public, introduction=introduction, revocation=revocation, head="", tried_at=0)
        audit.record(
            None, who, "Key of the exchange revoked", now, keys.fingerprint(old.public), keys.fingerprint(new.public)
        )
        made = current()
    keys.put_in_place(data)
    return made


def note(**values: Any) -> None:
    """Keep what a job found. Call it inside a transaction."""
    _update(**values)


def checked_name(text: str) -> str:
    """Return a name as others see it. Raise Refused where it is none."""
    name = text.strip()
    if not name or len(name) > introductions.LONGEST_NAME or not name.isprintable():
        raise Refused(f"Write a name that others know you by, of at most {introductions.LONGEST_NAME} characters.")
    return name


def checked_address(text: str) -> str:
    """Return an address as it is kept, with a slash at its end. Raise Refused where it is no URL."""
    address = text.strip().rstrip("/") + "/"
    try:
        if not address.startswith(("https://", "http://")) or len(address) > introductions.LONGEST_ADDRESS:
            raise FetchError("no URL")
        checked_source(address)
    except FetchError:
        raise Refused(
            "Write the address where your files are served, as https://reputation.example.org/exchange/."
        ) from None
    if not address.isprintable() or any(mark in address for mark in " ?#@"):
        raise Refused("The address has no login, no question mark and no #: others see it, and add file names to it.")
    return address


def _update(**values: Any) -> None:
    ExchangeChoice.insert(id=OUR_ROW).on_conflict_ignore().execute()
    ExchangeChoice.update(**values).where(ExchangeChoice.id == OUR_ROW).execute()


def _told(choice: Choice) -> str:
    return f"{choice.name}, {choice.address}" if choice.name else ""

"""The forms of lists that people bring from other programs, each recognised by its content. One row a form.

What a form becomes is said by the file, or chosen by the person; a row names the choices. The first form that fits is
taken, so that those which are certain stand first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from reputation.customers.imports import access_maps, crowdsec, host_lists, spamassassin, tables, zones
from reputation.customers.imports.reading import Lines, Taken
from reputation.customers.policy.written_lines import lines_of
from reputation.refusal import Refused

AS_WRITTEN, AS_APPROVED, AS_BLOCKED, AS_SERVERS, AS_LISTINGS, AS_FEED = (
    "written", "approved", "blocked", "servers", "listings", "feed",
)  # fmt: skip
CHOICES = {
    AS_WRITTEN: "as the file says",
    AS_APPROVED: "approved senders",
    AS_BLOCKED: "blocked senders",
    AS_SERVERS: "valid mail servers",
    AS_LISTINGS: "listings for all organizations",
    AS_FEED: "a feed, which is read again when the file changes",
}
OF_LISTS = (AS_APPROVED, AS_BLOCKED, AS_SERVERS, AS_LISTINGS)
LOOKED_AT = 300  # lines that tell the form


class Form(NamedTuple):
    """A form. `becomes` are the choices; where the first is AS_WRITTEN the file says itself what becomes of a line."""

    name: str
    about: str
    says: str
    becomes: tuple[str, ...]
    is_it: Callable[[Lines], bool]
    read: Callable[[Lines], Iterable[Taken]]


FORMS = (
    Form("crowdsec-json", "decisions of CrowdSec as JSON (`cscli decisions list -o json`, or its API)",
         "bans become listings with their own end and scenario", (AS_WRITTEN,), crowdsec.is_json, crowdsec.read_json),
    Form("crowdsec-csv", "decisions of CrowdSec as CSV (`cscli decisions list -o raw`, or a file for its import)",
         "bans become listings with their own end and scenario", (AS_WRITTEN,), crowdsec.is_csv, crowdsec.read_csv),
    Form("table", "a table with headings, as Trend Micro's console exports approved and blocked senders, or our own",
         "a column or a heading says Approved or Blocked; otherwise you choose", (AS_WRITTEN, *OF_LISTS),
         tables.is_table, tables.read),
    Form("spamassassin", "SpamAssassin's configuration with `trusted_networks`, `internal_networks` or `msa_networks`",
         "trusted networks become approved senders, the others valid mail servers",
         (AS_WRITTEN, AS_APPROVED, AS_SERVERS), spamassassin.is_spamassassin, spamassassin.read),
    Form("access", "an access map or `cidr:` table of Postfix, or the access database of Sendmail as text",
         "OK becomes an approved sender, REJECT a blocked one", (AS_WRITTEN,), access_maps.is_access_map,
         access_maps.read),
    Form("rbldnsd", "a zone of rbldnsd (ip4set, ip4trie, ip6trie, combined)", "you choose: listings, or a feed",
         (AS_LISTINGS, AS_FEED), zones.is_zone, zones.read),
    Form("exim", "Exim's configuration with `hostlist`", "you choose", OF_LISTS, host_lists.is_exim,
         host_lists.read_exim),
    Form("plain", "a list with an address or a network a line, as Exim, Rspamd, Haraka and others keep them",
         "you choose", OF_LISTS, host_lists.is_plain, host_lists.read_plain),
)  # fmt: skip
BY_NAME = {form.name: form for form in FORMS}


def lines(text: str, now: int) -> Lines:
    """Split a text as the readers take it."""
    return Lines(text, lines_of(text), now)


def form_of(file: Lines, name: str = "") -> Form:
    """Return the form of a file, or the one that is named. Raise Refused, which names the forms, where it is none."""
    if name:
        if name not in BY_NAME:
            raise Refused(f"There is no form {name[:40]!r}; the forms are {', '.join(BY_NAME)}.")
        return BY_NAME[name]
    sample = file._replace(lines=file.lines[:LOOKED_AT])
    found = next((form for form in FORMS if form.is_it(sample)), None)
    if found is None:
        raise Refused(f"The form of this file cannot be told. What can be imported is {names()}.")
    return found


def names() -> str:
    """Return all forms in one sentence's part."""
    said = [form.about.replace("`", "") for form in FORMS]
    return "; ".join([*said[:-1], f"or {said[-1]}"])

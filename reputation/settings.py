"""Every setting of the program in one table, and where its value comes from. Imports no other room.

A value is looked for in the flags, then in `GATEPOST_<NAME>` variables, then in `gatepost.toml` in the data folder,
then in the table. docs/settings.md and the command line's help are held against this table by a test.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

FILE_NAME = "gatepost.toml"
PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]*:)\S*(@)")
PASSWORD_PARAMETER = re.compile(r"(\b(?:ssl)?password=)[^&\s]+", re.IGNORECASE)


class Setting(NamedTuple):
    name: str  # as in the file; `--name-with-dashes` as a flag, GATEPOST_NAME as a variable
    default: Any
    help: str
    many: bool = False


SETTINGS = (
    Setting("data", "./data", "Folder of the database and of gatepost.toml."),
    Setting("dns", ("127.0.0.1:5300",), "Address and port on which MTAs ask, by UDP and TCP.", many=True),
    Setting("dns_threads", 0, "UDP loops at each door, where it runs compiled; 0: one a core, at most two."),
    Setting("portal", "127.0.0.1:8080", "Address and port of the portal."),
    Setting("portal_url", "", "The portal's address for people, as DNS answers name it; empty: http:// and its door."),
    Setting("portal_proxy", (), "Network of a reverse proxy whose X-Forwarded-For and -Proto are believed.", many=True),
    Setting("zone", "rep.example", "DNS zone that is served; its databases are r.<zone> and q.<zone>."),
    Setting("database", "", "PostgreSQL as postgresql://user:password@host/name; empty: SQLite in the data folder."),
    Setting("nameserver", (), "Name server of the zone; inside the zone as NAME=ADDRESS; empty: ns.<zone>.", many=True),
    Setting("hostmaster", "", "Mail address in the zone's SOA record; empty: hostmaster@<zone>."),
    Setting("allow", (), "Network that may ask by DNS; empty: everyone.", many=True),
    Setting("rate_limit", 20, "Answers a second for one client network that no valid code earned; 0: no limit."),
    Setting("rate_limit_exempt", ("127.0.0.0/8", "::1/128"), "Network that the rate limit spares.", many=True),
    Setting("sample", 10, "Of the connections that were not listed, one in so many is remembered; 0: none."),
    Setting("query_log_days", 30, "Days for which the query log is kept."),
    Setting("query_log_rows", 1_000_000, "Rows of the query log that are kept for each organization."),
    Setting("trap", "", "Address and port where spam traps and complaints take mail by SMTP; empty: nowhere."),
    Setting("trap_domain", (), "Domain of which every address is a spam trap.", many=True),
    Setting("trap_relay", (), "Network of our own servers that hand mail on to the trap.", many=True),
    Setting("complaint_address", "", "Address that takes complaints (ARF); its mail comes to the trap's door."),
    Setting("complaint_reporter", (), "Network whose complaints count whole; others count a quarter.", many=True),
    Setting("complaint_mailbox", "", "Maildir or mbox file in which complaints arrive; empty: none."),
    Setting("repeat_offenders", "propose", "Listed again and again: propose to the operator, list as KSS, or off."),
    Setting("mail_log", (), "Log to follow: postfix:, exim: or rspamd: and its path.", many=True),
    Setting("mail_server", "", "Server that takes our mail: smtp://user:password@host:port, or smtps://; empty: none."),
    Setting("mail_from", "", "Sender address of our mail; empty: gatepost@ and the host of the portal's address."),
    Setting("log_level", "info", "How much is logged to stderr: debug, info, warning or error."),
)  # fmt: skip
BY_NAME = {setting.name: setting for setting in SETTINGS}


class SettingsError(ValueError):
    """A setting cannot be used; the text names it, its source and what to write."""


@dataclass(frozen=True)
class Settings:
    """The values in force. Doors are (host, port); networks are as `ipaddress` knows them."""

    data: Path
    dns: tuple[tuple[str, int], ...]
    dns_threads: int
    portal: tuple[str, int]
    portal_url: str
    portal_proxy: tuple[str, ...]
    zone: str
    database: str
    nameserver: dict[str, tuple[str, ...]]  # host name -> its addresses, none where another zone has them
    hostmaster: str
    allow: tuple[str, ...]
    rate_limit: int
    rate_limit_exempt: tuple[str, ...]
    sample: int
    query_log_days: int
    query_log_rows: int
    trap: tuple[str, int] | None
    trap_domain: tuple[str, ...]
    trap_relay: tuple[str, ...]
    complaint_address: str
    complaint_reporter: tuple[str, ...]
    complaint_mailbox: str
    repeat_offenders: str
    mail_log: tuple[tuple[str, str], ...]  # program and path
    mail_server: str
    mail_from: str
    log_level: str

    @property
    def public_url(self) -> str:
        """The portal's address for people, without a slash at the end."""
        if self.portal_url:
            return self.portal_url
        host, port = self.portal
        return f"http://{bracketed(host)}:{port}"


def read(flags: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from flags (None or () where not given), variables and the file. SettingsError tells the fault."""
    variables = os.environ if environment is None else environment
    data = Path(_text(_first("data", flags, variables, {})))
    file = _read_file(data / FILE_NAME)
    found = {setting.name: _first(setting.name, flags, variables, file) for setting in SETTINGS}
    chosen = Settings(
        data=data,
        dns=tuple(door(text, "dns") for text in _texts(found["dns"])),
        dns_threads=_number(found["dns_threads"], "dns_threads") or min(2, os.cpu_count() or 1),
        portal=door(_text(found["portal"]), "portal"),
        portal_url=_url(_text(found["portal_url"])),
        portal_proxy=tuple(_network(text, "portal_proxy") for text in _texts(found["portal_proxy"])),
        zone=_zone(_text(found["zone"])),
        database=_text(found["database"]),
        nameserver=_nameservers(_texts(found["nameserver"])),
        hostmaster=_text(found["hostmaster"]),
        allow=tuple(_network(text, "allow") for text in _texts(found["allow"])),
        rate_limit=_number(found["rate_limit"], "rate_limit"),
        rate_limit_exempt=tuple(_network(text, "rate_limit_exempt") for text in _texts(found["rate_limit_exempt"])),
        sample=_number(found["sample"], "sample"),
        query_log_days=_number(found["query_log_days"], "query_log_days"),
        query_log_rows=_number(found["query_log_rows"], "query_log_rows"),
        trap=door(_text(found["trap"]), "trap") if _text(found["trap"]) else None,
        trap_domain=tuple(_host_name(text, "trap_domain") for text in _texts(found["trap_domain"])),
        trap_relay=tuple(_network(text, "trap_relay") for text in _texts(found["trap_relay"])),
        complaint_address=_text(found["complaint_address"]),
        complaint_reporter=tuple(_network(text, "complaint_reporter") for text in _texts(found["complaint_reporter"])),
        complaint_mailbox=_text(found["complaint_mailbox"]),
        repeat_offenders=_repeat_offenders(_text(found["repeat_offenders"])),
        mail_log=tuple(map(_mail_log, _texts(found["mail_log"]))),
        mail_server=_mail_server(_text(found["mail_server"])),
        mail_from=_text(found["mail_from"]),
        log_level=_log_level(_text(found["log_level"])),
    )
    return _checked_trap(chosen)


def door(text: str, name: str) -> tuple[str, int]:
    """`127.0.0.1:5300`, `[::1]:5300` or `*:53` as (host, port); `*` is every IPv4 address."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise SettingsError(f"{flag(name)} {text!r}: write address and port, as in 127.0.0.1:5300 or [::1]:5300")
    host = "0.0.0.0" if host == "*" else host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise SettingsError(
            f"{flag(name)} {text!r}: {host!r} is no IP address; write one, or * for all of IPv4"
        ) from None
    return host, int(port)


def flag(name: str) -> str:
    """The setting's name on the command line."""
    return "--" + name.replace("_", "-")


def bracketed(host: str) -> str:
    """An IPv6 address in brackets, as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def _first(name: str, flags: Mapping[str, Any], variables: Mapping[str, str], file: Mapping[str, Any]) -> Any:
    if flags.get(name) not in (None, ()):
        return flags[name]
    variable = variables.get("GATEPOST_" + name.upper())
    if variable is not None:
        return variable.split() if BY_NAME[name].many else variable
    return file.get(name, BY_NAME[name].default)


def _read_file(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    unknown = sorted(set(found) - set(BY_NAME))
    if unknown:
        raise SettingsError(f"{path}: there is no setting {unknown[0]!r}; the settings are {', '.join(BY_NAME)}")
    if "data" in found:
        raise SettingsError(f"{path} lies in the data folder and cannot set it: give --data or GATEPOST_DATA")
    return found


def _text(value: Any) -> str:
    return str(value).strip()


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value)


def _number(value: Any, name: str) -> int:
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal()):
        raise SettingsError(f"{flag(name)} {text!r}: write a number, 0 or above")
    return int(text)


def _zone(text: str) -> str:
    zone = text.strip(".").lower()
    if not zone:
        raise SettingsError("--zone is missing: write the DNS zone that MTAs ask, such as rep.example.org")
    # Room is left for the longest query name: 32 nibbles, a code and the database label (RFC 1035 2.3.4).
    if len(zone) > 150:
        raise SettingsError(f"--zone {zone[:40]}…: more than 150 characters leave no room for an IPv6 query name")
    return _host_name(zone, "zone")


def _host_name(text: str, name: str) -> str:
    host = text.strip(".").lower()
    labels = host.split(".")
    fine = all(
        0 < len(label) <= 63 and label.isascii() and label.replace("-", "").replace("_", "").isalnum()
        for label in labels
    )
    if not fine:
        raise SettingsError(
            f"{flag(name)} {text!r} is no host name: write letters, digits and dots, as in rep.example.org"
        )
    return host


def _nameservers(texts: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, address = text.partition("=")
        host = _host_name(name, "nameserver")
        found[host] = found.get(host, ()) + ((_address(address),) if address else ())
    return found


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise SettingsError(f"--nameserver {text!r} is no IP address: write NAME=192.0.2.53") from None


def _network(text: str, name: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise SettingsError(f"{flag(name)} {text!r} is no network ({error}): write 192.0.2.0/24") from None


def _url(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise SettingsError(f"--portal-url {text!r}: write it with http:// or https://")
    return text.rstrip("/")


def _checked_trap(chosen: Settings) -> Settings:
    if chosen.trap and not chosen.trap_domain and not chosen.complaint_address:
        raise SettingsError("--trap takes no mail yet: name a --trap-domain, or a --complaint-address")
    return chosen


def _repeat_offenders(text: str) -> str:
    if text.lower() not in ("propose", "list", "off"):
        raise SettingsError(f"--repeat-offenders {text!r}: write propose, list or off")
    return text.lower()


def _mail_log(text: str) -> tuple[str, str]:
    program, _, path = text.partition(":")
    if program.lower() not in ("postfix", "exim", "rspamd") or not path.strip():
        raise SettingsError(f"--mail-log {text!r}: write the program and its log, as in postfix:/var/log/mail.log")
    return program.lower(), path.strip()


def _mail_server(text: str) -> str:
    try:
        parts = urlsplit(text)
        fine = not text or (parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0)
    except ValueError:  # a port that is none
        fine = False
    if not fine:
        raise SettingsError("--mail-server: write smtp://host:25, or smtps://user:password@host:465")
    return text


def _log_level(text: str) -> str:
    if text.lower() not in ("debug", "info", "warning", "error"):
        raise SettingsError(f"--log-level {text!r}: write debug, info, warning or error")
    return text.lower()


class InForce(NamedTuple):
    """A setting as an operator reads it: its value without passwords, and what it is where nobody chooses."""

    name: str
    value: str
    default: str
    help: str


def in_force(chosen: Settings) -> list[InForce]:
    """Every setting of the table with its value; what is secret in it is masked."""
    return [
        InForce(setting.name, masked(_shown(getattr(chosen, setting.name))), _shown(setting.default), setting.help)
        for setting in SETTINGS
    ]


def masked(text: str) -> str:
    """A text in which no address holds a password."""
    return PASSWORD_PARAMETER.sub(r"\1•••", PASSWORD_IN_URL.sub(r"\1•••\2", text))


def _shown(value: Any) -> str:
    """A value as a person would write it."""
    if value is None:
        return ""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], int):
        return f"{bracketed(str(value[0]))}:{value[1]}"  # a door
    if isinstance(value, Mapping):
        pairs = ((name, address) for name, addresses in value.items() for address in addresses or ("",))
        return " ".join(f"{name}={address}" if address else name for name, address in pairs)
    if isinstance(value, tuple):
        return " ".join(
            ":".join(item) if isinstance(item, tuple) and _is_texts(item) else _shown(item) for item in value
        )
    return str(value)


def _is_texts(item: tuple[Any, ...]) -> bool:
    """Whether this is a program with the path of its log."""
    return all(isinstance(part, str) for part in item)

"""Every setting of the program, one row each, and where its value comes from. It imports no other room.

A value is looked for in the flags, then in `GATEPOST_<NAME>` variables, then in `gatepost.toml` in the data folder,
then in the row. A row is a field of `Settings`: its name, its type, and `setting(default, value type, help)`. The flags
of `serve` and their help, the file, the variables, the table in docs/settings.md and "Settings in force" on the page
System come from the rows automatically.
"""
# ruff: noqa: RUF009 (a row is made by a function, which returns a field)

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

FILE_NAME = "gatepost.toml"
DENIED = ": let this user read it and its folder, or give another --data"
LONGEST_NUMBER = 9  # digits
# Whose logs can be followed; reputation/intake/maillog/readers.py has the table of them.
LOG_PROGRAMS = ("postfix", "exim", "sendmail", "opensmtpd", "haraka", "rspamd", "amavis")
PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]*:)\S*(@)")
PASSWORD_PARAMETER = re.compile(
    r"(\b(?:ssl)?password=|[?&](?:api[_-]?key|license[_-]?key|auth[_-]?key|access[_-]?token|auth|key|secret|sig|signature|token)=)[^&\s#,]+",
    re.IGNORECASE,
)

T = TypeVar("T")
ListenAddress = tuple[str, int]  # host and port


class SettingsError(ValueError):
    """A setting cannot be used; the text names it and says what to write."""


class Setting(NamedTuple):
    """A row as the doors read it.

    `parse` takes the text (a tuple of texts where `many`) and the flag, which its SettingsError names; `show` is its
    reverse. `metavar` is shown for the value in `--help`. `default` is a text, or a tuple of texts where `many`.
    """

    name: str  # as in the file; `--name-with-dashes` as a flag, GATEPOST_NAME as a variable
    default: str | tuple[str, ...]
    help: str
    many: bool
    metavar: str
    parse: Callable[[Any, str], Any]
    show: Callable[[Any], str]

    @property
    def full_help(self) -> str:
        """Return the help, and whether the setting may be given several times."""
        return f"{self.help} May be given several times." if self.many else self.help

    @property
    def default_text(self) -> str:
        """Return the default as a person writes it; several values with spaces between them."""
        return self.default if isinstance(self.default, str) else " ".join(self.default)


@dataclass(frozen=True)
class ValueType(Generic[T]):
    """How one value is written, read and shown. `parse` takes its text and the flag that a SettingsError names."""

    metavar: str
    parse: Callable[[str, str], T]
    show: Callable[[T], str] = str


def setting(default: str | int, kind: ValueType[T], help: str) -> T:
    """Make a row of one value."""
    return cast(T, row(str(default), kind.metavar, kind.parse, kind.show, help))


def setting_list(default: tuple[str, ...], kind: ValueType[T], help: str) -> tuple[T, ...]:
    """Make a row that may be given several times."""

    def parse(texts: tuple[str, ...], flag: str) -> tuple[T, ...]:
        return tuple(kind.parse(text, flag) for text in texts)

    def show(values: tuple[T, ...]) -> str:
        return " ".join(map(kind.show, values))

    return cast("tuple[T, ...]", row(default, kind.metavar, parse, show, help))


def row(
    default: str | tuple[str, ...],
    metavar: str,
    parse: Callable[[Any, str], Any],
    show: Callable[[Any], str],
    help: str,
) -> Any:
    """Make a row whose value is read as a whole; its name comes from the field of `Settings` that it is given to."""
    many = isinstance(default, tuple)
    return dataclasses.field(metadata={"setting": Setting("", default, help, many, metavar, parse, show)})


def listen_address(text: str, flag: str) -> ListenAddress:
    """Read `127.0.0.1:5300`, `[::1]:5300` or `*:53` as (host, port); `*` is every IPv4 address.

    The host is in its canonical form, as the kernel names a bound socket. Raise SettingsError, which names the flag.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise SettingsError(f"{flag} {text!r}: write address and port, as in 127.0.0.1:5300 or [::1]:5300")
    host = "0.0.0.0" if host == "*" else host.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(host)), int(port)
    except ValueError:
        raise SettingsError(f"{flag} {text!r}: {host!r} is no IP address; write one, or * for all of IPv4") from None


def bracketed(host: str) -> str:
    """Return an IPv6 address in brackets, as it is written before a port; any other host unchanged."""
    return f"[{host}]" if ":" in host else host


def _shown_door(value: ListenAddress) -> str:
    return f"{bracketed(value[0])}:{value[1]}"


def _optional_door(text: str, flag: str) -> ListenAddress | None:
    return listen_address(text, flag) if text else None


def _shown_optional_door(value: ListenAddress | None) -> str:
    return _shown_door(value) if value else ""


def _path(text: str, flag: str) -> Path:
    return Path(text)


def _text(text: str, flag: str) -> str:
    return text


def _number(text: str, flag: str) -> int:
    # Of more digits than these Python makes no number, and no counter and no database takes one.
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER):
        raise SettingsError(f"{flag} {text[:40]!r}: write a number, 0 or above, of at most {LONGEST_NUMBER} digits")
    return int(text)


def _threads(text: str, flag: str) -> int:
    return _number(text, flag) or min(2, os.cpu_count() or 1)


def _at_least(least: int) -> Callable[[str, str], int]:
    def parse(text: str, flag: str) -> int:
        number = _number(text, flag)
        if number < least:
            raise SettingsError(f"{flag} {text!r}: write at least {least}")
        return number

    return parse


def _agreement(text: str, flag: str) -> tuple[int, int, int, int]:
    """Of a lower level no fewer reporters: what is listed at a level is listed at the next one, too."""
    numbers = [_number(part.strip(), flag) for part in text.split(",")]
    is_fit = len(numbers) == 4 and min(numbers) >= 2 and numbers == sorted(numbers, reverse=True)
    if not is_fit:
        raise SettingsError(
            f"{flag} {text[:40]!r}: write a number of reporters for each of the levels 1 to 4, at least 2 and none "
            "higher than the one before, as in 3,3,2,2"
        )
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _zone(text: str, flag: str) -> str:
    zone = text.strip(".").lower()
    if not zone:
        raise SettingsError(f"{flag} is missing: write the DNS zone that MTAs ask, such as rep.example.org")
    # Room is left for the longest query name: 32 nibbles, a code and the database label (RFC 1035 2.3.4).
    if len(zone) > 150:
        raise SettingsError(f"{flag} {zone[:40]}…: more than 150 characters leave no room for an IPv6 query name")
    return _host_name(zone, flag)


def _host_name(text: str, flag: str) -> str:
    host = text.strip(".").lower()
    labels = host.split(".")
    fine = all(
        0 < len(label) <= 63 and label.isascii() and label.replace("-", "").replace("_", "").isalnum()
        for label in labels
    )
    if not fine:
        raise SettingsError(f"{flag} {text!r} is no host name: write letters, digits and dots, as in rep.example.org")
    return host


def _nameservers(texts: tuple[str, ...], flag: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, address = text.partition("=")
        host = _host_name(name, flag)
        found[host] = found.get(host, ()) + ((_address(address, flag),) if address else ())
    return found


def _shown_nameservers(value: Mapping[str, tuple[str, ...]]) -> str:
    pairs = ((name, address) for name, addresses in value.items() for address in addresses or ("",))
    return " ".join(f"{name}={address}" if address else name for name, address in pairs)


def _address(text: str, flag: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise SettingsError(f"{flag} {text!r} is no IP address: write NAME=192.0.2.53") from None


def _network(text: str, flag: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise SettingsError(f"{flag} {text!r} is no network ({error}): write 192.0.2.0/24") from None


def _reporter(text: str, flag: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        local, at, domain = text.strip().lower().rpartition("@")
    try:
        host = _host_name(domain, flag)
    except SettingsError:
        host = ""
    # A network with a slip in it must not become a domain that nobody signs for.
    if "." not in host or host.rpartition(".")[2].isdecimal() or bool(local) != bool(at) or not text.isascii():
        raise SettingsError(
            f"{flag} {text!r} is no reporter: write a network as 192.0.2.0/24, a domain as feedback.example.net, "
            "or an address as staff@example.net"
        )
    return f"{local}{at}{host}"


def _url(text: str, flag: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise SettingsError(f"{flag} {text!r}: write it with http:// or https://")
    try:
        parts = urlsplit(text)
        fine = not text or (bool(parts.hostname) and parts.port != 0 and text.isprintable() and " " not in text)
    except ValueError:  # a port that is none, or an IPv6 address without its bracket
        fine = False
    if not fine:
        raise SettingsError(f"{flag} {text!r} is no address of a page: write it as https://reputation.example.org")
    return text.rstrip("/")


def _mail_log(text: str, flag: str) -> tuple[str, str]:
    program, _, path = text.partition(":")
    if program.lower() not in LOG_PROGRAMS or not path.strip():
        raise SettingsError(
            f"{flag} {text!r}: write the program and its log, as in postfix:/var/log/mail.log or postfix:journal; "
            f"the programs are {', '.join(LOG_PROGRAMS)}"
        )
    return program.lower(), path.strip()


def _phrases(text: str, flag: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(";") if phrase.strip())


def _mail_server(text: str, flag: str) -> str:
    try:
        parts = urlsplit(text)
        fine = not text or (parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0)
    except ValueError:  # a port that is none
        fine = False
    if not fine:  # the text may hold a password, and is not repeated
        raise SettingsError(f"{flag}: write smtp://host:25, or smtps://user:password@host:465")
    return text


def _proxy(text: str, flag: str) -> str:
    try:
        parts = urlsplit(text)
        fine = not text or (parts.scheme == "http" and bool(parts.hostname) and parts.port != 0 and text.isprintable())
    except ValueError:  # a port that is none
        fine = False
    if not fine:  # the text may hold a password, and is not repeated
        raise SettingsError(f"{flag}: write http://proxy.example:3128, or http://user:password@proxy.example:3128")
    return text


def choice(*words: str) -> ValueType[str]:
    """Make the value type of one of these words, in any case."""

    def parse(text: str, flag: str) -> str:
        if text.lower() not in words:
            raise SettingsError(f"{flag} {text!r}: write {', '.join(words[:-1])} or {words[-1]}")
        return text.lower()

    return ValueType(f"[{'|'.join(words)}]", parse)


TEXT = ValueType("TEXT", _text)
FOLDER = ValueType("DIR", _path)
FILE = ValueType("FILE", _text)
NUMBER = ValueType("NUMBER", _number)
THREADS = ValueType("NUMBER", _threads)
IMPORT_MEMORY = ValueType("NUMBER", _at_least(96))
IMPORT_TIME = ValueType("NUMBER", _at_least(1))
DOOR = ValueType("ADDRESS:PORT", listen_address, _shown_door)
OPTIONAL_DOOR = ValueType("ADDRESS:PORT", _optional_door, _shown_optional_door)
NETWORK = ValueType("NETWORK", _network)
REPORTER = ValueType("NETWORK|DOMAIN|ADDRESS", _reporter)
URL = ValueType("URL", _url)
PROXY_URL = ValueType("URL", _proxy)
DATABASE_URL = ValueType("URL", _text)
ZONE = ValueType("NAME", _zone)
DOMAIN = ValueType("NAME", _host_name)
MAIL_ADDRESS = ValueType("MAIL-ADDRESS", _text)
MAIL_SERVER = ValueType("URL", _mail_server)
AGREEMENT = ValueType("N,N,N,N", _agreement, lambda value: ",".join(map(str, value)))
MAIL_LOG = ValueType("PROGRAM:FILE", _mail_log, ":".join)


@dataclass(frozen=True)
class Settings:
    """The values in force, one row for each setting, in the order of `--help` and the documentation.

    Doors are (host, port); networks are as `ipaddress` writes them.
    """

    data: Path = setting("./data", FOLDER, "Folder of the database and of gatepost.toml.")
    dns: tuple[ListenAddress, ...] = setting_list(
        ("127.0.0.1:5300",), DOOR, "Address and port on which MTAs ask, by UDP and TCP."
    )
    dns_threads: int = setting(
        0, THREADS, "UDP loops for each address of dns, if compiled; 0: one per core, at most two."
    )
    portal: ListenAddress = setting("127.0.0.1:8080", DOOR, "Address and port of the portal.")
    portal_url: str = setting(
        "", URL, "Public address of the portal, which DNS answers give; empty: http:// and the value of portal."
    )
    portal_proxy: tuple[str, ...] = setting_list(
        (), NETWORK, "Network of a reverse proxy whose X-Forwarded-For and -Proto are trusted."
    )
    outgoing_proxy: str = setting(
        "", PROXY_URL, "HTTP proxy for lists that are fetched, http://user:password@host:port; empty: none."
    )
    origins_source: tuple[str, ...] = setting_list(
        (),
        TEXT,
        "URL or file with a table of countries and ISPs that is fetched weekly; several are combined; empty: "
        "iptoasn.com's; none: no table is fetched.",
    )
    import_memory: int = setting(
        512, IMPORT_MEMORY, "Megabytes of memory that the process may use which reads a list; at least 96."
    )
    import_time: int = setting(300, IMPORT_TIME, "Seconds after which the process that reads a list is ended.")
    zone: str = setting("rep.example", ZONE, "DNS zone that is served; its databases are r.<zone> and q.<zone>.")
    database: str = setting(
        "", DATABASE_URL, "PostgreSQL as postgresql://user:password@host/name; empty: SQLite in the data folder."
    )
    # host name -> its addresses, none where another zone has them
    nameserver: dict[str, tuple[str, ...]] = row(
        (),
        "NAME[=ADDRESS]",
        _nameservers,
        _shown_nameservers,
        "Name server of the zone; inside it as NAME=ADDRESS; empty: ns.<zone>, with the concrete addresses of dns.",
    )
    hostmaster: str = setting("", MAIL_ADDRESS, "Mail address in the zone's SOA record; empty: hostmaster@<zone>.")
    allow: tuple[str, ...] = setting_list((), NETWORK, "Network that may ask by DNS; empty: everyone.")
    rate_limit: int = setting(
        20, NUMBER, "Answers per second to queries without a valid code, per client network; 0: no limit."
    )
    code_rate_limit: int = setting(
        20000, NUMBER, "Answers per second under one activation code, per client network; 0: no limit."
    )
    rate_limit_exempt: tuple[str, ...] = setting_list(
        ("127.0.0.0/8", "::1/128"), NETWORK, "Network to which the rate limit does not apply."
    )
    daily_quota: int = setting(
        0,
        NUMBER,
        "Connections a day (UTC) that are answered for an organization without a quota of its own; 0: no limit.",
    )
    sample: int = setting(10, NUMBER, "Of the connections that were not listed, one in this many is logged; 0: none.")
    query_log_days: int = setting(30, NUMBER, "Days for which the query log is kept.")
    query_log_rows: int = setting(1_000_000, NUMBER, "Rows of the query log that are kept for each organization.")
    trap: ListenAddress | None = setting(
        "", OPTIONAL_DOOR, "Address and port on which spam traps and complaints take mail by SMTP; empty: none."
    )
    trap_domain: tuple[str, ...] = setting_list((), DOMAIN, "Domain in which every address is a spam trap.")
    trap_relay: tuple[str, ...] = setting_list(
        (), NETWORK, "Network of our own servers that forward mail to the trap; the same as own_networks."
    )
    own_networks: tuple[str, ...] = setting_list(
        (), NETWORK, "Network of our own relays, backup MX and forwarders: no trap, log or complaint lists them."
    )
    complaint_address: str = setting(
        "", MAIL_ADDRESS, "Address that takes complaints (ARF); mail to it arrives on the address of trap."
    )
    complaint_reporter: tuple[str, ...] = setting_list(
        (),
        REPORTER,
        "Who may complain: a network, a domain that signs by DKIM, or an address of one; others list nobody.",
    )
    complaint_mailbox: str = setting("", FILE, "Maildir or mbox file in which complaints arrive; empty: none.")
    reporters_agree: tuple[int, int, int, int] = setting(
        "3,3,2,2",
        AGREEMENT,
        "Reporters independent of each other that list a sender for everybody, at each of the levels 1 to 4.",
    )
    repeat_offenders: str = setting(
        "propose",
        choice("propose", "list", "off"),
        "Senders listed again and again: propose them to the operator, list them as KSS, or off.",
    )
    # program and path
    mail_log: tuple[tuple[str, str], ...] = setting_list(
        (), MAIL_LOG, "Mail log to follow: the program and its log, as in postfix:/var/log/mail.log or postfix:journal."
    )
    spam_refusals: tuple[str, ...] = row(
        "",
        "TEXT[;TEXT]",
        _phrases,
        "; ".join,
        "Beginnings of refusals in a mail log that say spam, besides the usual ones, with ; between them.",
    )
    exchange_every: int = setting(
        900, NUMBER, "Seconds between two turns of the exchange with other installations, where it is used."
    )
    mail_server: str = setting(
        "", MAIL_SERVER, "Server through which we send mail: smtp://user:password@host:port, or smtps://; empty: none."
    )
    mail_from: str = setting(
        "", MAIL_ADDRESS, "Sender address of our mail; empty: gatepost@ and the host of the portal's address."
    )
    log_level: str = setting(
        "info",
        choice("debug", "info", "warning", "error"),
        "How much is logged to stderr: debug, info, warning or error.",
    )

    @property
    def all_own_networks(self) -> tuple[str, ...]:
        """Return the networks of our own servers, under either name."""
        return tuple(dict.fromkeys(self.own_networks + self.trap_relay))

    @property
    def lookup_page(self) -> str:
        """Return the address of the page on which a sender is looked up, but for the address of the sender."""
        return f"{self.public_url}/lookup?address="

    @property
    def public_url(self) -> str:
        """Return the portal's address for people, without a slash at the end."""
        return self.portal_url or f"http://{_shown_door(self.portal)}"


SETTINGS: tuple[Setting, ...] = tuple(
    field.metadata["setting"]._replace(name=field.name) for field in dataclasses.fields(Settings)
)
BY_NAME = {each.name: each for each in SETTINGS}


def read(flags: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from flags (None or () where not given), variables and the file.

    Raise SettingsError, which says what is wrong.
    """
    variables = os.environ if environment is None else environment
    file = _read_file(_value(BY_NAME["data"], flags, variables, {}) / FILE_NAME)
    chosen = Settings(**{each.name: _value(each, flags, variables, file) for each in SETTINGS})
    return _checked_trap(chosen)


def flag(name: str) -> str:
    """Return the setting's name on the command line."""
    return "--" + name.replace("_", "-")


def _value(wanted: Setting, flags: Mapping[str, Any], variables: Mapping[str, str], file: Mapping[str, Any]) -> Any:
    found = _first(wanted, flags, variables, file)
    return wanted.parse(_texts(found) if wanted.many else str(found).strip(), flag(wanted.name))


def _first(wanted: Setting, flags: Mapping[str, Any], variables: Mapping[str, str], file: Mapping[str, Any]) -> Any:
    if flags.get(wanted.name) not in (None, ()):
        return flags[wanted.name]
    variable = variables.get("GATEPOST_" + wanted.name.upper())
    if variable is not None:
        return variable.split() if wanted.many else variable
    return file.get(wanted.name, wanted.default)


def _texts(value: Any) -> tuple[str, ...]:
    """One value in the file stands for a list of it."""
    return tuple(map(str, value)) if isinstance(value, tuple | list) else (str(value),)


def _text_of(path: Path) -> str:
    if not path.is_file():  # a pipe would be waited for
        raise ValueError("it is no file")
    return path.read_text("utf-8")


def _read_file(path: Path) -> Mapping[str, Any]:
    try:
        found = tomllib.loads(_text_of(path)) if path.exists() else {}
    # ValueError: no TOML, no UTF-8, or a number with thousands of digits; RecursionError: brackets within brackets.
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(
            f"{path} cannot be read: {why}{DENIED if isinstance(error, PermissionError) else ''}"
        ) from None
    unknown = sorted(set(found) - set(BY_NAME))
    if unknown:
        raise SettingsError(f"{path}: there is no setting {unknown[0]!r}; the settings are {', '.join(BY_NAME)}")
    if "data" in found:
        raise SettingsError(f"{path} lies in the data folder and cannot set it: give --data or GATEPOST_DATA")
    return found


def _checked_trap(chosen: Settings) -> Settings:
    if chosen.trap and not chosen.trap_domain and not chosen.complaint_address:
        raise SettingsError("--trap takes no mail yet: name a --trap-domain, or a --complaint-address")
    return chosen


class SettingInForce(NamedTuple):
    """A setting as an operator reads it: its value without passwords, and its default."""

    name: str
    value: str
    default: str
    help: str


def in_force(chosen: Settings) -> list[SettingInForce]:
    """Return every setting with its value, in which secrets are masked."""
    return [
        SettingInForce(each.name, masked(each.show(getattr(chosen, each.name))), each.default_text, each.help)
        for each in SETTINGS
    ]


def masked(text: str) -> str:
    """Mask the passwords and keys in the addresses of a text."""
    return PASSWORD_PARAMETER.sub(r"\1•••", PASSWORD_IN_URL.sub(r"\1•••\2", text))

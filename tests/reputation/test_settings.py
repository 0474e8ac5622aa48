"""A value comes from the flags, then the variables, then the file, then the table; a fault is named with its mend."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

import app
from reputation.settings import SETTINGS, Setting, SettingsError, flag, in_force, read

# Values that nobody gets without asking, as they are written and as the page System shows them.
WRITTEN: dict[str, str | tuple[str, ...]] = {
    "data": "/srv/gatepost",
    "dns": ("*:53", "[::1]:53"),
    "nameserver": ("ns1.rep.example=192.0.2.53", "ns1.rep.example=2001:db8::53", "ns.other.example"),
    "trap": "[::]:25",
    "trap_domain": ("Trap.Example.",),
    "mail_log": ("postfix:/var/log/mail.log", "exim:/var/log/exim4/mainlog"),
    "own_networks": ("192.0.2.0/28", "2001:db8::/64"),
    "spam_refusals": "Ungewollte Werbung;; Blocked by policy 7 ",
    "database": "postgresql://gate:hunter2@db/gate",
}
SHOWN = {
    "data": "/srv/gatepost",
    "dns": "0.0.0.0:53 [::1]:53",
    "nameserver": "ns1.rep.example=192.0.2.53 ns1.rep.example=2001:db8::53 ns.other.example",
    "trap": "[::]:25",
    "trap_domain": "trap.example",
    "mail_log": "postfix:/var/log/mail.log exim:/var/log/exim4/mainlog",
    "own_networks": "192.0.2.0/28 2001:db8::/64",
    "spam_refusals": "Ungewollte Werbung; Blocked by policy 7",
    "database": "postgresql://gate:•••@db/gate",
}


def test_the_defaults_serve_on_loopback() -> None:
    chosen = read({}, {})

    assert chosen.dns == (("127.0.0.1", 5300),)
    assert chosen.portal == ("127.0.0.1", 8080)
    assert chosen.zone == "rep.example"
    assert chosen.database == ""
    assert chosen.public_url == "http://127.0.0.1:8080"


def test_a_flag_goes_before_a_variable_and_a_variable_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "gatepost.toml").write_text(
        'zone = "file.example"\nportal = "127.0.0.1:81"\ndns = ["127.0.0.1:53", "[::1]:53"]\n'
    )
    variables = {"GATEPOST_ZONE": "variable.example", "GATEPOST_PORTAL": "127.0.0.1:82", "GATEPOST_DATA": str(tmp_path)}

    chosen = read({"zone": "flag.example", "dns": ()}, variables)

    assert chosen.zone == "flag.example"
    assert chosen.portal == ("127.0.0.1", 82)
    assert chosen.dns == (("127.0.0.1", 53), ("::1", 53))


def test_several_values_in_a_variable_are_parted_by_spaces() -> None:
    assert read({}, {"GATEPOST_DNS": "*:53 [::]:53"}).dns == (("0.0.0.0", 53), ("::", 53))


def test_an_address_is_read_as_the_kernel_writes_it() -> None:
    """Sockets that were handed over, and addresses of name servers, are compared with it."""
    assert read({"dns": ("[2001:DB8:0:0::53]:53",)}, {}).dns == (("2001:db8::53", 53),)


def test_a_name_server_inside_the_zone_brings_its_addresses() -> None:
    chosen = read(
        {"nameserver": ("ns1.rep.example=192.0.2.53", "ns1.rep.example=2001:db8::53", "ns.other.example")}, {}
    )

    assert chosen.nameserver == {"ns1.rep.example": ("192.0.2.53", "2001:db8::53"), "ns.other.example": ()}


@pytest.mark.parametrize("flags,says", [
    ({"zone": " . "}, "--zone is missing"),
    ({"zone": "no zone"}, "is no host name"),
    ({"zone": "a." * 80 + "example"}, "leave no room"),
    ({"dns": ("localhost:53",)}, "'localhost' is no IP address"),
    ({"dns": ("127.0.0.1",)}, "write address and port"),
    ({"portal": "127.0.0.1:99999"}, "write address and port"),
    ({"rate_limit": "many"}, "write a number"),
    ({"import_memory": "64"}, "write at least 96"),
    ({"import_time": "0"}, "write at least 1"),
    ({"rate_limit": "9" * 5000}, "at most 9 digits"),
    ({"sample": "9999999999"}, "at most 9 digits"),
    ({"data": "x" * 300}, "cannot be read: .*name too long"),
    ({"allow": ("10.0.0.1/8",)}, "is no network"),
    ({"portal_proxy": ("127.0.0.1/8",)}, "--portal-proxy '127.0.0.1/8' is no network"),
    ({"nameserver": ("ns.rep.example=here",)}, "is no IP address"),
    ({"portal_url": "rep.example.org"}, "http:// or https://"),
    ({"portal_url": "https://"}, "write it as https://reputation.example.org"),
    ({"portal_url": "https://[::1"}, "write it as https://reputation.example.org"),
    ({"portal_url": "https://rep.example:x"}, "write it as https://reputation.example.org"),
    ({"portal_url": "https://rep.example\nHost: x"}, "write it as https://reputation.example.org"),
    ({"mail_log": ("/var/log/mail.log",)}, "postfix:/var/log/mail.log"),
    ({"mail_log": ("qmail:/var/log/mail.log",)}, "the programs are postfix, exim, sendmail,"),
    ({"own_networks": ("192.0.2.1/24",)}, "--own-networks '192.0.2.1/24' is no network"),
    ({"trap": "127.0.0.1:2525"}, "name a --trap-domain"),
    ({"own_networks": ("10.0.0.1/8",)}, "is no network"),
    ({"complaint_reporter": ("192.0.2.1/24",)}, "is no reporter: write a network as 192.0.2.0/24"),
    ({"complaint_reporter": ("192.0.2",)}, "is no reporter"),
    ({"complaint_reporter": ("provider",)}, "is no reporter"),
    ({"complaint_reporter": ("@provider.example",)}, "is no reporter"),
    ({"complaint_reporter": ("pröv@provider.example",)}, "is no reporter"),
    ({"repeat_offenders": "perhaps"}, "propose, list or off"),
    ({"trap": "25"}, "write address and port"),
    ({"mail_server": "mail.example.org"}, "write smtp://host:25"),
    ({"mail_server": "smtp://mail.example.org:x"}, "write smtp://host:25"),
    ({"log_level": "loud"}, "debug, info, warning or error"),
])  # fmt: skip
def test_a_value_that_cannot_be_used_is_refused_with_what_to_write(flags: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        read(flags, {})


def test_a_reporter_is_a_network_a_domain_or_an_address() -> None:
    written = ("192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "Feedback.Provider.Example.", "Staff@Hotmail.example")

    assert read({"complaint_reporter": written}, {}).complaint_reporter == (
        "192.0.2.0/24", "192.0.2.1/32", "2001:db8::/32", "feedback.provider.example", "staff@hotmail.example",
    )  # fmt: skip


def test_our_all_own_networks_are_those_of_own_networks_and_those_before_the_trap() -> None:
    chosen = read({"own_networks": ("192.0.2.0/28",), "trap_relay": ("2001:db8::/64",)}, {})

    assert chosen.all_own_networks == ("192.0.2.0/28", "2001:db8::/64") and read({}, {}).all_own_networks == ()


@pytest.mark.parametrize("text,says", [
    ("zone = ", "cannot be read"),
    ("dns_threads = " + "9" * 5000, "cannot be read"),
    ("zone = " + "{a = " * 2000, "cannot be read"),
    ('zones = "rep.example"', "there is no setting 'zones'"),
    ('data = "/elsewhere"', "cannot set it"),
])  # fmt: skip
def test_a_fault_in_the_file_is_named_with_the_file(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "gatepost.toml").write_text(text)

    with pytest.raises(SettingsError, match=rf"gatepost\.toml.*{says}"):
        read({"data": str(tmp_path)}, {})


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS if setting.name != "data"])
def test_a_number_in_the_file_is_a_value_or_is_refused_with_what_to_write(tmp_path: Path, name: str) -> None:
    (tmp_path / "gatepost.toml").write_text(f"{name} = 53\n")

    try:
        read({"data": str(tmp_path)}, {})
    except SettingsError as error:
        assert flag(name) in str(error) and "write " in str(error)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_value_is_read_again_as_it_is_shown(setting: Setting) -> None:
    texts = WRITTEN.get(setting.name, setting.default)

    value = setting.parse(texts, "--it")
    shown = setting.show(value)

    assert setting.parse(tuple(shown.split()) if setting.many else shown, "--it") == value


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_row_alone_makes_the_flag_and_its_help(setting: Setting) -> None:
    options = {option.name: option for option in app.main.commands["serve"].params}

    option = options[setting.name]
    assert isinstance(option, click.Option)
    assert option.opts == [flag(setting.name)] and option.multiple == setting.many
    assert str(option.help).startswith(setting.full_help)


def test_the_settings_in_force_are_the_rows_in_their_order() -> None:
    shown = in_force(read(WRITTEN, {}))

    assert [each.name for each in shown] == [setting.name for setting in SETTINGS]
    assert {each.name: each.value for each in shown if each.name in WRITTEN} == SHOWN


def test_the_relays_of_the_trap_are_own_networks_too() -> None:
    chosen = read({"own_networks": ("192.0.2.0/28",), "trap_relay": ("198.51.100.7", "192.0.2.0/28")}, {})

    assert chosen.all_own_networks == ("192.0.2.0/28", "198.51.100.7/32")

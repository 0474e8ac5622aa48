"""The texts for mail servers: what must hold of them before any mail server reads them."""

from __future__ import annotations

import re
from pathlib import Path

import flask
import pytest

from portal.activation_code import MAIL_SERVERS
from tests.mta.servers import TEMPLATES, postfix_texts, text

CODE = "abcdefghijklmnopqrstuvwxyz01234"
ZONE = "rep.example"
PLACES = {name: place for server in MAIL_SERVERS for place, name in server.files}
NAMES = sorted(path.name for path in TEMPLATES.iterdir())


def settings(content: str) -> list[str]:
    """The lines that are not comments."""
    return [line for line in content.splitlines() if not line.lstrip().startswith("#")]


@pytest.mark.parametrize("trims", [False, True])
@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_renders_a_text_without_changing_a_character(name: str, dynamic: bool, trims: bool) -> None:
    app = flask.Flask(__name__, template_folder=str(TEMPLATES.parent))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = trims  # as the portal does, and as Jinja does by itself
    with app.app_context():
        shown = flask.render_template(f"mta/{name}", code=CODE, zone=ZONE, dynamic=dynamic)

    assert shown + "\n" == text(name, code=CODE, zone=ZONE, dynamic=dynamic)
    assert "{{" not in shown
    assert "&" not in shown


def test_postfix_has_a_reply_for_each_lookup_under_the_very_words_of_the_lookup() -> None:
    # Under any other words Postfix uses a reply of its own, which shows the code to the sender.
    texts = postfix_texts(CODE, ZONE)
    lookups = re.findall(r"reject_rbl_client (\S+)", "\n".join(settings(texts["postfix_main.cf"])))
    replies = [line.split()[0] for line in settings(texts["postfix_rbl_reply"])]

    assert lookups == [f"{CODE}.r.{ZONE}=127.0.0.[2..12]", f"{CODE}.q.{ZONE}=127.0.0.2"]
    assert replies == lookups


@pytest.mark.parametrize("name", NAMES)
def test_a_standard_subscription_is_given_no_second_lookup(name: str) -> None:
    content, advanced = (text(name, code=CODE, zone=ZONE, dynamic=dynamic) for dynamic in (False, True))

    assert ".q." not in content and not re.search("dynamic|450|DENYSOFT", content, re.IGNORECASE)
    lines = [line for line in settings(content) if line.strip()]
    assert set(lines) <= set(advanced.splitlines()), "nothing else is different"
    assert content.count(f"{CODE}.r.{ZONE}") == advanced.count(f"{CODE}.r.{ZONE}")
    assert not re.search(r"\n\n\n|\n\n$", content), "no hole where the second lookup stood"


def test_a_standard_subscriptions_postfix_has_one_lookup_and_its_reply() -> None:
    texts = postfix_texts(CODE, ZONE, dynamic=False)

    assert re.findall(r"reject_rbl_client (\S+)", "\n".join(settings(texts["postfix_main.cf"]))) == [
        f"{CODE}.r.{ZONE}=127.0.0.[2..12]"
    ]
    assert [line.split()[0] for line in settings(texts["postfix_rbl_reply"])] == [f"{CODE}.r.{ZONE}=127.0.0.[2..12]"]


def test_postscreen_has_a_name_to_show_for_its_lookup_without_the_filter() -> None:
    texts = postfix_texts(CODE, ZONE)

    assert f"postscreen_dnsbl_sites = {CODE}.r.{ZONE}=127.0.0.[2..12]" in settings(texts["postscreen_main.cf"])
    assert settings(texts["postscreen_dnsbl_reply"]) == [f"{CODE}.r.{ZONE} r.{ZONE}"]


def test_own_networks_and_users_come_before_the_lookups() -> None:
    main_cf = "\n".join(settings(postfix_texts(CODE, ZONE)["postfix_main.cf"]))

    assert main_cf.index("permit_mynetworks") < main_cf.index("reject_rbl_client")
    assert main_cf.index("permit_sasl_authenticated") < main_cf.index("reject_rbl_client")


@pytest.mark.parametrize("name", ["exim_acl", "rspamd_rbl.conf"])
def test_every_return_code_is_acted_upon(name: str) -> None:
    content = "\n".join(settings(text(name, code=CODE, zone=ZONE)))
    standard, dynamic = re.split(rf"{CODE}\.q", content)

    assert set(re.findall(r"127\.0\.0\.\d+", standard)) == {f"127.0.0.{last}" for last in (2, 3, 4, 10, 11, 12)}
    assert set(re.findall(r"127\.0\.0\.\d+", dynamic)) == {"127.0.0.2"}


@pytest.mark.parametrize(("name", "place"), PLACES.items())
def test_each_text_says_whose_it_is_and_where_it_goes(name: str, place: str) -> None:
    assert re.search(rf"Gatepost.*, in {re.escape(place)}", Path(TEMPLATES, name).read_text())


def test_every_template_is_on_the_page_and_every_text_of_the_page_is_a_template() -> None:
    assert sorted(PLACES) == NAMES


def test_a_message_for_sendmail_has_no_comma_which_would_cut_it_off() -> None:
    content = text("sendmail.mc", code=CODE, zone=ZONE)

    messages = re.findall(r"`\"(\d{3} [^\"]*)\"'", content)
    assert [message[:9] for message in messages] == ["550 5.7.1", "450 4.7.1"]
    assert not [message for message in messages if "," in message]
    assert not [line for line in content.splitlines() if line.startswith("FEATURE") and not line.endswith("dnl")]


def test_exchange_acts_upon_every_code_of_the_standard_database_and_asks_no_other() -> None:
    content = "\n".join(settings(text("exchange.ps1", code=CODE, zone=ZONE)))

    assert set(re.findall(r"127\.0\.0\.\d+", content)) == {f"127.0.0.{last}" for last in (2, 3, 4, 10, 11, 12)}
    assert f"{CODE}.q" not in content and "-RejectionResponse" in content

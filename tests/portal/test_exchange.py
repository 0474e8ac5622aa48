"""Exchange: what is given, whom we take from, and what others can fetch; nothing before the operator chooses it."""

from __future__ import annotations

import pytest

from portal.app_context import AppContext
from reputation.exchange import batches, choices, giving, heads, introductions, keys, peers, turns
from reputation.exchange.batches import Place
from reputation.store.models import ExchangedVolume, ExchangePeer
from tests.conftest import NOON
from tests.neighbour import apart
from tests.portal.conftest import Browser, content
from tests.reputation.exchange.cast import reported

PATH = "/installation/exchange"
OURS = {"name": "Alpha", "address": "https://alpha.example/exchange/"}
FILES = ("introduction", "latest", "revocation", "1.batch")


def key() -> keys.Key:
    return keys.Key.new()


def beta(name: str = "Beta", made_by: keys.Key | None = None) -> str:
    return introductions.write(name, "https://beta.example/exchange/", made_by or key())


@pytest.mark.alone("the page of an installation that exchanges nothing yet")
def test_it_is_off_until_the_operator_chooses(olga: Browser, visitor: Browser) -> None:
    page = content(olga.get(PATH))

    assert "Nothing is taken from anybody." in page and 'value="http://127.0.0.1/exchange/"' in olga.get(PATH).text
    assert [visitor.get(f"/exchange/{name}").status_code for name in FILES] == [404] * 4


def test_what_is_chosen_is_given_as_files_that_anybody_can_keep(
    olga: Browser, visitor: Browser, app_context: AppContext
) -> None:
    assert olga.send(PATH, **OURS, networks="y").status_code == 303
    reported("192.0.2.7")
    assert visitor.get("/exchange/latest").status_code == 404  # until the first turn
    turns.give(app_context.data, NOON)

    found = {name: visitor.get(f"/exchange/{name}") for name in FILES}
    ours = choices.current().key
    assert heads.read(found["latest"].data, ours).newest.number == 1
    assert batches.opened(found["1.batch"].data, ours, Place()).entries.nodes[1].name == "192.0.2.0/24"
    assert introductions.read(found["introduction"].data).name == "Alpha"
    assert found["revocation"].status_code == 404 and visitor.get("/exchange/2.batch").status_code == 404
    assert found["1.batch"].headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = visitor.get("/exchange/latest", If_None_Match=found["latest"].headers["ETag"])
    assert again.status_code == 304
    page = content(olga.get(PATH))
    assert "networks" in page and "number 1" in page and f"introduction#{ours}" in page

    olga.send(PATH, **OURS)
    assert [visitor.get(f"/exchange/{name}").status_code for name in FILES] == [404] * 4


def test_what_was_given_before_stays_and_the_page_and_its_help_say_so(
    olga: Browser, visitor: Browser, app_context: AppContext
) -> None:
    olga.send(PATH, **OURS, networks="y", addresses="y")
    reported("192.0.2.7")
    turns.give(app_context.data, NOON)
    olga.send(PATH, **OURS, networks="y")
    turns.give(app_context.data, NOON + 900)

    given = batches.opened(visitor.get("/exchange/1.batch").data, choices.current().key, Place())
    assert "192.0.2.7" in {one.name for one in given.entries.nodes}
    said = f"Batches that were made before stay as they are: here for {giving.KEPT_DAYS} days"
    for page in (content(olga.get(PATH)), content(olga.get("/help/exchange"))):
        assert said in " ".join(page.split())


def test_a_name_or_address_that_cannot_be_used_is_refused(olga: Browser) -> None:
    for wrong in ({"name": " "}, {"address": "ftp://alpha.example/"}, {"address": "https://a:b@alpha.example/"}):
        answer = olga.send(PATH, **{**OURS, **wrong}, networks="y")
        assert answer.status_code == 422 and not choices.current().gives, wrong


def test_a_peer_is_added_changed_paused_and_forgotten(olga: Browser) -> None:
    made_by = key()
    answer = olga.send(f"{PATH}/peers", PATH, introduction=beta(made_by=made_by))
    assert answer.status_code == 303
    page = content(olga.get(PATH))
    assert f"Compare its fingerprint with its operator: {keys.fingerprint(made_by.public)}" in page
    assert page.count("from https://beta.example/exchange/") == 2  # in the message, and in its row
    assert "added by olga@acme.example" in page and "10 %" in page

    olga.send(f"{PATH}/take", PATH, peer="Beta", addresses="y")
    assert peers.find("Beta").taken == "addresses"
    olga.send(f"{PATH}/pause", PATH, peer="Beta")
    assert peers.find("Beta").paused and "Take again" in olga.get(PATH).text
    olga.send(f"{PATH}/pause", PATH, peer="Beta")
    assert not peers.find("Beta").paused
    olga.send(f"{PATH}/forget", PATH, peer="Beta")
    assert apart(peers.all_peers()) == [] and olga.send(f"{PATH}/forget", PATH, peer="Beta").status_code == 422


def test_who_was_introduced_by_a_peer_is_said_to_be(olga: Browser) -> None:
    olga.send(f"{PATH}/peers", PATH, introduction=beta())
    olga.send(f"{PATH}/peers", PATH, introduction=beta("Gamma"), introduced_by="Beta")

    assert "introduced by Beta: both count as one voice" in content(olga.get(PATH))
    assert peers.find("Gamma").group == peers.find("Beta").key


@pytest.mark.parametrize(
    ("judged", "right", "said"),
    [
        (1, 1, "of 1 message that it foretold, 1 was spam here"),
        (3.4, 0.2, "of 3 messages that it foretold, 0 were spam here"),
        (1234, 1233.6, "of 1,234 messages that it foretold, 1,234 were spam here"),
    ],
)
def test_what_a_peer_foretold_is_said_in_whole_messages(olga: Browser, judged: float, right: float, said: str) -> None:
    olga.send(f"{PATH}/peers", PATH, introduction=beta())
    ExchangePeer.update(judged=judged, confirmed=right).where(ExchangePeer.name == "Beta").execute()

    assert said in content(olga.get(PATH))


def test_what_is_no_introduction_is_refused_beside_its_field(olga: Browser) -> None:
    for wrong in ("", "hello", "{}", "http://127.0.0.1:1/introduction", beta()[:-9], "x" * 20_000):
        answer = olga.send(f"{PATH}/peers", PATH, introduction=wrong)
        assert answer.status_code == 422 and 'id="introduction-problem"' in answer.text, wrong
    assert apart(peers.all_peers()) == []


def test_a_problem_and_a_new_key_are_told_with_what_to_do(olga: Browser) -> None:
    old, new = key(), key()
    olga.send(f"{PATH}/peers", PATH, introduction=beta(made_by=old))
    ExchangePeer.update(problem="Nothing new since 30 hours: it has stopped.").where(
        ExchangePeer.name == "Beta"
    ).execute()
    assert "Nothing new since 30 hours" in content(olga.get(PATH))

    olga.send(f"{PATH}/peers", PATH, introduction=introductions.revoke(old, new.public, NOON))
    assert "key revoked" in content(olga.get(PATH)) and 'name="fingerprint"' in olga.get(PATH).text
    assert olga.send(f"{PATH}/accept", PATH, peer="Beta", fingerprint="1234").status_code == 422
    olga.send(f"{PATH}/accept", PATH, peer="Beta", fingerprint=keys.fingerprint(new.public))
    assert peers.find("Beta").key == new.public and peers.find("Beta").revoked_at is None


def test_the_page_is_the_operators(ada: Browser, boris: Browser) -> None:
    assert {browser.get(PATH).status_code for browser in (ada, boris)} <= {403, 404}
    assert giving.last() is None


def test_the_statistics_say_how_many_installations_have_seen_it(olga: Browser) -> None:
    assert "other installation" not in content(olga.get("/statistics"))
    for name in ("Beta", "Gamma"):
        olga.send(f"{PATH}/peers", PATH, introduction=beta(name))
        row = peers.row_of(name)
        ExchangedVolume.create(peer=row.id, subject="AT", day=NOON - NOON % 86400, volume=7)

    for page in ("/statistics", "/statistics/map"):
        assert "and by 2 other installations" in content(olga.get(page)), page
    assert "14" in content(olga.get("/statistics/map"))

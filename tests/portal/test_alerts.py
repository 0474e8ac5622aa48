"""Administration > Alerts: what lasts, mail to oneself, and the webhook of the organization."""

from __future__ import annotations

from reputation.customers import users
from reputation.notices import alerts, deliveries
from reputation.notices.channels import webhook
from tests.conftest import NOON, Cast
from tests.portal.conftest import Browser, content

PATH = "/administration/alerts"


def raised(organization_id: int | None, subject: str) -> None:
    alerts.update_current("listed server", {(organization_id, subject): f"{subject} is listed."}, NOON)


def test_without_an_alert_the_page_says_what_it_is_for(ada: Browser) -> None:
    assert "Nothing needs your attention at the moment" in content(ada.get(PATH))


def test_each_organization_sees_its_own_and_the_operator_the_installations_too(
    ada: Browser, boris: Browser, olga: Browser, cast: Cast
) -> None:
    raised(cast.acme.id, "198.51.100.7/32")
    alerts.update_current("feed failing", {(None, "drop"): "Feed drop fails."}, NOON)

    assert "198.51.100.7/32 is listed." in content(ada.get(PATH)) and "drop" not in content(ada.get(PATH))
    assert "198.51.100.7" not in content(boris.get(PATH))
    assert "Feed drop fails." in content(olga.get(PATH)) and "2 alerts at the moment" in content(olga.get(PATH))


def test_everybody_chooses_mail_for_oneself(vera: Browser, cast: Cast) -> None:
    number = users.authenticate("vera@acme.example", "a quiet sentence works", NOON).id  # type: ignore[union-attr]

    assert vera.send(f"{PATH}/mail", PATH).status_code == 303
    assert not users.wants_alerts(number)
    vera.send(f"{PATH}/mail", PATH, by_mail="on")
    assert users.wants_alerts(number)


def test_an_administrator_sets_tries_and_removes_the_webhook(ada: Browser, cast: Cast) -> None:
    assert ada.send(f"{PATH}/webhook", PATH, url="https://hooks.example/gatepost").status_code == 303
    hook = deliveries.find(cast.acme.id, webhook.CHANNEL)
    assert hook and hook.secret in ada.get(PATH).text
    assert ada.send(f"{PATH}/webhook/trial", PATH).status_code == 303
    assert ada.send(f"{PATH}/webhook", PATH, url="").status_code == 303
    assert deliveries.find(cast.acme.id, webhook.CHANNEL) is None


def test_what_is_no_address_is_said_beside_the_field_and_kept_there(ada: Browser) -> None:
    response = ada.send(f"{PATH}/webhook", PATH, url="hooks.example")

    assert response.status_code == 422
    assert "Write the webhook" in content(response) and 'value="hooks.example"' in response.text


def test_a_viewer_sees_no_webhook_and_sets_none(vera: Browser, ada: Browser, cast: Cast) -> None:
    ada.send(f"{PATH}/webhook", PATH, url="https://hooks.example/gatepost")

    assert "hooks.example" not in vera.get(PATH).text
    assert vera.send(f"{PATH}/webhook", PATH, url="https://other.example").status_code == 403
    assert deliveries.find(cast.acme.id, webhook.CHANNEL).values["url"] == "https://hooks.example/gatepost"  # type: ignore[union-attr]

"""Alerts are told: gathered for a minute, then one letter to each person and one call of the webhook.

What was raised and not told yet is told by the next turn, also after a restart.
"""

from __future__ import annotations

import json
from collections import defaultdict

from reputation.notices import outbox
from reputation.notices.alerts import KINDS
from reputation.store import db
from reputation.store.models import Alert, Organization, User, Webhook, WebhookCall

GATHERED = 60  # seconds, so that ten servers listed at once make one letter
MOST_LINES = 50


def notify(portal_url: str, now: int) -> str:
    """Write the letters and calls for what has been raised; a sentence, empty where there was nothing."""
    with db.write():
        waiting = list(Alert.select().where(Alert.told_at.is_null()).order_by(Alert.raised_at, Alert.id))
        if not waiting or waiting[0].raised_at > now - GATHERED:
            return ""
        by_organization: dict[int | None, list[Alert]] = defaultdict(list)
        for alert in waiting:
            by_organization[alert.organization_id].append(alert)
        letters = sum(_tell(owner, found, portal_url, now) for owner, found in by_organization.items())
        Alert.update(told_at=now).where(Alert.id << [alert.id for alert in waiting]).execute()
    return f"Told {len(waiting)} alerts in {letters} letters."


def recipients(organization_id: int | None) -> list[str]:
    """Who is written to: an organization's administrators, or those who operate the installation."""
    wanted = User.active & User.alerts_by_mail
    if organization_id is None:
        wanted &= User.role == "operator"
    else:
        wanted &= (User.organization == organization_id) & (User.role != "viewer")
    return [row.email for row in User.select(User.email).where(wanted).order_by(User.email)]


def _tell(organization_id: int | None, found: list[Alert], portal_url: str, now: int) -> int:
    people = recipients(organization_id)
    subject = f"{KINDS.get(found[0].kind, found[0].kind)}: {found[0].subject}"
    subject = subject if len(found) == 1 else f"{len(found)} alerts, the first: {subject}"
    for email in people:
        outbox.write(email, f"Gatepost: {subject}", _text(organization_id, found, portal_url), now)
    if organization_id is not None and Webhook.get_or_none(Webhook.organization == organization_id):
        WebhookCall.create(organization=organization_id, body=_body(found), created_at=now)
    return len(people)


def _text(organization_id: int | None, found: list[Alert], portal_url: str) -> str:
    whose = "the installation" if organization_id is None else Organization.get_by_id(organization_id).name
    lines = [f"Alerts of {whose}:", ""]
    lines += [f"- {alert.text}" for alert in found[:MOST_LINES]]
    if len(found) > MOST_LINES:
        lines.append(f"- and {len(found) - MOST_LINES} more")
    lines += ["", f"All of them, and whether you want this mail: {portal_url}/administration/alerts"]
    return "\n".join(lines)


def _body(found: list[Alert]) -> str:
    """What a webhook is sent: the kind, the subject and the sentence of each alert; times in Unix seconds."""
    names = ("kind", "subject", "text", "raised_at", "cleared_at")
    return json.dumps({"alerts": [{name: getattr(alert, name) for name in names} for alert in found]})

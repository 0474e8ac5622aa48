"""Who gets a letter about alerts. It is put into the outbox, from which the mail of the installation is sent."""

from __future__ import annotations

from reputation.notices import outbox
from reputation.notices.channels.channel import AlertBatch
from reputation.notices.channels.mail import texts
from reputation.store.models import User


def enqueue(batch: AlertBatch, now: int) -> int:
    """Write a letter to everybody who wants one; return how many."""
    people = recipients(batch.organization_id)
    for email in people:
        outbox.write(email, texts.subject(batch), texts.text(batch), now)
    return len(people)


def recipients(organization_id: int | None) -> list[str]:
    """Return the email addresses of an organization's administrators, or for None of the operators, who want alerts."""
    wanted = User.active & User.alerts_by_mail
    if organization_id is None:
        wanted &= User.role == "operator"
    else:
        wanted &= (User.organization == organization_id) & (User.role != "viewer")
    return [row.email for row in User.select(User.email).where(wanted).order_by(User.email)]

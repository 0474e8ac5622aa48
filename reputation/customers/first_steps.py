"""The first steps of a new organization. Each is done when the data says so; nothing is stored."""

from __future__ import annotations

from typing import NamedTuple

from reputation.customers import activation_codes
from reputation.exchange import choices, peers
from reputation.publisher.approvals import LIST
from reputation.store.models import Feed, FeedRevision, LastAsked, SenderRule, User


class Step(NamedTuple):
    """One step. `hint` says what to do; `screen` is where to do it, for people who may open that screen."""

    done: bool
    text: str
    hint: str
    screen: str


def steps(organization_id: int, now: int, for_operator: bool = False) -> list[Step]:
    """Return the steps in their usual order, and which of them are done; for an operator with those of all."""
    asked = LastAsked.get_or_none(LastAsked.organization == organization_id)
    people = User.select().where((User.organization == organization_id) & User.active).count()
    return [
        Step(
            bool(activation_codes.active(organization_id, now)),
            "Activation code issued",
            "Without one no mail server can ask.",
            "activation_code",
        ),
        Step(
            FeedRevision.select().join(Feed).where((FeedRevision.state == "live") & (Feed.purpose == LIST)).exists(),
            "A feed is loaded",
            "Whoever runs the installation chooses published lists from a catalogue.",
            "feeds",
        ),
        Step(
            asked is not None,
            "First query from your mail server",
            "Copy the lines for Postfix from Activation Code.",
            "activation_code",
        ),
        Step(
            SenderRule.select().where(SenderRule.organization == organization_id).exists(),
            "A sender approved or blocked",
            "Someone you must never refuse, such as a partner, or somebody you never want to hear from.",
            "policy",
        ),
        Step(
            people > 1,
            "Second person added",
            "So that nobody is locked out: invite a colleague.",
            "users",
        ),
        *([_exchange()] if for_operator else []),
    ]


def _exchange() -> Step:
    return Step(
        choices.current().gives or bool(peers.all_peers()),
        "Exchange with another installation",
        "If you like: see what others see, as sums of networks. It is off until you choose it.",
        "exchange",
    )

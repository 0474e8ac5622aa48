"""The parts of a row of the table of channels, and what a channel is given. It knows no channel by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reputation.notices.alerts import AlertView


class Field(NamedTuple):
    """A field that an administrator fills in: its name in the form and in the store, and its words on the screen.

    `hint` may contain `{organization}`. The value of a `secret` field is not written to the audit log.
    """

    name: str
    label: str
    hint: str = ""
    longest: int = 500
    required: bool = True
    secret: bool = False


class AlertBatch(NamedTuple):
    """Alerts of one organization that are told together.

    `organization_id` is None where they are for the operator; `owner` is whose they are, in words. `is_trial`: somebody
    tries the channel, and there is no alert.
    """

    organization_id: int | None
    owner: str
    alerts: Sequence[AlertView]
    portal_url: str
    is_trial: bool = False


class Destination(NamedTuple):
    """Where a channel sends an organization's alerts: the values of its fields, and the secret that was made for it."""

    values: Mapping[str, str]
    secret: str


@dataclass(frozen=True)
class PersonalChannel:
    """A channel that each person chooses for himself or herself.

    `enqueue` writes the messages about a batch at a moment (Unix seconds), which then wait to be sent, inside the
    transaction of the caller, and returns how many there are.
    """

    name: str
    title: str
    help: str
    enqueue: Callable[[AlertBatch, int], int]


@dataclass(frozen=True)
class OrganizationChannel:
    """A channel that an organization's administrators set up.

    `name` is the name of its folder, in the store and in addresses; `title` is the heading of its section, `noun` its
    name in a sentence ("The webhook is set."), `offer` what it offers ("An administrator of Acme can …"), `help` its
    part of the help page. `check` raises Refused where values cannot be used. `compose` writes the message, which waits
    in the store. `send` sends it; it returns "" or a sentence that says what went wrong. Its third argument tells
    whether a destination inside the network of this machine may be used. `has_secret`: the screen shows the
    destination's secret.
    """

    name: str
    title: str
    noun: str
    offer: str
    help: str
    fields: tuple[Field, ...]
    check: Callable[[Mapping[str, str]], None]
    compose: Callable[[AlertBatch], str]
    send: Callable[[Destination, str, bool], str]
    has_secret: bool = False

"""The ways in which alerts reach people: the table of them, with a folder for each.

A channel's folder has how it is sent (transport.py), what is set up for it (form.py) and its words (texts.py). Its
`CHANNEL` is the one row from which the screen Alerts, its help, the store and the sender follow. A channel knows no
screen and no kind of alert.
"""

from __future__ import annotations

from reputation.notices.channels import mail, webhook
from reputation.notices.channels.channel import OrganizationChannel, PersonalChannel

CHANNELS: tuple[PersonalChannel | OrganizationChannel, ...] = (
    mail.CHANNEL,
    webhook.CHANNEL,
)  # in the order of the screen
OF_ORGANIZATIONS = {one.name: one for one in CHANNELS if isinstance(one, OrganizationChannel)}


def describe() -> str:
    """Return the part of the help page about channels, as Markdown."""
    return "\n\n".join(f"## {channel.title}\n\n{channel.help.strip()}" for channel in CHANNELS)

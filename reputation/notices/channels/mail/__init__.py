"""Mail: each person chooses whether alerts come as a letter. It needs no form except that choice."""

from __future__ import annotations

from reputation.notices.channels.channel import PersonalChannel
from reputation.notices.channels.mail import texts, transport

CHANNEL = PersonalChannel(name="mail", title="By mail", help=texts.HELP, enqueue=transport.enqueue)

"""The letter about alerts, and the help about mail."""

from __future__ import annotations

from reputation.counting.connections import DEFINITIONS
from reputation.notices.channels.channel import AlertBatch
from reputation.notices.checks import title_of

HELP = """
Everybody chooses for themselves. An email each Monday has the figures of the week before, from Monday to Sunday in UTC:

{figures}

The standard subscription has no dynamic database, so its email has no line for deferred connections.
""".format(figures="\n".join(f"- **{word}**: {definition}" for word, definition in DEFINITIONS.items()))
MOST_LINES = 50


def subject(batch: AlertBatch) -> str:
    """Return the subject: the first alert, and how many there are."""
    first = f"{title_of(batch.alerts[0].kind)}: {batch.alerts[0].subject}"
    return f"Gatepost: {first if len(batch.alerts) == 1 else f'{len(batch.alerts)} alerts, the first: {first}'}"


def text(batch: AlertBatch) -> str:
    """Return the text of the letter: a line for each alert, up to MOST_LINES."""
    lines = [f"Alerts of {batch.owner}:", ""]
    lines += [f"- {alert.text}" for alert in batch.alerts[:MOST_LINES]]
    if len(batch.alerts) > MOST_LINES:
        lines.append(f"- and {len(batch.alerts) - MOST_LINES} more")
    lines += ["", f"All of them, and whether you want this mail: {batch.portal_url}/administration/alerts"]
    return "\n".join(lines)

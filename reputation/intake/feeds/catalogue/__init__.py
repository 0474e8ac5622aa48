"""Well-known public lists, so that nobody has to look for their addresses: what each of them is, and its terms of use.

The terms are given in our own words and may have changed since then: read the publisher's page before you add a list.
Only lists in a form that reputation/intake/formats reads are here, that are fetched without an account, and whose terms
allow a mail server to use them; `limits` says for whom they do not. Lists that are no longer made are left out.

    known.py       what is said of a list
    mail.py        senders of spam, and attackers of mail servers
    attackers.py   attackers of other services
    networks.py    networks of criminals or of nobody, botnets, and proxies
"""

from reputation.intake.feeds.catalogue.attackers import ATTACKERS
from reputation.intake.feeds.catalogue.known import Known
from reputation.intake.feeds.catalogue.mail import MAIL
from reputation.intake.feeds.catalogue.networks import NETWORKS

__all__ = ["BY_KEY", "BY_SOURCE", "CATALOGUE", "GROUPS", "LEAST", "RECOMMENDED", "Known"]

GROUPS = (
    ("Networks of criminals or of nobody, and ways to hide", NETWORKS),
    ("Senders of spam, and attackers of mail servers", MAIL),
    ("Attackers of other services", ATTACKERS),
)
CATALOGUE = tuple(known for _, lists in GROUPS for known in lists)
BY_KEY = {known.key: known for known in CATALOGUE}
BY_SOURCE = {known.source: known for known in CATALOGUE}
# The least time between two fetches, by source: more often is refused.
LEAST = {known.source: known.least for known in CATALOGUE if known.least}
# For a small mail server: few false positives, no limits in their terms, and together not long.
RECOMMENDED = tuple(known.key for known in CATALOGUE if known.small)

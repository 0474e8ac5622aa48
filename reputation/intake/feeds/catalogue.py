"""Well-known public lists, so that nobody has to look for their addresses: what each of them is, and its terms of use.

The terms are given in our own words and may have changed since then: read the publisher's page before you add a list.
Only lists in a form that reputation/intake/formats reads are here.
"""

from typing import NamedTuple

HOUR = 3600
DAY = 24 * HOUR


class Known(NamedTuple):
    """One public list.

    `category`, `database` and `every` (seconds between two fetches, no fewer than its publisher asks for) are what we
    suggest; `bounds` are the bounds in which it differs from the usual ones. `removal` is the page where a listed
    sender asks to be removed, where that is not the list's own `page`.
    """

    key: str
    name: str
    publisher: str
    about: str
    source: str
    format: str
    category: str
    database: str
    every: int
    terms: str
    page: str
    bounds: tuple[tuple[str, str], ...] = ()
    removal: str = ""

    @property
    def where_to_ask(self) -> str:
        """Return the page that leads a listed sender off the list, or at least to its publisher."""
        return self.removal or self.page


CATALOGUE = (
    Known(
        "drop", "Spamhaus DROP", "The Spamhaus Project",
        "Networks that are hijacked, or leased by professional spam and cyber-crime operations. Hardly any false "
        "positives: the first list to take.",
        "https://www.spamhaus.org/drop/drop_v4.json", "drop-json", "KSS", "standard", 12 * HOUR,
        "Free for everybody, also in products, with its date and copyright text kept. To be fetched no more than "
        "once an hour; it changes slowly.",
        "https://www.spamhaus.org/blocklists/do-not-route-or-peer/", removal="https://check.spamhaus.org/",
    ),
    Known(
        "drop6", "Spamhaus DROPv6", "The Spamhaus Project",
        "The same for IPv6.",
        "https://www.spamhaus.org/drop/drop_v6.json", "drop-json", "KSS", "standard", 12 * HOUR,
        "As Spamhaus DROP.",
        "https://www.spamhaus.org/blocklists/do-not-route-or-peer/", removal="https://check.spamhaus.org/",
    ),
    Known(
        "blocklist-mail", "blocklist.de mail", "blocklist.de",
        "Addresses that attacked mail servers (SMTP, IMAP, POP3) of the project's members in the last 48 hours, as "
        "their servers reported them.",
        "https://lists.blocklist.de/lists/mail.txt", "plain", "ETL", "standard", HOUR,
        "Free to use. An address goes after 48 hours without a new report. Made anew every half hour or so.",
        "https://www.blocklist.de/en/export.html", removal="https://www.blocklist.de/en/delist.html",
    ),
    Known(
        "blocklist-all", "blocklist.de all", "blocklist.de",
        "All addresses of the last 48 hours, whatever service they attacked: web, SSH, mail and others. Wider than the "
        "list for mail, so better deferred than refused.",
        "https://lists.blocklist.de/lists/all.txt", "plain", "ETL", "dynamic", HOUR,
        "Free to use. An address goes after 48 hours without a new report.",
        "https://www.blocklist.de/en/export.html", removal="https://www.blocklist.de/en/delist.html",
    ),
    Known(
        "cins", "CINS Army", "Sentinel IPS",
        "Addresses with a bad score in the sensors of Sentinel IPS that are not yet on other well-known lists.",
        "https://cinsscore.com/list/ci-badguys.txt", "plain", "ETL", "dynamic", 6 * HOUR,
        "Given to the community free of charge; ask the publisher before you sell something with it.",
        "https://cinsscore.com/",
    ),
    Known(
        "et-block", "Emerging Threats block rules", "Proofpoint Emerging Threats",
        "A collection for firewalls of addresses known to be hostile, among them those of Spamhaus DROP.",
        "https://rules.emergingthreats.net/fwrules/emerging-Block-IPs.txt", "plain", "KSS", "standard", 12 * HOUR,
        "Part of the open rule set, which is free to use; the lists in it keep their own terms.",
        "https://rules.emergingthreats.net/",
    ),
    Known(
        "firehol1", "FireHOL level 1", "FireHOL IP lists",
        "Composed of other lists with very few false positives. It also holds private and reserved networks, which "
        "Gatepost leaves out.",
        "https://raw.githubusercontent.com/firehol/blocklist-ipsets/master/firehol_level1.netset", "netset",
        "KSS", "standard", 6 * HOUR,
        "Free to fetch; each list in it keeps the terms of its own publisher, some of which exclude commercial use.",
        "https://iplists.firehol.org/?ipset=firehol_level1",
        (("widest4", "3"),),  # 224.0.0.0/3 is in it, and is left out
    ),
    Known(
        "feodo", "Feodo Tracker", "abuse.ch",
        "Servers that command botnets (Emotet, Dridex, QakBot and others). Few entries, sometimes none: an empty list "
        "is then reported as a failure, and what was listed before stays.",
        "https://feodotracker.abuse.ch/downloads/ipblocklist.txt", "plain", "ETL", "standard", HOUR,
        "CC0: free for every use.",
        "https://feodotracker.abuse.ch/blocklist/",
    ),
    Known(
        "greensnow", "GreenSnow", "GreenSnow",
        "Addresses that attacked or scanned the project's sensors: SSH, FTP, mail, web and others.",
        "https://blocklist.greensnow.co/greensnow.txt", "plain", "ETL", "dynamic", 6 * HOUR,
        "Free to use, without any warranty.",
        "https://greensnow.co/",
    ),
    Known(
        "bruteforce", "BruteForceBlocker", "Daniel Gerzo",
        "Addresses that tried passwords on SSH servers. An address that does that often sends spam too, and can be "
        "deferred for it.",
        "https://danger.rulez.sk/projects/bruteforceblocker/blist.php", "plain", "ETL", "dynamic", 6 * HOUR,
        "Free to use. Ask for it no more than a few times a day.",
        "https://danger.rulez.sk/index.php/bruteforceblocker/",
    ),
    Known(
        "asndrop", "Spamhaus ASN-DROP", "The Spamhaus Project",
        "Autonomous systems that are run by criminals or were taken over by them: all networks that they announce, by "
        "the table of countries and ISPs that is loaded here.",
        "https://www.spamhaus.org/drop/asndrop.json", "asn", "KSS", "standard", 12 * HOUR,
        "As Spamhaus DROP.",
        "https://www.spamhaus.org/blocklists/do-not-route-or-peer/",
    ),
    Known(
        "dshield", "DShield block list", "SANS Internet Storm Center",
        "The twenty networks (/24) from which most attacks were seen in the last three days.",
        "https://feeds.dshield.org/block.txt", "csv:start=Start,end=End", "ETL", "dynamic", 6 * HOUR,
        "Creative Commons BY-NC-SA 2.5: not for commercial use. Ask no more than once an hour.",
        "https://www.dshield.org/xml.html",
    ),
    Known(
        "tor", "Tor exit addresses", "The Tor Project",
        "Where traffic leaves the Tor network. Nobody's mail server is there; refuse them if you want no mail from "
        "people who cannot be found.",
        "https://check.torproject.org/torbulkexitlist", "plain", "DUL", "standard", 6 * HOUR,
        "Published for operators who want to treat Tor in a way of its own. It says nothing about who is good or bad.",
        "https://check.torproject.org/",
    ),
)  # fmt: skip
BY_KEY = {known.key: known for known in CATALOGUE}
BY_SOURCE = {known.source: known for known in CATALOGUE}
# The least time between two fetches that a publisher asks for, by source.
LEAST = {
    BY_KEY[key].source: least
    for key, least in {
        "drop": HOUR, "drop6": HOUR, "asndrop": HOUR, "dshield": HOUR,
        "blocklist-mail": HOUR // 2, "blocklist-all": HOUR // 2, "bruteforce": 6 * HOUR,
    }.items()
}  # fmt: skip

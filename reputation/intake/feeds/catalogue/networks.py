"""Lists of networks of criminals or of nobody, of who commands botnets, and of ways to hide behind others."""

from reputation.intake.feeds.catalogue.known import DAY, HOUR, NOT_COMMERCIAL, Known

SPAMHAUS = "The Spamhaus Project"
DROP_PAGE = "https://www.spamhaus.org/blocklists/do-not-route-or-peer/"
PROXIES_TERMS = "MIT licence. Tested and made anew every hour."
PROXIES_PAGE = "https://github.com/monosans/proxy-list"

NETWORKS = (
    Known(
        "drop", "Spamhaus DROP", SPAMHAUS,
        "Networks that are hijacked, or leased by professional spam and cyber-crime operations. Hardly any false "
        "positives: the first list to take.",
        "https://www.spamhaus.org/drop/drop_v4.json", "drop-json", "KSS", "standard", 12 * HOUR,
        "Free for everybody, also in products, with its date and copyright text kept. To be fetched no more than "
        "once an hour; it changes slowly.",
        DROP_PAGE, removal="https://check.spamhaus.org/", least=HOUR, small=True,
    ),
    Known(
        "drop6", "Spamhaus DROPv6", SPAMHAUS,
        "The same for IPv6.",
        "https://www.spamhaus.org/drop/drop_v6.json", "drop-json", "KSS", "standard", 12 * HOUR,
        "As Spamhaus DROP.",
        DROP_PAGE, removal="https://check.spamhaus.org/", least=HOUR, small=True,
    ),
    Known(
        "asndrop", "Spamhaus ASN-DROP", SPAMHAUS,
        "Autonomous systems that are run by criminals or were taken over by them: all networks that they announce, by "
        "the table of countries and ISPs that is loaded here.",
        "https://www.spamhaus.org/drop/asndrop.json", "asn", "KSS", "standard", 12 * HOUR,
        "As Spamhaus DROP.",
        DROP_PAGE, least=HOUR, small=True,
    ),
    Known(
        "fullbogons", "Team Cymru full bogons", "Team Cymru",
        "Networks that no registry has given to anybody: whoever sends from them has taken them. Private and reserved "
        "networks in it are left out here.",
        "https://www.team-cymru.org/Services/Bogons/fullbogons-ipv4.txt", "plain", "KSS", "standard", DAY,
        "Free for the community; no licence is named. To be fetched no more than every four hours.",
        "https://www.team-cymru.com/bogon-reference-http",
        (("widest4", "3"),),  # 224.0.0.0/3 is in it, and is left out
        least=4 * HOUR, small=True,
    ),
    Known(
        "firehol1", "FireHOL level 1", "FireHOL IP lists",
        "Composed of other lists with very few false positives (DROP, DShield, Feodo, full bogons). It also holds "
        "private and reserved networks, which Gatepost leaves out.",
        "https://raw.githubusercontent.com/firehol/blocklist-ipsets/master/firehol_level1.netset", "netset",
        "KSS", "standard", DAY,
        "Free to fetch; each list in it keeps the terms of its own publisher, some of which exclude commercial use.",
        "https://iplists.firehol.org/?ipset=firehol_level1",
        (("widest4", "3"),),
        least=6 * HOUR, limits=NOT_COMMERCIAL,
    ),
    Known(
        "feodo", "Feodo Tracker", "abuse.ch",
        "Servers that command botnets (Emotet, Dridex, QakBot and others). Few entries, often none: an empty list "
        "is then reported as a failure, and what was listed before stays.",
        "https://feodotracker.abuse.ch/downloads/ipblocklist.txt", "plain", "ETL", "standard", HOUR,
        "CC0: free for every use.",
        "https://feodotracker.abuse.ch/blocklist/",
    ),
    Known(
        "tor", "Tor exit addresses", "The Tor Project",
        "Where traffic leaves the Tor network. Nobody's mail server is there; refuse them if you want no mail from "
        "people who cannot be found.",
        "https://check.torproject.org/torbulkexitlist", "plain", "DUL", "standard", 6 * HOUR,
        "Published for operators who want to treat Tor in a way of its own. It says nothing about who is good or bad.",
        "https://check.torproject.org/",
    ),
    Known(
        "proxies-http", "Open HTTP proxies", "monosans",
        "Open proxies that worked when they were tested last: whoever sends through them hides. Of an address and its "
        "port the address is taken.",
        "https://raw.githubusercontent.com/monosans/proxy-list/main/proxies/http.txt", "address-port",
        "ETL", "dynamic", 2 * HOUR, PROXIES_TERMS, PROXIES_PAGE, least=HOUR,
    ),
    Known(
        "proxies-socks", "Open SOCKS 5 proxies", "monosans",
        "The same for SOCKS 5, through which mail can be sent directly.",
        "https://raw.githubusercontent.com/monosans/proxy-list/main/proxies/socks5.txt", "address-port",
        "ETL", "dynamic", 2 * HOUR, PROXIES_TERMS, PROXIES_PAGE, least=HOUR,
    ),
)  # fmt: skip

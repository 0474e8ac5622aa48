"""Lists of who attacks other services: passwords, web sites, sensors. Many of them send spam, too; better defer."""

from reputation.intake.feeds.catalogue.known import DAY, HOUR, NOT_COMMERCIAL, NOT_PASSED_ON, Known

FIREHOL_TERMS = (
    "Free to fetch; each list in it keeps the terms of its own publisher, some of which exclude commercial use."
)
IPSUM_TERMS = "Public domain (Unlicense). Made once a day from lists that keep their own terms."

ATTACKERS = (
    Known(
        "blocklist-all", "blocklist.de all", "blocklist.de",
        "All addresses of the last 48 hours, whatever service they attacked: web, SSH, mail and others. Wider than the "
        "list for mail, so better deferred than refused.",
        "https://lists.blocklist.de/lists/all.txt", "plain", "ETL", "dynamic", HOUR,
        "Free, as it is, and at one's own risk. An address goes after 48 hours without a new report.",
        "https://www.blocklist.de/en/export.html", removal="https://www.blocklist.de/en/delist.html", least=HOUR // 2,
    ),
    Known(
        "cins", "CINS Army", "Sentinel IPS",
        "Addresses with a bad score in the sensors of Sentinel IPS that are not yet on other well-known lists.",
        "https://cinsscore.com/list/ci-badguys.txt", "plain", "ETL", "dynamic", 6 * HOUR,
        "Given to the community, to be used in any way.",
        "https://cinsscore.com/", small=True,
    ),
    Known(
        "ipsum3", "IPsum on three lists", "Miroslav Stampar",
        "Addresses that are on at least three of some thirty public lists: one list may be wrong, three seldom are.",
        "https://raw.githubusercontent.com/stamparm/ipsum/master/levels/3.txt", "plain", "ETL", "dynamic", DAY,
        IPSUM_TERMS, "https://github.com/stamparm/ipsum", least=DAY,
    ),
    Known(
        "ipsum5", "IPsum on five lists", "Miroslav Stampar",
        "The same for at least five lists: fewer addresses, and surer.",
        "https://raw.githubusercontent.com/stamparm/ipsum/master/levels/5.txt", "plain", "ETL", "dynamic", DAY,
        IPSUM_TERMS, "https://github.com/stamparm/ipsum", least=DAY, small=True,
    ),
    Known(
        "et-compromised", "Emerging Threats compromised hosts", "Proofpoint Emerging Threats",
        "Hosts that are known to be compromised: somebody else sends from them.",
        "https://rules.emergingthreats.net/blockrules/compromised-ips.txt", "plain", "ETL", "dynamic", 12 * HOUR,
        "Part of the open rule set (BSD licence): free to use, its copyright text kept.",
        "https://rules.emergingthreats.net/", least=HOUR, small=True,
    ),
    Known(
        "et-block", "Emerging Threats block rules", "Proofpoint Emerging Threats",
        "A collection for firewalls of addresses known to be hostile, among them those of Spamhaus DROP and DShield.",
        "https://rules.emergingthreats.net/fwrules/emerging-Block-IPs.txt", "plain", "KSS", "standard", 12 * HOUR,
        "Part of the open rule set, which is free to use; the lists in it keep their own terms.",
        "https://rules.emergingthreats.net/", least=HOUR,
    ),
    Known(
        "greensnow", "GreenSnow", "GreenSnow",
        "Addresses that attacked or scanned the project's sensors: SSH, FTP, mail, web and others.",
        "https://blocklist.greensnow.co/greensnow.txt", "plain", "ETL", "dynamic", 6 * HOUR,
        "Free to use, without any warranty; it may not be reproduced or published again.",
        "https://greensnow.co/", limits=NOT_PASSED_ON,
    ),
    Known(
        "bruteforce", "BruteForceBlocker", "Daniel Gerzo",
        "Addresses that tried passwords on SSH servers. An address that does that often sends spam too, and can be "
        "deferred for it.",
        "https://danger.rulez.sk/projects/bruteforceblocker/blist.php", "plain", "ETL", "dynamic", 6 * HOUR,
        "Free to fetch; no licence is named. Ask for it no more than a few times a day.",
        "https://danger.rulez.sk/index.php/bruteforceblocker/", least=6 * HOUR,
    ),
    Known(
        "dshield", "DShield block list", "SANS Internet Storm Center",
        "The twenty networks (/24) from which most attacks were seen in the last three days.",
        "https://feeds.dshield.org/block.txt", "csv:start=Start,end=End", "ETL", "dynamic", 6 * HOUR,
        "Creative Commons BY-NC-SA 2.5: not for commercial use. Ask no more than once an hour.",
        "https://www.dshield.org/xml.html", least=HOUR, limits=NOT_COMMERCIAL,
    ),
    Known(
        "binarydefense", "Binary Defense ban list", "Binary Defense",
        "Addresses that attacked the honeypots of the program Artillery.",
        "https://www.binarydefense.com/banlist.txt", "plain", "ETL", "dynamic", DAY,
        "For public use only: not to be sold, and in no service that costs money.",
        "https://www.binarydefense.com/", least=HOUR, limits=NOT_COMMERCIAL,
    ),
    Known(
        "turris", "Turris Sentinel greylist", "CZ.NIC",
        "Addresses that probed home routers of the Turris project: other sensors than those of most lists, which stand "
        "in data centres.",
        "https://view.sentinel.turris.cz/greylist-data/greylist-latest.csv", "csv:Address", "ETL", "dynamic", DAY,
        "Creative Commons BY-NC-SA 4.0: not for commercial use; for that, ask the publisher.",
        "https://view.sentinel.turris.cz/", least=HOUR, limits=NOT_COMMERCIAL,
    ),
    Known(
        "dataplane-ssh", "DataPlane SSH passwords", "DataPlane.org",
        "Addresses that tried passwords on SSH sensors.",
        "https://dataplane.org/sshpwauth.txt", "csv:#3", "ETL", "dynamic", 6 * HOUR,
        "Free for non-commercial use only; no part of it may be passed on without permission.",
        "https://dataplane.org/", least=HOUR, limits=f"{NOT_COMMERCIAL}, {NOT_PASSED_ON}",
    ),
    Known(
        "marcoux", "Malicious IP, the worst 40,000", "Romain Marcoux",
        "The addresses that are on most of many public lists, at most 40,000, the worst first.",
        "https://raw.githubusercontent.com/romainmarcoux/malicious-ip/main/full-40k.txt", "plain",
        "ETL", "dynamic", 6 * HOUR,
        "MIT licence; the lists that it is made of keep their own terms. Made anew every hour.",
        "https://github.com/romainmarcoux/malicious-ip", least=HOUR,
    ),
    Known(
        "data-shield", "Data-Shield", "Laurent Minne",
        "Up to 100,000 addresses that attacked decoys of its author in the last two months.",
        "https://raw.githubusercontent.com/duggytuxy/Data-Shield_IPv4_Blocklist/refs/heads/main/"
        "prod_data-shield_ipv4_blocklist.txt", "plain", "ETL", "dynamic", 12 * HOUR,
        "An open licence (GPL 3; MIT before), also for commercial use.",
        "https://github.com/duggytuxy/Data-Shield_IPv4_Blocklist", least=6 * HOUR,
    ),
    Known(
        "firehol2", "FireHOL level 2", "FireHOL IP lists",
        "Composed of lists of attacks of about the last 48 hours (blocklist.de, DShield, GreenSnow).",
        "https://raw.githubusercontent.com/firehol/blocklist-ipsets/master/firehol_level2.netset", "netset",
        "ETL", "dynamic", DAY,
        FIREHOL_TERMS, "https://iplists.firehol.org/?ipset=firehol_level2", least=DAY, limits=NOT_COMMERCIAL,
    ),
    Known(
        "firehol3", "FireHOL level 3", "FireHOL IP lists",
        "Composed of lists of attacks and malware of the last 30 days (BruteForceBlocker, CINS, DShield and others).",
        "https://raw.githubusercontent.com/firehol/blocklist-ipsets/master/firehol_level3.netset", "netset",
        "ETL", "dynamic", DAY,
        FIREHOL_TERMS, "https://iplists.firehol.org/?ipset=firehol_level3", least=DAY, limits=NOT_COMMERCIAL,
    ),
)  # fmt: skip

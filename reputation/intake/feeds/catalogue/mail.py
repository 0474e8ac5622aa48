"""Lists of who sends spam, to mailboxes or to forms, and of who attacks mail servers."""

from reputation.intake.feeds.catalogue.known import DAY, HOUR, NOT_COMMERCIAL, NOT_PASSED_ON, Known

BLOCKLIST_DE = "blocklist.de"
BLOCKLIST_DE_TERMS = "Free, as it is, and at one's own risk. An address goes after 48 hours without a new report."
BLOCKLIST_DE_PAGE = "https://www.blocklist.de/en/export.html"
BLOCKLIST_DE_REMOVAL = "https://www.blocklist.de/en/delist.html"
FORUM = "StopForumSpam"
FORUM_TERMS = "For non-commercial use, and in no software that costs money."
FORUM_PAGE = "https://www.stopforumspam.com/downloads"
FORUM_REMOVAL = "https://www.stopforumspam.com/removal"
DATAPLANE = "DataPlane.org"
DATAPLANE_TERMS = "Free for non-commercial use only; no part of it may be passed on without permission."

MAIL = (
    Known(
        "blocklist-mail", "blocklist.de mail", BLOCKLIST_DE,
        "Addresses that attacked mail servers (SMTP, IMAP, POP3) of the project's members in the last 48 hours, as "
        "their servers reported them.",
        "https://lists.blocklist.de/lists/mail.txt", "plain", "ETL", "standard", HOUR,
        f"{BLOCKLIST_DE_TERMS} Made anew every half hour or so.",
        BLOCKLIST_DE_PAGE, removal=BLOCKLIST_DE_REMOVAL, least=HOUR // 2, small=True,
    ),
    Known(
        "blocklist-imap", "blocklist.de IMAP", BLOCKLIST_DE,
        "Addresses that tried passwords on IMAP, POP3 and SASL in the last 48 hours: who breaks into mailboxes sends "
        "from them.",
        "https://lists.blocklist.de/lists/imap.txt", "plain", "ETL", "dynamic", HOUR,
        BLOCKLIST_DE_TERMS, BLOCKLIST_DE_PAGE, removal=BLOCKLIST_DE_REMOVAL, least=HOUR // 2,
    ),
    Known(
        "blocklist-bots", "blocklist.de bots", BLOCKLIST_DE,
        "Addresses that spammed forums, wikis and chats, or registered there by machine, in the last 48 hours.",
        "https://lists.blocklist.de/lists/bots.txt", "plain", "ETL", "dynamic", HOUR,
        BLOCKLIST_DE_TERMS, BLOCKLIST_DE_PAGE, removal=BLOCKLIST_DE_REMOVAL, least=HOUR // 2,
    ),
    Known(
        "blocklist-strong", "blocklist.de strong", BLOCKLIST_DE,
        "The worst of the project: addresses that have attacked for more than two months, more than 5,000 times. A few "
        "hundred.",
        "https://lists.blocklist.de/lists/strongips.txt", "plain", "KSS", "standard", 6 * HOUR,
        BLOCKLIST_DE_TERMS, BLOCKLIST_DE_PAGE, removal=BLOCKLIST_DE_REMOVAL, least=HOUR // 2, small=True,
    ),
    Known(
        "uceprotect1", "UCEPROTECT level 1", "UCEPROTECT-Network",
        "Single addresses from which spam came to the project's traps in the last seven days. Its levels 2 and 3 list "
        "whole networks and providers, good senders among them, and are not in this catalogue.",
        "http://wget-mirrors.uceprotect.net/rbldnsd-all/dnsbl-1.uceprotect.net.gz", "rbldnsd", "KSS", "dynamic", HOUR,
        "Free to fetch. An address goes seven days after the last spam; going sooner costs its owner money, so better "
        "defer than refuse by it.",
        "https://www.uceprotect.net/en/", removal="https://www.uceprotect.net/en/rblcheck.php",
        least=HOUR // 2,
    ),
    Known(
        "interserver", "InterServer RBL", "InterServer",
        "Addresses that sent spam or tried passwords at a large web host, whose own mail is filtered by it.",
        "https://sigs.interserver.net/iprbl.txt", "plain", "KSS", "dynamic", 6 * HOUR,
        "Published without a licence; free to fetch.",
        "https://sigs.interserver.net/",
    ),
    Known(
        "sfs-day", "StopForumSpam of a day", FORUM,
        "Addresses that spammed web forums in the last day. Bots that fill forms send mail, too; but providers put "
        "many people behind one address, so better defer.",
        "https://www.stopforumspam.com/downloads/listed_ip_1.zip", "plain", "ETL", "dynamic", 2 * HOUR,
        f"{FORUM_TERMS} May be fetched once an hour.",
        FORUM_PAGE, removal=FORUM_REMOVAL, least=HOUR, limits=NOT_COMMERCIAL,
    ),
    Known(
        "sfs-week", "StopForumSpam of seven days", FORUM,
        "The same for seven days: longer, and with more addresses that belong to somebody else by now.",
        "https://www.stopforumspam.com/downloads/listed_ip_7.zip", "plain", "ETL", "dynamic", DAY,
        f"{FORUM_TERMS} May be fetched twice a day.",
        FORUM_PAGE, removal=FORUM_REMOVAL, least=12 * HOUR, limits=NOT_COMMERCIAL,
    ),
    Known(
        "sfs-toxic", "StopForumSpam toxic networks", FORUM,
        "Some dozens of networks that are full of spam bots and hardly anything else. They seldom change.",
        "https://www.stopforumspam.com/downloads/toxic_ip_cidr.txt", "plain", "KSS", "standard", DAY,
        f"{FORUM_TERMS} May be fetched twice a day.",
        FORUM_PAGE, removal=FORUM_REMOVAL, least=12 * HOUR, limits=NOT_COMMERCIAL,
    ),
    Known(
        "sblam", "Sblam!", "Sblam!",
        "Addresses that sent spam through web forms during the last month, as a filter for forms saw it.",
        "https://sblam.com/blacklist.txt", "plain", "ETL", "dynamic", DAY,
        "The filter is free, also for commercial sites; of the list itself no licence is named.",
        "https://sblam.com/",
    ),
    Known(
        "dataplane-smtp", "DataPlane SMTP greetings", DATAPLANE,
        "Addresses that said HELO or EHLO to sensors that nobody asked to receive mail: spammers, and some who only "
        "survey the internet.",
        "https://dataplane.org/smtpgreet.txt", "csv:#3", "ETL", "dynamic", 6 * HOUR,
        DATAPLANE_TERMS, "https://dataplane.org/", least=HOUR,
        limits=f"{NOT_COMMERCIAL}, {NOT_PASSED_ON}",
    ),
    Known(
        "dataplane-data", "DataPlane SMTP messages", DATAPLANE,
        "Addresses that handed a whole message to the same sensors. Shorter than the list of greetings, and surer.",
        "https://dataplane.org/smtpdata.txt", "csv:#3", "KSS", "dynamic", 6 * HOUR,
        DATAPLANE_TERMS, "https://dataplane.org/", least=HOUR,
        limits=f"{NOT_COMMERCIAL}, {NOT_PASSED_ON}",
    ),
    Known(
        "abusers-day", "FireHOL abusers of a day", "FireHOL IP lists",
        "Composed of lists of spammers of the last day: of forums, comments and mail (StopForumSpam, Project Honey "
        "Pot, BotScout and CleanTalk).",
        "https://raw.githubusercontent.com/firehol/blocklist-ipsets/master/firehol_abusers_1d.netset", "netset",
        "ETL", "dynamic", DAY,
        "Free to fetch; each list in it keeps the terms of its own publisher, some of which exclude commercial use.",
        "https://iplists.firehol.org/?ipset=firehol_abusers_1d", least=DAY, limits=NOT_COMMERCIAL,
    ),
)  # fmt: skip

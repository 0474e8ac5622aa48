"""The table of the screens: one row is all that the portal knows of a screen. The registration, both menus, the order
of the help, who may open it, and its picture in docs/screens.md follow from here.

A row's name is that of its blueprint, of its module in portal/, of its help page docs/help/<name>.md, and of its
picture. The rows are in the order of the menu, which is that of Trend Micro's console.

Everything is closed by default: a view that a row does not open needs a login, and a blueprint without a row is not
served. This module imports no screen before it is registered, so that every screen may import this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from flask import Blueprint, Flask


@dataclass(frozen=True)
class Group:
    """A line of the menu that opens the lines of its screens.

    `for_operator`: only whoever runs the installation sees it and may open its screens. `for_visitors`: it is no line
    of the menu, but its screens are the links at the top of a page that is read without a login.
    """

    title: str
    icon: str = ""
    for_operator: bool = False
    for_visitors: bool = False


NEWS = Group("News", "newspaper")
REPORT = Group("Report", "bar-chart-line")
POLICY = Group("Policy", "shield-check")
ADMINISTRATION = Group("Administration", "gear")
INSTALLATION = Group("Installation", "building", for_operator=True)
PUBLIC_PAGES = Group("Public pages", for_visitors=True)


@dataclass(frozen=True)
class Screen:
    """One screen; its first page is the view `show`.

    `title` is its line in the menu; one without a title is in no menu. A screen of no group is a line of the first
    level, and needs an `icon`. `summary` is the sentence below its picture; one without a summary has no picture.
    `public` names the views that a visitor may open, `module` the module below portal/ where its name is another one.
    """

    name: str
    title: str = ""
    group: Group | None = None
    icon: str = ""
    summary: str = ""
    public: tuple[str, ...] = ()
    module: str = ""
    has_help: bool = True

    @property
    def endpoint(self) -> str:
        """Return the endpoint of its first page."""
        return f"{self.name}.show"

    @property
    def import_name(self) -> str:
        """Return the full name of its module."""
        return f"portal.{self.module or self.name}"

    @property
    def for_operator(self) -> bool:
        """Tell whether it is there only for those who run the installation."""
        return self.group is not None and self.group.for_operator

    @property
    def for_visitors(self) -> bool:
        """Tell whether the links at the top of a page without login lead to it."""
        return self.group is not None and self.group.for_visitors

    @property
    def in_menu(self) -> bool:
        """Tell whether it is a line of the menu."""
        return bool(self.title) and not self.for_visitors

    def blueprint(self) -> Blueprint:
        """Import its module, and return its blueprint."""
        blueprint: Blueprint = import_module(self.import_name).blueprint
        return blueprint


SCREENS = (
    Screen(
        "general",
        "General",
        icon="speedometer2",
        summary="The day at a glance: queries, what matched, what is loaded, and the first steps.",
    ),
    Screen(
        "statistics",
        "Global Spam Statistics",
        icon="globe2",
        summary="The ISP Spam List of a week, with rank changes, volume and a line of seven days.",
    ),
    Screen(
        "spam_news",
        "Spam News",
        NEWS,
        module="news.spam_news",
        public=("item",),
        summary="What the operator writes about spam and its senders.",
    ),
    Screen(
        "release_news",
        "Release News",
        NEWS,
        module="news.release_news",
        public=("item",),
        summary="What has changed in Gatepost, with its own changelog.",
    ),
    Screen(
        "percentage_queries",
        "Percentage Queries",
        REPORT,
        module="reports.percentage_queries",
        summary="Which share of the connections matched, and what decided that.",
    ),
    Screen(
        "queries_per_hour",
        "Queries per Hour",
        REPORT,
        module="reports.queries_per_hour",
        summary="Every hour of the range as a chart and as a table.",
    ),
    Screen(
        "queries_per_day",
        "Queries per Day",
        REPORT,
        module="reports.queries_per_day",
        summary="Every day, in the reader's time zone.",
    ),
    Screen(
        "botnet_report",
        "Botnet Report",
        REPORT,
        module="reports.botnet_report",
        summary="Seven days of the organization's own mail servers; a red robot marks a day with spam.",
    ),
    Screen(
        "query_log",
        "Query Log",
        REPORT,
        summary="Single connections and what decided them, with a rule one click away.",
    ),
    Screen(
        "policy",
        "Settings",
        POLICY,
        summary="Approved and blocked senders by address, network, country and ISP.",
    ),
    Screen(
        "import_lists",
        "Import",
        POLICY,
        summary="Lists of another service or mail server: what each line becomes, before any is taken.",
    ),
    Screen(
        "isp_request",
        "New ISP Request",
        POLICY,
        summary="Requests to add or correct an ISP, and their answers.",
    ),
    Screen(
        "reputation_settings",
        "Reputation Settings",
        POLICY,
        summary="Which categories count, and how aggressive the dynamic database is.",
    ),
    Screen(
        "check",
        "Check an address",
        icon="search",
        summary="What both databases say of an address, and why.",
    ),
    Screen(
        "password",
        "Password",
        ADMINISTRATION,
        public=("strength",),
        summary="A new password with its strength, and the reader's time zone.",
    ),
    Screen("two_step", "Two-step Login", ADMINISTRATION, summary="A code from an app after the password."),
    Screen("sessions", "Sessions", ADMINISTRATION, summary="Where you are logged in, with a way to sign out."),
    Screen(
        "activation_code",
        "Activation Code",
        ADMINISTRATION,
        summary="The code, its replacement, and the texts for each mail server with a live test.",
    ),
    Screen(
        "code_networks",
        "Code Networks",
        ADMINISTRATION,
        summary="From where the activation codes may be used, and who was turned away.",
    ),
    Screen(
        "resolver",
        "DNS Resolver",
        ADMINISTRATION,
        summary="How a resolver finds the zone: the records of the parent zone, and the lines for each resolver.",
    ),
    Screen(
        "mail_servers",
        "Valid Mail Servers",
        ADMINISTRATION,
        summary="The organization's own mail servers, with a warning where one is listed.",
    ),
    Screen(
        "users",
        "Users",
        ADMINISTRATION,
        summary="Who may log in, and in which role; people are invited by a link.",
    ),
    Screen("tokens", "API Tokens", ADMINISTRATION, summary="Tokens for programs, with scopes and an end."),
    Screen(
        "firewall_lists",
        "Lists for Firewalls",
        ADMINISTRATION,
        summary="What the installation lists itself, as files for other programs.",
    ),
    Screen(
        "alerts",
        "Alerts",
        ADMINISTRATION,
        summary="What people should know about, and how they are told.",
    ),
    Screen("audit_log", "Audit Log", ADMINISTRATION, summary="Who has changed what."),
    Screen("organizations", "Organizations", INSTALLATION, summary="The organizations that ask here."),
    Screen(
        "activation_codes",
        "Activation Codes",
        INSTALLATION,
        summary="Every code of every organization, with its state.",
    ),
    Screen(
        "feeds",
        "Feeds",
        INSTALLATION,
        summary="Published lists: how the last fetch went, and what waits for a person.",
    ),
    Screen("listings", "Listings", INSTALLATION, summary="What is listed by hand and by reports."),
    Screen(
        "evidence",
        "Evidence",
        INSTALLATION,
        summary="What traps, complaints, mail logs and people report, and what was counted of it.",
    ),
    Screen(
        "protected_senders",
        "Protected Senders",
        INSTALLATION,
        summary="Great mail providers and networks that no evidence lists for others.",
    ),
    Screen(
        "exchange",
        "Exchange",
        INSTALLATION,
        summary="What is given to other installations, what is taken from each, and how far it is believed.",
    ),
    Screen("requests", "Requests", INSTALLATION, summary="What waits for an answer, the most urgent first."),
    Screen(
        "confirm_servers",
        "Confirm Mail Servers",
        INSTALLATION,
        summary="What organizations call their own, with what speaks for it.",
    ),
    Screen(
        "repeat_offenders",
        "Repeat Offenders",
        INSTALLATION,
        summary="Senders that come back again and again, proposed for the standard database.",
    ),
    Screen(
        "write_news",
        "Write News",
        INSTALLATION,
        module="news.write_news",
        summary="Drafts, scheduled and published news.",
    ),
    Screen(
        "system",
        "System",
        INSTALLATION,
        summary="Version, addresses, jobs, parts of the snapshot, unknown codes.",
    ),
    # In the links of a visitor.
    Screen(
        "lookup",
        "Lookup",
        PUBLIC_PAGES,
        public=("show", "ask", "follow"),
        summary="Where an address is listed, why, and how to get it off the list.",
    ),
    Screen(
        "criteria",
        "Criteria",
        PUBLIC_PAGES,
        public=("show",),
        summary="How an address gets on a list, and off it (RFC 6471).",
    ),
    Screen("login", "Log in", PUBLIC_PAGES, public=("show", "enter", "ask_code", "enter_code")),
    # In no menu.
    Screen("first_run", public=("show", "save")),
    Screen("one_time_link", public=("invitation", "accept", "new_password", "choose_password")),
    Screen("help", public=("index", "show"), has_help=False),  # it is the help
    Screen("news_feed", module="news.feed", public=("show",), has_help=False),  # for feed readers; Spam News names it
    Screen("exchange_files", public=("document", "batch"), has_help=False),  # for other installations' programs
    # For programs; docs/api.md tells of it. Its other views are calls, which want a token (portal/api/operations.py).
    Screen("api", public=("document", "text"), has_help=False),
    Screen("well_known", public=("repute_template",), has_help=False),
    Screen("readiness", public=("show",), has_help=False),
)
BY_NAME = {screen.name: screen for screen in SCREENS}


def register(app: Flask) -> None:
    """Serve every screen of the table."""
    for screen in SCREENS:
        app.register_blueprint(screen.blueprint())


def is_public(endpoint: str) -> bool:
    """Tell whether a visitor may open this endpoint, such as `lookup.show`. One without a row may not be opened."""
    name, _, view = endpoint.partition(".")
    return name in BY_NAME and view in BY_NAME[name].public


def is_for_operator(endpoint: str) -> bool:
    """Tell whether this endpoint belongs to a screen of the operator."""
    name = endpoint.partition(".")[0]
    return name in BY_NAME and BY_NAME[name].for_operator

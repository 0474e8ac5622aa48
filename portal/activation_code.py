"""Administration > Activation Code: the code, and the texts that make a mail server ask under it.

The texts for mail servers are templates/mta/*, word for word what the tests give to real ones. Viewers see neither the
code nor texts that hold it: whoever has it can ask in the organization's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import fragments
from portal.app_context import AppContext, current
from portal.auth import can_edit, signed_in_user
from portal.forms import Form, NumberField, takes_form, whole_number
from portal.resolver import chosen_way, ways_of_reader
from reputation.counting import quotas, turned_away
from reputation.customers import activation_codes, code_networks
from reputation.customers.activation_codes import Code
from reputation.verdict.counters import ELSEWHERE

blueprint = Blueprint("activation_code", __name__, url_prefix="/administration/activation-code")

# The page that was opened waits for so long for the first question.
WATCHES_FOR = 3600
PLACEHOLDER = "YOUR-ACTIVATION-CODE"
OVERLAPS = (1, 3, 7, 14, 30)  # days
USUAL_OVERLAP = 7


@dataclass(frozen=True)
class MtaProgram:
    """A mail server program: its files (where each goes, and its template) and the command that makes it read them.

    `dynamic_hint` is read by those whose subscription includes the dynamic database.
    """

    name: str
    files: tuple[tuple[str, str], ...]
    command: str
    hint: str = ""
    dynamic_hint: str = ""

    @property
    def id(self) -> str:
        """Return the id of its place on the page, such as `postfix-with-postscreen`."""
        return self.name.lower().replace(" ", "-")


MAIL_SERVERS = (
    MtaProgram(
        "Postfix",
        (("/etc/postfix/main.cf", "postfix_main.cf"), ("/etc/postfix/rbl_reply", "postfix_rbl_reply")),
        "postfix check && postfix reload",
        "For a trial that refuses nothing, put warn_if_reject before each reject_rbl_client and read the log.",
    ),
    MtaProgram(
        "Postfix with postscreen",
        (("/etc/postfix/main.cf", "postscreen_main.cf"), ("/etc/postfix/dnsbl_reply", "postscreen_dnsbl_reply")),
        "postfix check && postfix reload",
        "postscreen asks before smtpd does.",
        "Leave the dynamic database to smtpd (above).",
    ),
    MtaProgram(
        "Exim",
        (("the ACL for RCPT", "exim_acl"),),
        "exim -bV && systemctl reload exim4",
        "exim -bh 203.0.113.2 plays a session from that address with real lookups, and changes nothing.",
    ),
    MtaProgram(
        "Sendmail",
        (("/etc/mail/sendmail.mc", "sendmail.mc"),),
        "make -C /etc/mail && systemctl restart sendmail",
        "For a trial put these lines into another .mc file, build a .cf of it and ask: sendmail -bt -C that.cf",
    ),
    MtaProgram(
        "Exchange",
        (("the Exchange Management Shell", "exchange.ps1"),),
        "Test-IPBlockListProvider -Identity Gatepost -IPAddress 127.0.0.2",
        "It must say that the provider matches. Get-IPBlockListProvider shows what is set up.",
    ),
    MtaProgram(
        "Rspamd",
        (("/etc/rspamd/local.d/rbl.conf", "rspamd_rbl.conf"),),
        "rspamadm configtest && systemctl reload rspamd",
        "Give the symbols a score in local.d/rbl_group.conf: without one they change nothing.",
    ),
    MtaProgram(
        "Haraka",
        (("/etc/haraka/plugins/gatepost.js", "haraka.js"),),
        "haraka -c /etc/haraka -o && systemctl restart haraka",
        "Its log names the plugin at start. The folder is that of your own installation of Haraka.",
    ),
)


@dataclass(frozen=True)
class Text:
    """A text to copy: the id of its place on the page, where it goes, and the text itself."""

    id: str
    place: str
    text: str


@dataclass(frozen=True)
class Watch:
    """The wait, since the page was `opened`, for the first question under any code of the organization."""

    opened: int
    asked: int | None
    over: bool

    @property
    def arrived(self) -> bool:
        """Tell whether a question has come since the page was opened."""
        return self.asked is not None and self.asked > self.opened


class CodeForm(Form):
    """An activation code by its number, and for how many days it is still answered beside a new one."""

    code = NumberField(default=0)
    days = NumberField(default=0)


def _refused(_form: Form, problem: str) -> ResponseReturnValue:
    codes = activation_codes.active(signed_in_user().organization.id, g.now)
    return _page(codes, _watch(codes), problem)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the page; for htmx only whether somebody has asked since it was opened, and end the polling once so."""
    codes = activation_codes.active(signed_in_user().organization.id, g.now)
    watch = _watch(codes)
    if fragments.is_fragment_request():
        status = fragments.STOP_POLLING if watch.over or watch.arrived else 200
        return render_template("activation_code/_watch.html", watch=watch, servers=MAIL_SERVERS), status
    return _page(codes, watch)


@blueprint.post("/replace")
@takes_form(CodeForm, _refused)
def replace(form: CodeForm) -> ResponseReturnValue:
    """Issue a new code beside the old one, which ends some days later."""
    days = form.days.data
    _, old = activation_codes.rotate(
        signed_in_user().organization.id, form.code.data, days, g.now, signed_in_user().email
    )
    left = days if old.expires_at == g.now + days * activation_codes.DAY else "fewer"
    flash(
        f"A new code is issued. The old one ({old.masked}) is answered for {left} more day{'' if left == 1 else 's'}: "
        "change your mail servers until then."
    )
    return redirect(url_for("activation_code.show"), 303)


@blueprint.post("/revoke")
@takes_form(CodeForm, _refused)
def revoke(form: CodeForm) -> ResponseReturnValue:
    """End a code at once."""
    gone = activation_codes.revoke_own(signed_in_user().organization.id, form.code.data, g.now, signed_in_user().email)
    flash(f"The code {gone.masked} is revoked: from now on a query under it finds nothing listed.")
    return redirect(url_for("activation_code.show"), 303)


def _watch(codes: list[Code]) -> Watch:
    opened = request.args.get("opened", g.now, type=whole_number)
    asked = codes[0].last_asked_at if codes else None
    return Watch(opened, asked, not codes or g.now - opened >= WATCHES_FOR)


def _page(codes: list[Code], watch: Watch, problem: str = "") -> str:
    organization, changes = signed_in_user().organization, can_edit()
    context: dict[str, Any] = {"servers": ()}
    if codes:
        # A code that is being replaced is no longer written anywhere; the list has the newest first.
        newest = next((code for code in codes if code.replaced_at is None), codes[0])
        context = _instructions(newest.label if changes else PLACEHOLDER, organization.includes_dynamic)
    return render_template(
        "activation_code/show.html",
        organization=organization,
        codes=codes,
        past=activation_codes.past(organization.id, g.now),
        watch=watch,
        problem=problem,
        changes=changes,
        placeholder=PLACEHOLDER,
        use=quotas.of(organization.id, current().daily_quota, g.now),
        networks=code_networks.how_many(organization.id),
        elsewhere=turned_away.total(organization.id, ELSEWHERE, g.now - activation_codes.DAY),
        overlaps=OVERLAPS,
        usual_overlap=USUAL_OVERLAP,
        unfold=request.args.get("unfold", ""),
        app_context=current(),
        **context,
    )


def _instructions(code: str, dynamic: bool) -> dict[str, Any]:
    """What the page says to write and to try, for this code; `dynamic`: in the dynamic database, too."""
    app_context = current()
    return {
        "servers": [(server, _texts(server, code, dynamic)) for server in MAIL_SERVERS],
        "questions": _questions(code, app_context.zone, dynamic),
        "dynamic": dynamic,
        "door": _door(app_context),
        "on_port_53": any(door.endswith(":53") for door in app_context.dns_addresses),
    }


def _questions(code: str, zone: str, dynamic: bool) -> list[Text]:
    """Questions that show whether the code works, each with the answer to expect (RFC 5782 5)."""
    questions = [
        Text("dig-standard", "The standard database answers 127.0.0.2", f"dig +short 2.0.0.127.{code}.r.{zone}"),
        Text("dig-dynamic", "The dynamic database answers 127.0.0.2", f"dig +short 2.0.0.127.{code}.q.{zone}"),
        Text("dig-unlisted", "Never listed: the status is NXDOMAIN", f"dig 1.0.0.127.{code}.r.{zone}"),
        Text("dig-active", "One line says that the code is active", f"dig +short TXT {code}.r.{zone}"),
        Text(
            "dig-live",
            "As a mail server asks: counts as one connection, and is seen by the live test",
            f"dig 1.2.0.192.{code}.r.{zone}",
        ),
    ]
    return [question for question in questions if dynamic or question.id != "dig-dynamic"]


def _texts(server: MtaProgram, code: str, dynamic: bool) -> list[Text]:
    """A server's files with code and zone filled in. `postfix_main.cf` stands under the id `postfix-main-cf`."""
    zone = current().zone
    return [
        Text(_id(name), place, render_template(f"mta/{name}", code=code, zone=zone, dynamic=dynamic))
        for place, name in server.files
    ]


def _id(template: str) -> str:
    return template.replace("_", "-").replace(".", "-")


def _door(app_context: AppContext) -> str:
    """What makes dig ask Gatepost itself, by the way that the reader may take; empty where it is not known."""
    way = chosen_way(ways_of_reader(app_context.delegation))
    return f"@{way.doors[0][0]} -p {way.doors[0][1]}" if way else ""

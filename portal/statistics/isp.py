"""The page of one ISP: its spam by the hour, what is listed of it, where it is, and the reader's rules for it."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal import fragments
from portal.app_context import current
from portal.auth import signed_in_user
from portal.check import credit
from portal.downloads import csv_file
from portal.effects import seen_by
from portal.forms import Form, takes_form, text_field
from portal.statistics.isp_list import bots_by_asn
from portal.statistics.screen import NO_BOTS, blueprint, live_snapshot
from portal.times import iso
from portal.undo import flash_undo
from reputation.counting.volumes import WEEK, week_of
from reputation.countries import country_name
from reputation.customers import isp_activity, policy
from reputation.insight import listed_ranges, rankings
from reputation.verdict.zones import CATEGORY_NAMES

HIGHEST_ASN = (1 << 32) - 1


class RuleForm(Form):
    """The rule that the reader wants for the ISP."""

    action = text_field()


def _told(asn: int, sentence: str) -> ResponseReturnValue:
    """Say it on the page of the ISP."""
    flash_undo(sentence)
    return redirect(url_for("statistics.show_isp", asn=asn), 303)


@blueprint.get("/isp/<int:asn>")
def show_isp(asn: int) -> ResponseReturnValue:
    """Show the whole page; for htmx the part about the reader's rules, which has just changed."""
    _must_be_asn(asn)
    organization = signed_in_user().organization.id
    rules = isp_activity.rules(organization, asn)
    if fragments.is_fragment_request():
        return render_template("statistics/_rules.html", asn=asn, rules=rules, is_part=True)
    snapshot = live_snapshot()
    networks = listed_ranges.networks_of(snapshot, asn, g.now)
    hours = rankings.hours(asn, g.now)
    week = week_of(g.now)
    rank, before = rankings.rank_of(asn, week), rankings.rank_of(asn, week - WEEK)
    if not (networks.ranges or networks.ranges6 or rank or before or snapshot.origins.names.get(asn)):
        abort(404)
    has_servers = isp_activity.has_mail_servers(organization)
    return render_template(
        "statistics/isp.html",
        asn=asn,
        name=snapshot.origins.isp_name(asn),
        rules=rules,
        networks=networks,
        categories=CATEGORY_NAMES,
        hours=hours,
        day=sum(volume for _, volume in hours[-24:]),
        rank=rank,
        before=before,
        has_servers=has_servers,
        bots=bots_by_asn().get(asn, NO_BOTS),
        asked=isp_activity.asked(organization, asn, g.now),
        country_name=country_name,
        origins=snapshot.origins,
        credit=credit(snapshot.origins.source),
        now=g.now,
    )


@blueprint.get("/isp/<int:asn>.csv")
def download_isp(asn: int) -> ResponseReturnValue:
    """Send the hourly volume of seven days."""
    _must_be_asn(asn)
    rows = ((iso(hour), volume) for hour, volume in rankings.hours(asn, g.now))
    return csv_file(f"spam-volume-as{asn}", ("Hour (UTC)", "Spam Volume"), rows)


@blueprint.post("/isp/<int:asn>/rule")
@takes_form(RuleForm, lambda _form, problem, asn: _told(asn, problem))
def add_rule(form: RuleForm, asn: int) -> ResponseReturnValue:
    """Approve or block the ISP for the reader's organization."""
    action = _action(form)
    value = _must_be_asn(asn)
    policy.add_rule(signed_in_user().organization.id, action, value, current().clock(), who=signed_in_user().email)
    name = live_snapshot().origins.isp_name(asn)
    flash_undo(f"{name} is {action}. {seen_by()}", undo=url_for("statistics.remove_rule", asn=asn), action=action)
    return redirect(url_for("statistics.show_isp", asn=asn), 303)


@blueprint.post("/isp/<int:asn>/no-rule")
@takes_form(RuleForm, lambda _form, _problem, asn: _told(asn, "The rule is gone already."))
def remove_rule(form: RuleForm, asn: int) -> ResponseReturnValue:
    """Remove the rule again."""
    action = _action(form)
    value = _must_be_asn(asn)
    policy.remove_rule(signed_in_user().organization.id, action, value, current().clock(), who=signed_in_user().email)
    name = live_snapshot().origins.isp_name(asn)
    flash_undo(
        f"{name} is no longer {action}. {seen_by()}", undo=url_for("statistics.add_rule", asn=asn), action=action
    )
    return redirect(url_for("statistics.show_isp", asn=asn), 303)


def _must_be_asn(asn: int) -> str:
    """The ISP as a rule names it; what is no AS number has no page."""
    if not 0 < asn <= HIGHEST_ASN:
        abort(404)
    return isp_activity.rule_value(asn)


def _action(form: RuleForm) -> str:
    action = str(form.action.data)
    if action not in policy.ACTIONS:
        abort(400)
    return action

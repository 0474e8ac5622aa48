"""Sender rules: adding, changing and removing them, one or ten thousand, and restoring removed ones.

Each change is one transaction with the rows, the audit log and the mark that DNS has something new. A rule with an end
ends by itself: the publisher leaves it out from that second on (reputation/publisher/policies.py), and `end_rules`
removes it and marks the change, so that every node publishes again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

from peewee import IntegrityError, fn

from reputation.addresses.address import parse_network
from reputation.customers.policy.sort_keys import sort_keys
from reputation.customers.policy.values import (
    ACTIONS,
    check_action,
    check_end,
    check_note,
    parse_value,
    read_value,
)
from reputation.intake import reach
from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import FormerRule, SenderRule

MOST = 50_000  # rules of one organization
REMEMBERED = 30 * 86400  # how long a rule that is gone can be brought back
ENTRIES_A_NOTE = 100  # rules that one line of the audit log names


class Rule(NamedTuple):
    """One sender rule; `kind` is network, country or isp, `value` is written as `rule add` takes it.

    Times are Unix seconds; a rule is served while now < expires_at, and for ever without an end. Rules that were added
    together have the same `batch`.
    """

    id: int
    action: str
    kind: str
    value: str
    note: str
    created_at: int
    expires_at: int | None = None
    created_by: str = ""
    changed_at: int | None = None
    batch: str = ""


class NewRule(NamedTuple):
    """A rule to be added; `value` in any form that `parse_value` takes, `expires_at` in Unix seconds."""

    action: str
    value: str
    note: str = ""
    expires_at: int | None = None


class Added(NamedTuple):
    """How many rules of a batch were added, and how many existed already and were left as they are."""

    batch: str
    added: int
    existing: int


COLUMNS = tuple(getattr(SenderRule, name) for name in Rule._fields)


def add_rule(
    organization_id: int,
    action: str,
    value: str,
    now: int,
    who: str = audit.COMMAND_LINE,
    note: str = "",
    expires_at: int | None = None,
    confirm: str = "",
) -> Rule:
    """Approve or block a sender.

    Raise Refused where the value cannot be read or the rule exists already, and Unconfirmed where it reaches so far
    (reach.py) that `confirm` has to repeat its network.
    """
    wanted = _checked(NewRule(action, value, note, expires_at), now)
    with db.write():
        _require(organization_id, [wanted], confirm, now)
        _write(organization_id, [wanted], now, who)
        row = _one(organization_id, wanted.action, wanted.value)
        audit.record(organization_id, who, f"Sender rule added: {action} {row.value}", now, after=_said(row))
        changes.record_change(changes.POLICIES, now)
    return row


def add_rules(organization_id: int, wanted: Iterable[NewRule], now: int, who: str, confirm: str = "") -> Added:
    """Add many rules in one transaction; existing ones are left as they are.

    Raise Refused where one cannot be read, and Unconfirmed where `confirm` does not repeat what has to be confirmed.
    """
    checked = {(one.action, one.value): one for one in (_checked(each, now) for each in wanted)}
    with db.write():
        state = existing_rules(organization_id)
        new = [one for key, one in checked.items() if key not in state]
        if not new:
            return Added("", 0, len(checked))
        _require(organization_id, new, confirm, now)
        batch = _write(organization_id, new, now, who)
        _note_many(organization_id, who, "added", now, after=[_told(one) for one in new])
        changes.record_change(changes.POLICIES, now)
    return Added(batch, len(new), len(checked) - len(new))


def change_rule(
    organization_id: int, rule_id: int, wanted: NewRule, now: int, who: str = audit.COMMAND_LINE, confirm: str = ""
) -> tuple[Rule, Rule]:
    """Give a rule another action, value, note or end; return the rule before and after.

    Raise Refused where there is no such rule or a value is not allowed, and Unconfirmed where another network or action
    has to be repeated in `confirm`.
    """
    with db.write():
        before = rule(organization_id, rule_id)
        if before is None:
            raise Refused("There is no such rule any more: the list shows the present ones.")
        end = wanted.expires_at if wanted.expires_at == before.expires_at else check_end(wanted.expires_at, now)
        checked = _checked(wanted._replace(expires_at=None), now)._replace(expires_at=end)
        kind, _ = parse_value(checked.value)
        after = before._replace(kind=kind, changed_at=now, **checked._asdict())
        if after == before._replace(changed_at=now):
            return before, before
        if (after.action, after.value) != (before.action, before.value):
            _require(organization_id, [checked], confirm, now, rule_id)
        _save(after)
        what = f"Sender rule changed: {before.action} {before.value}"
        audit.record(organization_id, who, what, now, _told(before), _told(after))
        changes.record_change(changes.POLICIES, now)
    return before, after


def remove_rule(organization_id: int, action: str, value: str, now: int, who: str = audit.COMMAND_LINE) -> Rule:
    """Remove a rule and return it. Raise Refused where the organization has none such."""
    _, canonical = read_value(value)
    with db.write():
        found = _find(organization_id, (SenderRule.action == action) & (SenderRule.value == canonical))
        if not found:
            raise Refused(f"There is no rule {action} {canonical}: `rule list` shows the present ones.")
        _take_away(organization_id, found, now, who)
    return found[0]


def remove_rules(organization_id: int, ids: Iterable[int], now: int, who: str) -> tuple[str, list[Rule]]:
    """Remove several rules; return the batch that `restore` brings back, and the removed rules.

    Rules that are gone already are left out.
    """
    wanted = set(ids)
    with db.write():
        found = [one for some in _hundreds(sorted(wanted)) for one in _find(organization_id, SenderRule.id << some)]
        batch = _take_away(organization_id, found, now, who) if found else ""
    return batch, found


def remove_batch(organization_id: int, batch: str, now: int, who: str) -> list[Rule]:
    """Remove the rules that were added together and still exist; return them."""
    with db.write():
        found = _find(organization_id, SenderRule.batch == batch) if batch else []
        if found:
            _take_away(organization_id, found, now, who)
    return found


def restore(organization_id: int, batch: str, now: int, who: str) -> Added:
    """Restore rules that were removed together, except those that would have ended.

    Raise Refused where none is known.
    """
    with db.write():
        mine = (FormerRule.organization == organization_id) & (FormerRule.batch == batch)
        rows = list(FormerRule.select().where(mine).order_by(FormerRule.id))
        if not rows:
            raise Refused("These rules can no longer be restored: add them again.")
        state = existing_rules(organization_id)
        back = [
            row
            for row in rows
            if (row.action, row.value) not in state and (row.expires_at is None or row.expires_at > now)
        ]
        new = [NewRule(row.action, row.value, row.note, row.expires_at) for row in back]
        made = _write(organization_id, new, now, who, [(row.created_at, row.created_by) for row in back])
        FormerRule.delete().where(mine).execute()
        if new:
            _note_many(organization_id, who, "brought back", now, after=[_told(one) for one in new])
            changes.record_change(changes.POLICIES, now)
    return Added(made, len(new), len(rows) - len(new))


def end_rules(now: int) -> list[Rule]:
    """Remove every organization's rules that have ended, and mark that DNS has something new; return them."""
    has_ended = SenderRule.expires_at <= now
    if not SenderRule.select().where(has_ended).exists():
        return []
    with db.write():
        db.lock_for_transaction("ended rules")  # of two nodes one finds them, and the other none
        rows = list(SenderRule.select(SenderRule.organization, *COLUMNS).where(has_ended).order_by(SenderRule.id))
        for organization_id, theirs in groupby(sorted(rows, key=_owner), key=_owner):
            _take_away(organization_id, [_rule(row) for row in theirs], now, audit.SELF, has_ended=True)
    return [_rule(row) for row in rows]


def count_ended(after: int, now: int) -> int:
    """Count the rules that are still there and have ended by now, but not by an earlier time."""
    return int(SenderRule.select().where((SenderRule.expires_at > after) & (SenderRule.expires_at <= now)).count())


def recently_ended(organization_id: int, action: str, limit: int = 20) -> list[NewRule]:
    """Return the rules of the last month that ended by themselves, the latest first."""
    rows = (
        FormerRule.select()
        .where((FormerRule.organization == organization_id) & (FormerRule.action == action) & FormerRule.has_ended)
        .order_by(FormerRule.gone_at.desc(), FormerRule.id.desc())
        .limit(limit)
    )
    return [NewRule(row.action, row.value, row.note, row.expires_at) for row in rows]


def prune_removed_rules(now: int) -> int:
    """Remove from the store the rules that were removed more than a month ago; return how many."""
    return int(FormerRule.delete().where(FormerRule.gone_at < now - REMEMBERED).execute())


def rules(organization_id: int) -> list[Rule]:
    """Return the organization's rules in the order in which they were made."""
    return _find(organization_id)


def rule(organization_id: int, rule_id: int) -> Rule | None:
    """Return one of the organization's rules, or None where it has none such."""
    found = _find(organization_id, SenderRule.id == rule_id)
    return found[0] if found else None


def counts(organization_id: int) -> dict[str, int]:
    """Count the approved and the blocked rules."""
    mine = SenderRule.organization == organization_id
    # One after the other: a database counts what begins alike in an index in half the time that groups take.
    return {action: SenderRule.select().where(mine & (SenderRule.action == action)).count() for action in ACTIONS}


def existing_rules(organization_id: int) -> set[tuple[str, str]]:
    """Return action and value of every rule of the organization."""
    mine = SenderRule.organization == organization_id
    return set(SenderRule.select(SenderRule.action, SenderRule.value).where(mine).tuples())


def _find(organization_id: int, condition: Any = True) -> list[Rule]:
    query = SenderRule.select(*COLUMNS).where((SenderRule.organization == organization_id) & condition)
    return [Rule(*row) for row in query.order_by(SenderRule.id).tuples()]


def _one(organization_id: int, action: str, value: str) -> Rule:
    return _find(organization_id, (SenderRule.action == action) & (SenderRule.value == value))[0]


def _checked(wanted: NewRule, now: int) -> NewRule:
    _, canonical = parse_value(wanted.value)
    end = check_end(wanted.expires_at, now)
    return NewRule(check_action(wanted.action), canonical, check_note(wanted.note), end)


def _require(organization_id: int, wanted: Sequence[NewRule], confirm: str, now: int, replaced: int = 0) -> None:
    """Raise Unconfirmed where networks of these rules have to be confirmed, and are not."""
    rules = [(one.action, parse_network(one.value)) for one in wanted if read_value(one.value)[0] == "network"]
    reach.require_rules(rules, organization_id, confirm, now, replaced)


def _write(
    organization_id: int,
    wanted: Sequence[NewRule],
    now: int,
    who: str,
    made: Sequence[tuple[int, str]] = (),
) -> str:
    """Write rules that were checked; their batch. `made` says when and by whom each was made first."""
    have = SenderRule.select(fn.COUNT(SenderRule.id)).where(SenderRule.organization == organization_id).scalar()
    if have + len(wanted) > MOST:
        raise Refused(f"An organization has at most {MOST:,} rules: write neighbours as one network.")
    batch = secrets.token_hex(8)
    rows = []
    for place, one in enumerate(wanted):
        created_at, created_by = made[place] if made else (now, who)
        kind, value = read_value(one.value)
        rows.append(
            (organization_id, one.action, kind, value, one.note, created_at, one.expires_at, created_by, None, batch,
             *sort_keys(kind, value))
        )  # fmt: skip
    fields = (SenderRule.organization, *COLUMNS[1:], SenderRule.first_key, SenderRule.end_key)
    try:
        with db.write():
            db.write_rows(fields, rows)
    except IntegrityError:
        if len(wanted) > 1:
            raise Refused("Some of these rules were added by somebody else meanwhile: try again.") from None
        raise Refused(f"{wanted[0].value} is {wanted[0].action} already.") from None
    return batch


def _save(after: Rule) -> None:
    values = {getattr(SenderRule, name): getattr(after, name) for name in Rule._fields if name != "id"}
    values[SenderRule.first_key], values[SenderRule.end_key] = sort_keys(after.kind, after.value)
    try:
        with db.write():
            SenderRule.update(values).where(SenderRule.id == after.id).execute()
    except IntegrityError:
        raise Refused(f"{after.value} is {after.action} already, by another rule.") from None


def _take_away(organization_id: int, gone: Sequence[Rule], now: int, who: str, has_ended: bool = False) -> str:
    """Remove rules, remember them, and say so in the audit log; the batch they are remembered by."""
    batch = secrets.token_hex(8)
    columns = ("organization", "action", "kind", "value", "note", "created_at", "expires_at", "created_by", "batch")
    fields = tuple(getattr(FormerRule, name) for name in (*columns, "gone_at", "has_ended"))
    db.write_rows(fields, [
        (organization_id, one.action, one.kind, one.value, one.note, one.created_at, one.expires_at, one.created_by,
         batch, now, has_ended)
        for one in gone
    ])  # fmt: skip
    for some in _hundreds(gone):
        SenderRule.delete().where(SenderRule.id << [one.id for one in some]).execute()
    verb = "ended" if has_ended else "removed"
    if len(gone) == 1:
        what = f"Sender rule {verb}: {gone[0].action} {gone[0].value}"
        audit.record(organization_id, who, what, now, before=_said(gone[0]))
    else:
        _note_many(organization_id, who, verb, now, before=[_told(one) for one in gone])
    changes.record_change(changes.POLICIES, now)
    return batch


def _note_many(
    organization_id: int, who: str, verb: str, now: int, before: Sequence[str] = (), after: Sequence[str] = ()
) -> None:
    """A line of the audit log for a hundred rules, so that none is left out and no line is endless."""
    total = len(before) + len(after)
    what = f"{total:,} sender rules {verb}" if total > 1 else f"Sender rule {verb}"
    pieces = [("; ".join(some), "") for some in _hundreds(before)] + [
        ("", "; ".join(some)) for some in _hundreds(after)
    ]
    for number, (gone, come) in enumerate(pieces, 1):
        part = f" ({number} of {len(pieces)})" if len(pieces) > 1 else ""
        audit.record(organization_id, who, what + part, now, gone, come)


def _hundreds(whole: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (whole[at : at + ENTRIES_A_NOTE] for at in range(0, len(whole), ENTRIES_A_NOTE))


def _said(one: Rule | NewRule) -> str:
    """What a rule says beside action and value."""
    end = "" if one.expires_at is None else f"until {datetime.fromtimestamp(one.expires_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return ", ".join(filter(None, (one.note, end)))


def _told(one: Rule | NewRule) -> str:
    said = _said(one)
    return f"{one.action} {one.value}" + (f" ({said})" if said else "")


def _rule(row: Any) -> Rule:
    return Rule(*(getattr(row, name) for name in Rule._fields))


def _owner(row: Any) -> int:
    return int(row.organization_id)

"""The tables of what an organization chose: approved and blocked senders, categories and level."""

from __future__ import annotations

from peewee import SQL, BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField, fn

from reputation.store.models.base import Table
from reputation.store.models.customers import Organization


class SenderRule(Table):
    """An approved or blocked sender: `value` is a network, a country or an ISP, written as `rule add` takes it."""

    organization = ForeignKeyField(Organization, backref="sender_rules", on_delete="CASCADE")
    action = CharField(max_length=10)  # approved | blocked
    kind = CharField(max_length=10)  # network | country | isp
    value = CharField(max_length=60)
    note = TextField(default="")
    created_at = BigIntegerField()
    expires_at = BigIntegerField(null=True, index=True)  # served while now < expires_at; none: no end
    created_by = CharField(max_length=254, default="")
    changed_at = BigIntegerField(null=True)
    batch = CharField(max_length=16, default="")  # of those that were added together, so that they can go together
    # Where it stands among others that are sorted by sender (customers/policy/sort_keys.py).
    first_key = CharField(max_length=33, default="")
    end_key = CharField(max_length=33, default="")

    class Meta:
        indexes = (
            (("organization", "value", "action"), True),
            # All that overlaps are told by: the networks inside another one are found, counted and told apart in it.
            (("organization", "first_key", "end_key", "action"), False),
            (("organization", "action", "created_at"), False),  # the usual order of the list, and its count
        )


# The other orders of the list; the one number is that of a rule without an end, which comes last.
for _name, _order in (
    ("note", fn.LOWER(SenderRule.note)),
    ("created_by", fn.LOWER(SenderRule.created_by)),
    ("end", fn.COALESCE(SenderRule.expires_at, SQL("4294967295"))),
):
    SenderRule.add_index(
        SenderRule.organization, SenderRule.action, _order, SenderRule.id, name=f"sender_rule_by_{_name}"
    )


class FormerRule(Table):
    """A sender rule that was removed, or has ended: kept for a month, so that it can be restored."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    action = CharField(max_length=10)
    kind = CharField(max_length=10)
    value = CharField(max_length=60)
    note = TextField(default="")
    created_at = BigIntegerField()
    expires_at = BigIntegerField(null=True)
    created_by = CharField(max_length=254, default="")
    batch = CharField(max_length=16)  # of those that went together
    gone_at = BigIntegerField(index=True)
    has_ended = BooleanField()  # by itself

    class Meta:
        indexes = ((("organization", "batch"), False),)


class ReputationSettings(Table):
    """The categories that count for an organization, and its level of the dynamic database."""

    organization = ForeignKeyField(Organization, primary_key=True, on_delete="CASCADE")
    kss = BooleanField(default=True)
    dul = BooleanField(default=True)
    etl = BooleanField(default=True)
    level = IntegerField(default=2)

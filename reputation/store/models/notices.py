"""The tables of what people are told: news, letters, alerts and their channels."""

from __future__ import annotations

from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from reputation.store.models.base import Table
from reputation.store.models.customers import Organization


class NewsItem(Table):
    """A piece of news in Markdown: a draft until it has `published_at`, which may be in the future."""

    kind = CharField(max_length=10)  # spam | release
    title = CharField(max_length=200)
    body = TextField()
    published_at = BigIntegerField(null=True, index=True)
    created_at = BigIntegerField()
    updated_at = BigIntegerField(default=0)
    discarded_at = BigIntegerField(null=True)
    author = CharField(max_length=254, default="")
    # The ISO week that a draft was made about (2026-W48). It stays when the draft is discarded: there is no second one.
    week = CharField(null=True, unique=True, max_length=8)


class Letter(Table):
    """A mail to one person: it waits until `sent_at`, or until it was given up, for the reason in `problem`."""

    to = CharField(max_length=254)
    subject = CharField(max_length=200)
    text = TextField()
    created_at = BigIntegerField()
    sent_at = BigIntegerField(null=True)
    next_try_at = BigIntegerField(default=0)
    tries = IntegerField(default=0)
    given_up = BooleanField(default=False)
    problem = TextField(default="")


class Alert(Table):
    """Something that people should know, from its beginning until its end.

    One without an organization is for the operator. `subject` tells it from others of its kind, such as the name of a
    feed.
    """

    organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")
    kind = CharField(max_length=30)
    subject = CharField(max_length=200)
    text = TextField()
    raised_at = BigIntegerField(index=True)
    cleared_at = BigIntegerField(null=True)
    told_at = BigIntegerField(null=True)


class AlertChannel(Table):
    """Where one channel sends an organization's alerts; `settings` are the values of its fields, as JSON."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    channel = CharField(max_length=30)
    settings = TextField()
    secret = CharField(max_length=64)
    created_at = BigIntegerField()
    status = TextField(default="")
    sent_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("organization", "channel"), True),)


class AlertMessage(Table):
    """A message that waits to be sent by a channel."""

    channel = ForeignKeyField(AlertChannel, on_delete="CASCADE")
    text = TextField()
    created_at = BigIntegerField()
    next_try_at = BigIntegerField(default=0)
    tries = IntegerField(default=0)

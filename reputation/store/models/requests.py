"""The tables of requests and their answers."""

from __future__ import annotations

from peewee import BigIntegerField, BlobField, BooleanField, CharField, ForeignKeyField, TextField

from reputation.store.models.base import Table
from reputation.store.models.customers import Organization


class IspRequest(Table):
    """A request to add an ISP, with its name and networks. The discussion about it is in its messages."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    name = CharField(max_length=200)
    details = TextField()  # JSON
    status = CharField(max_length=12, default="open")  # open | asked | accepted | declined | withdrawn
    answer = TextField(default="")
    created_at = BigIntegerField()
    answered_at = BigIntegerField(null=True)
    requested_by = CharField(max_length=254, default="")


class IspMessage(Table):
    """A message about a request, by its organization or by the operator."""

    request = ForeignKeyField(IspRequest, on_delete="CASCADE")
    by_operator = BooleanField()
    who = CharField(max_length=254)
    text = TextField()
    at = BigIntegerField()


class IspAttachment(Table):
    """The file that came with a request."""

    request = ForeignKeyField(IspRequest, primary_key=True, on_delete="CASCADE")
    name = CharField(max_length=100)
    content_type = CharField(max_length=60)
    content = BlobField()


class RemovalRequest(Table):
    """A request of a listed sender to be removed from the lists."""

    address = CharField(max_length=45)
    email = CharField(max_length=254, default="")
    reason = TextField(default="")
    status = CharField(max_length=12, default="open")  # open | accepted | declined
    created_at = BigIntegerField()
    answered_at = BigIntegerField(null=True)
    # Of the link under which whoever asked follows it; only the SHA-256 is kept.
    token_hash = CharField(null=True, unique=True, max_length=64)
    due_at = BigIntegerField(default=0)
    answer = TextField(default="")
    answered_by = CharField(max_length=254, default="")

"""The tables of the exchange with other installations: what is given, whom we know, and what they have said."""

from __future__ import annotations

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from reputation.store.models.base import Table


class ExchangeChoice(Table):
    """What the operator has chosen, in one row: who we are to others, and what is given."""

    name = CharField(max_length=60, default="")
    address = CharField(max_length=500, default="")  # where our files are served, with a slash at its end
    key = CharField(max_length=43, default="")  # our public key, in base64url
    introduction = TextField(default="")  # signed, as it is served
    gives_networks = BooleanField(default=False)
    gives_addresses = BooleanField(default=False)
    gives_statistics = BooleanField(default=False)
    revocation = TextField(default="")  # the statement by which our last key was revoked
    head = TextField(default="")  # the signed head as it is served
    looked_at = BigIntegerField(default=0)  # when our own sums were last read
    tried_at = BigIntegerField(default=0)
    problem = TextField(default="")


class ExchangeBatch(Table):
    """A batch of ours, as it is served. It never changes."""

    number = BigIntegerField(primary_key=True)
    hash = CharField(max_length=64)
    made_at = BigIntegerField()
    entries = IntegerField()
    content = BlobField()


class ExchangeGiven(Table):
    """What was given of a node, and what we knew of it at the last look: sums that fade, as of `at` and `known_at`."""

    name = CharField(primary_key=True, max_length=50)
    at = BigIntegerField(default=0)
    spam = DoubleField(default=0.0)
    seen = DoubleField(default=0.0)
    known_at = BigIntegerField(default=0)
    known_spam = DoubleField(default=0.0)
    known_seen = DoubleField(default=0.0)


class ExchangePeer(Table):
    """Another installation, known by its public key."""

    key = CharField(unique=True, max_length=43)
    name = CharField(unique=True, max_length=60)
    address = CharField(max_length=500)
    introduction = TextField(default="")  # as it has signed it
    introduced_by = CharField(max_length=43, default="")  # the key of another peer; empty: the operator knows it
    takes_networks = BooleanField(default=True)
    takes_addresses = BooleanField(default=False)
    takes_statistics = BooleanField(default=True)
    paused = BooleanField(default=False)
    added_at = BigIntegerField()
    added_by = CharField(max_length=254, default="")
    # how far it was read, and the newest head that was seen
    cursor = BigIntegerField(default=0)
    cursor_hash = CharField(max_length=64, default="")
    head_number = BigIntegerField(default=0)
    head_hash = CharField(max_length=64, default="")
    head_made_at = BigIntegerField(default=0)
    head_valid_until = BigIntegerField(default=0)
    etag = CharField(max_length=200, default="")
    tried_at = BigIntegerField(default=0)
    next_try_at = BigIntegerField(default=0)
    taken_at = BigIntegerField(default=0)  # the last time that all was well
    result = TextField(default="")
    problem = TextField(default="")
    left_out = BigIntegerField(default=0)  # entries of it that count for nothing
    # what was learned of it: messages that we judged at nodes it had called spam, those that were, its word's weight
    learned_at = BigIntegerField(default=0)
    judged = DoubleField(default=0.0)
    confirmed = DoubleField(default=0.0)
    weight = DoubleField(default=0.0)
    revoked_at = BigIntegerField(null=True)  # its key was revoked, and may have a successor
    next_key = CharField(max_length=43, default="")


class ExchangedNode(Table):
    """What a peer has said of a node: sums that fade, as of `at`."""

    peer = ForeignKeyField(ExchangePeer, on_delete="CASCADE", index=False)
    name = CharField(max_length=50, index=True)
    at = BigIntegerField()
    spam = DoubleField()
    seen = DoubleField()
    reporters = IntegerField(default=1)  # independent of each other, of the installation that says it
    newest = BigIntegerField(default=0)  # its newest spam, to the hour
    foretold_at = BigIntegerField(default=0)  # it was news when it was said, and was not judged yet; otherwise 0

    class Meta:
        primary_key = CompositeKey("peer", "name")


class ExchangedVolume(Table):
    """The spam volume of an AS or a country on a day, as a peer has counted it."""

    peer = ForeignKeyField(ExchangePeer, on_delete="CASCADE", index=False)
    subject = CharField(max_length=12)  # AS64500, or two letters of a country
    day = BigIntegerField(index=True)
    volume = BigIntegerField()

    class Meta:
        primary_key = CompositeKey("peer", "subject", "day")

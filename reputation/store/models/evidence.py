"""The tables of evidence of spam, and what is remembered of senders."""

from __future__ import annotations

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    DoubleField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from reputation.store.models.base import Table
from reputation.store.models.customers import Organization

NEVER = -(1 << 40)  # a second before all


class SenderColumns(Model):
    """What was seen of one subject of evidence: the fields of estimate.Sender, in their order. Sums are as of `at`."""

    at = BigIntegerField()
    spam = DoubleField(default=0.0)
    seen = DoubleField(default=0.0)
    recent_spam = DoubleField(default=0.0)
    recent_seen = DoubleField(default=0.0)
    day_spam = DoubleField(default=0.0)
    day_clean = DoubleField(default=0.0)
    day_complaints = DoubleField(default=0.0)
    clean = DoubleField(default=0.0)
    last = BigIntegerField(default=NEVER)
    asked = BigIntegerField(default=NEVER)
    waits = BigIntegerField(default=0, index=True)
    passed = IntegerField(default=0)
    found = DoubleField(default=0.0)
    trapped = BigIntegerField(default=NEVER)
    times_listed = IntegerField(default=0)
    level1_until = BigIntegerField(default=0)
    level2_until = BigIntegerField(default=0)
    level3_until = BigIntegerField(default=0)
    level4_until = BigIntegerField(default=0)


class SenderScore(Table, SenderColumns):
    """What is remembered of one subject of evidence, and counts for everybody."""

    network = CharField(primary_key=True, max_length=50)  # an IPv4 address, or a /64
    neighbourhood = CharField(max_length=50, index=True)  # the /24 or /56 around it


class OrganizationScore(Table, SenderColumns):
    """What an organization's own reports say of one subject; it lists for that organization alone."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
    network = CharField(max_length=50, index=True)

    class Meta:
        primary_key = CompositeKey("organization", "network")


class ScoredNode(Table):
    """What was seen of a step above senders (reputation/intake/steps.py): a network, a provider, a class, the world.

    The fields are those of estimate.Node; `hours_at` to `day_asked` are those of estimate.Hours, of a /24 or a /56.
    """

    name = CharField(primary_key=True, max_length=60)
    wide = CharField(max_length=50, default="", index=True)  # of a /24 or a /56: the /22 or /48 around it
    at = BigIntegerField()
    spam = DoubleField(default=0.0)
    seen = DoubleField(default=0.0)
    last = BigIntegerField(default=NEVER)
    by = CharField(max_length=50, default="")
    other = BigIntegerField(default=NEVER)
    hours_at = BigIntegerField(default=0)
    hours_spam = DoubleField(default=0.0)
    hours_seen = DoubleField(default=0.0)
    passed_spam = DoubleField(default=0.0)
    passed_clean = DoubleField(default=0.0)
    day_asked = DoubleField(default=0.0)


class LearnedSums(Table):
    """What an installation has learned about its evidence (reputation/intake/learned.py): one row, as of `at`."""

    name = CharField(primary_key=True, max_length=20)
    at = BigIntegerField()
    asked = DoubleField(default=0.0)
    trapped = DoubleField(default=0.0)
    looked = DoubleField(default=0.0)
    found = DoubleField(default=0.0)


class JudgedSender(Table):
    """A sender whose mail was found to be spam, or clean, on a day, so that it counts once; removed soon after."""

    day = BigIntegerField()
    subject = CharField(max_length=50)
    is_spam = BooleanField()

    class Meta:
        primary_key = CompositeKey("day", "subject", "is_spam")


class JudgedDay(Table):
    """The senders whose mail was found to be spam, or clean, on a day, UTC: listed by a feed or not."""

    day = BigIntegerField()
    is_spam = BooleanField()
    senders = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("day", "is_spam")


class SpamReport(Table):
    """Evidence that one address sent spam."""

    subject = CharField(max_length=50, default="")  # what is scored: the IPv4 address, or the /64
    reporter = CharField(max_length=254, default="")
    # Of organization, source, subject and the report's own mark (such as a Message-ID): the same one counts once.
    digest = CharField(max_length=32, null=True, unique=True)
    address = CharField(max_length=45)
    source = CharField(max_length=20)
    # Its reports go with an organization: without one they would be the installation's.
    organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")
    reported_at = BigIntegerField(index=True)
    weight = FloatField(default=1.0)
    evidence = TextField(default="")

    class Meta:
        indexes = ((("address", "reported_at"), False), (("subject", "reported_at"), False))


class Proposal(Table):
    """A repeat offender that is proposed for the standard database."""

    network = CharField(max_length=50, index=True)
    times_listed = IntegerField()
    proposed_at = BigIntegerField()
    decided_at = BigIntegerField(null=True)
    decision = CharField(max_length=10, default="")  # listed | declined
    who = CharField(max_length=254, default="")


class ProtectedSender(Table):
    """A sender that no evidence lists for others: a network, or a mail provider's domain with what its SPF names."""

    name = CharField(unique=True, max_length=253)  # the network or the domain, in canonical form
    kind = CharField(max_length=10)  # network | domain
    networks = TextField(default="[]")  # JSON: the networks of it, as texts
    added_at = BigIntegerField()
    added_by = CharField(max_length=254, default="")
    tried_at = BigIntegerField(null=True)  # of a domain: the last look-up
    refreshed_at = BigIntegerField(null=True)  # of a domain: the last one that succeeded
    problem = TextField(default="")  # why a look-up failed, or what of its answer was left out


class LogPlace(Table):
    """How far a mail server's log was read: the file by its inode, and octets from its beginning."""

    path = CharField(primary_key=True, max_length=500)
    inode = BigIntegerField()
    offset = BigIntegerField()
    at = BigIntegerField()


class UncountedMessage(Table):
    """A message to a trap or a complaint that counts for nobody, kept for people to read."""

    arrived_at = BigIntegerField()
    way = CharField(max_length=20)  # trap | complaints
    why = CharField(max_length=20, index=True)  # a reason of reputation/intake/uncounted.py
    client = CharField(max_length=50, default="")  # who handed it over: an IPv4 address, or a /64
    address = CharField(max_length=45, default="")  # whom it is about, as it says
    evidence = TextField(default="")

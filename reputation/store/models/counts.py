"""The tables of counts, by hour, day and week, and the query log."""

from __future__ import annotations

from peewee import BigIntegerField, CharField, CompositeKey, ForeignKeyField, IntegerField

from reputation.store.models.base import Table
from reputation.store.models.customers import Organization


class QueryHour(Table):
    """Connections asked about, by organization, hour, database and answer (0: not listed)."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)  # it begins the key
    hour = BigIntegerField()
    database = IntegerField()
    code = IntegerField()
    queries = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("organization", "hour", "database", "code")


class OtherHour(Table):
    """Packets that are not connections, by kind: TXT, partial names, unknown codes (with the client's network)."""

    hour = BigIntegerField()
    kind = CharField(max_length=20)
    network = CharField(max_length=50, default="")
    packets = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("hour", "kind", "network")


class TurnedAwayHour(Table):
    """Packets under a valid code that were not answered by it, by kind and by the client's network ("": the rest)."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)  # it begins the key
    hour = BigIntegerField()
    kind = CharField(max_length=20)  # elsewhere | over quota
    network = CharField(max_length=50, default="")
    packets = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("organization", "hour", "kind", "network")


class QuotaDay(Table):
    """How far an organization is with the quota of its last day on which that was worth a word."""

    organization = ForeignKeyField(Organization, primary_key=True, on_delete="CASCADE")
    ends_at = BigIntegerField()  # the midnight that ends the day, UTC
    quota = BigIntegerField()
    near_at = BigIntegerField()  # when most of it was used
    over_at = BigIntegerField(null=True)  # when it was used up


class DeliveredBatch(Table):
    """A batch of counts that was written, by its name: what is tried again does nothing where it is here already."""

    batch = CharField(primary_key=True, max_length=40)
    delivered_at = BigIntegerField()


class SpamHour(Table):
    """Spam volume of an ISP in an hour."""

    asn = BigIntegerField()
    hour = BigIntegerField()
    volume = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("asn", "hour")


class SpamDay(Table):
    """Spam volume of an ISP on a day, UTC."""

    asn = BigIntegerField()
    day = BigIntegerField()
    volume = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("asn", "day")


class SpamWeek(Table):
    """Spam volume of an ISP in an ISO week, which begins on Monday, UTC; the ranks are made from it."""

    week = BigIntegerField()
    asn = BigIntegerField()
    volume = BigIntegerField(default=0)
    rank = IntegerField(null=True)  # in a week that is over; equal volumes share one

    class Meta:
        primary_key = CompositeKey("week", "asn")


# The order of the ranking: its first hundred are read without the rest, and the volumes above one are counted in it.
SpamWeek.add_index(SpamWeek.week, SpamWeek.volume.desc(), SpamWeek.asn, name="spam_week_by_volume")


class CountryDay(Table):
    """Spam volume of a country on a day, UTC; "" is the volume of addresses whose country is not known."""

    day = BigIntegerField()
    country = CharField(max_length=2)
    volume = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("day", "country")


class VolumeHour(Table):
    """The total spam volume of an hour, of known ISPs and of others."""

    hour = BigIntegerField(primary_key=True)
    volume = BigIntegerField(default=0)


class BotHour(Table):
    """Distinct bots of an ISP that an organization met in an hour."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    asn = BigIntegerField()
    hour = BigIntegerField()
    bots = IntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("organization", "asn", "hour")


class BotSeen(Table):
    """A bot of an hour, so that it counts once; removed when the hour is final. `asn` is 0 where it is unknown."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
    hour = BigIntegerField(index=True)
    address = CharField(max_length=45)
    asn = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("organization", "hour", "address")


class LastAsked(Table):
    """When an organization's mail servers last asked."""

    organization = ForeignKeyField(Organization, primary_key=True, on_delete="CASCADE")
    first_at = BigIntegerField()
    last_at = BigIntegerField()


class QueryLogEntry(Table):
    """Matches, and a sample of the rest; bounded by age and rows. A masked address is the network that contains it."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
    asked_at = BigIntegerField()
    address = CharField(max_length=45)
    address_key = CharField(max_length=33, default="")  # sorts as addresses do: 4 or 6, and the number in hexadecimal
    asn = BigIntegerField(default=0)
    country = CharField(max_length=2, default="")
    database = IntegerField()
    code = IntegerField()
    decided_by = CharField(max_length=30, default="")
    weight = IntegerField(default=1)  # how many connections the row stands for
    # One in 2**n rows has level n or a higher one: an even part of a long log is found without reading the rest.
    sample_level = IntegerField(default=0)

    class Meta:
        indexes = (
            (("organization", "sample_level", "asked_at"), False),
            # The answer stands in the index of the time, so that filtering by it reads no row in vain.
            (("organization", "asked_at", "database", "code"), False),
            (("organization", "address_key"), False),
            (("organization", "asn", "asked_at"), False),
            (("organization", "country", "asked_at"), False),
        )

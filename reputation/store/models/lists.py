"""The tables of what is listed: feeds with the ranges of each fetch, origins, our own listings and their history."""

from __future__ import annotations

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from reputation.store.models.base import Table
from reputation.store.models.customers import Organization


class Feed(Table):
    """A published list, where it comes from, and the result of the last try."""

    name = CharField(unique=True, max_length=100)
    source = TextField()
    format = CharField(max_length=250)
    category = CharField(max_length=3)
    database = CharField(max_length=10)  # standard | dynamic
    every = IntegerField()  # seconds between two fetches
    duration = IntegerField()  # seconds an entry of the dynamic database stays after the fetch that last held it
    bounds = TextField(default="{}")  # JSON: the guards' bounds that differ from the defaults
    etag = TextField(default="")
    last_modified = TextField(default="")
    checked_at = BigIntegerField(null=True)  # the last try, good or bad
    refreshed_at = BigIntegerField(null=True)  # the last one that succeeded
    status = CharField(max_length=12, default="waiting")  # waiting | good | held | failed
    message = TextField(default="")  # what a person should know about the status
    warnings = TextField(default="[]")  # JSON list
    created_at = BigIntegerField()
    paused = BooleanField(default=False)  # neither fetched nor served, until somebody resumes it
    content_at = BigIntegerField(null=True)  # when what came last was made, by its own word or its server's
    retry_at = BigIntegerField(default=0)  # the second before which its source wants no question (Retry-After)
    unchanged = IntegerField(default=0)  # how often its source has said so since it last came in full
    # list | approve: what it covers is left out of all others | watch: counted as what it would do, and not served
    purpose = CharField(max_length=8, default="list", index=True)
    watched_since = BigIntegerField(default=0)  # of a feed on watch
    key_header = TextField(default="")  # NAME: VALUE, sent with each question; never shown
    attempts = IntegerField(default=0)  # to read its list, that have begun since one ended well
    attempted_at = BigIntegerField(default=0)  # when the last of them began


class FeedRevision(Table):
    """The ranges of one fetch.

    Live ones are served; a held one waits for a person; the others are for comparison.
    """

    feed = ForeignKeyField(Feed, backref="revisions", on_delete="CASCADE")
    state = CharField(max_length=12)  # live | held | old | withdrawn | damaged
    fetched_at = BigIntegerField()
    seen_at = BigIntegerField()  # the last fetch that held the same content
    hash = CharField(max_length=64)
    entries = IntegerField()
    added = IntegerField(default=0)
    removed = IntegerField(default=0)
    content_at = BigIntegerField(null=True)  # when it was made, by its own word or its server's
    expires_at = BigIntegerField(null=True)  # the second from which it is not to be served, by its own word
    ends_at = BigIntegerField(null=True)  # the same, by its own word or its feed's bound: what counts
    etag = TextField(default="")
    last_modified = TextField(default="")
    damage = TextField(default="")  # why it cannot be read, of one that is damaged
    # Behind all others: what stands before them can be read where a page of them is torn.
    ranges4 = BlobField()
    ranges6 = BlobField()
    texts = TextField(default="[]")  # JSON list, numbered from 1 in the ranges

    class Meta:
        indexes = ((("feed", "fetched_at"), False),)


class FeedDay(Table):
    """What was counted about a feed on a day, UTC; reputation/counting has the kinds."""

    feed = ForeignKeyField(Feed, on_delete="CASCADE", index=False)  # it begins the key
    day = BigIntegerField()
    kind = CharField(max_length=12)
    count = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("feed", "day", "kind")


class WatchedDay(Table):
    """The connections of an organization that a feed on watch lists, by whether they were matched without it."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)  # it begins the key
    day = BigIntegerField()
    feed = ForeignKeyField(Feed, on_delete="CASCADE")
    matched = BooleanField()
    connections = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("organization", "day", "feed", "matched")


class OriginRevision(Table):
    """A table of origins that replaces the bundled one."""

    loaded_at = BigIntegerField()
    dated = CharField(max_length=10)  # YYYY-MM-DD
    source = TextField()
    rows = IntegerField()
    parts = TextField(default="{}")  # JSON: from where and of which day its ASNs and countries are, by IP version
    lacks = TextField(default="[]")  # JSON list of sentences: what its files did not have
    sources = TextField(default="")  # what was fetched, one a line, and below their validators in the same order
    etag = TextField(default="")
    last_modified = TextField(default="")
    damage = TextField(default="")  # why it cannot be read; the one before is in use then
    retry_at = BigIntegerField(default=0)  # of one in whose place another is fetched: not before, its source said
    content = BlobField()  # behind all others, as above


class Listing(Table):
    """One of our own listings, by hand or by reports. It is served while now < expires_at, whatever the jobs do."""

    database = CharField(max_length=10)
    network = CharField(max_length=50)
    category = CharField(max_length=3)
    reason = TextField()
    source = CharField(max_length=20, default="hand")
    created_at = BigIntegerField()
    # One end a level of the dynamic database; in the standard one only `expires_at` counts.
    expires_at = BigIntegerField(index=True)
    level1_until = BigIntegerField(default=0)
    level2_until = BigIntegerField(default=0)
    level3_until = BigIntegerField(default=0)
    level4_until = BigIntegerField(default=0)

    class Meta:
        indexes = ((("database", "network", "category", "source"), True),)


class ListingPass(Table):
    """A sender, or a /24 or /56, that passes where reports list a wider network around it, until each level's end."""

    network = CharField(primary_key=True, max_length=50)
    wide = CharField(max_length=50, index=True)  # the /22 or /48 around it
    expires_at = BigIntegerField(index=True)
    level1_until = BigIntegerField(default=0)
    level2_until = BigIntegerField(default=0)
    level3_until = BigIntegerField(default=0)
    level4_until = BigIntegerField(default=0)


class OrganizationListing(Table):
    """What an organization's own reports list in the dynamic database, for that organization alone, by level."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
    network = CharField(max_length=50)
    reported_at = BigIntegerField()
    expires_at = BigIntegerField(index=True)
    level1_until = BigIntegerField(default=0)
    level2_until = BigIntegerField(default=0)
    level3_until = BigIntegerField(default=0)
    level4_until = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("organization", "network")


class ListingChange(Table):
    """Which of our own listings a change was about: the generation of the part `listings` that it made."""

    generation = BigIntegerField(primary_key=True)
    changed_at = BigIntegerField(index=True)
    networks = TextField()  # JSON: lists of networks, by database or by the number of an organization


class ListingEvent(Table):
    """An event of one of our own listings: it was made, extended, removed by a person, or ended."""

    database = CharField(max_length=10)
    network = CharField(max_length=50)
    category = CharField(max_length=3)
    what = CharField(max_length=10)  # listed | extended | removed | ended
    at = BigIntegerField(index=True)
    until = BigIntegerField(default=0)
    reason = TextField(default="")
    source = CharField(max_length=20)

    class Meta:
        indexes = ((("network", "at"), False),)


class Isp(Table):
    """An ISP that the operator has accepted. Its name and networks take precedence over the table of origins."""

    asn = BigIntegerField(primary_key=True)
    name = CharField(max_length=200)
    country = CharField(max_length=2, default="")  # "": the table of origins says it
    created_at = BigIntegerField()


class IspNetwork(Table):
    """A network of an accepted ISP."""

    network = CharField(primary_key=True, max_length=50)
    isp = ForeignKeyField(Isp, on_delete="CASCADE")

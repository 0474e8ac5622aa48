"""Every table of the first version. Frozen: it does not follow later changes of the models.

There is no way back behind the first version, so it has no `down`.
"""

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    DoubleField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
)

NEVER = -(1 << 40)


def up(migrator, db):
    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Organization(Table):
        name = CharField(unique=True, max_length=200)
        subscription = CharField(max_length=10)
        created_at = BigIntegerField()
        query_log = CharField(max_length=6, default="on")
        daily_quota = BigIntegerField(null=True)

    class ActivationCode(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        label = CharField(unique=True, max_length=31)
        created_at = BigIntegerField()
        expires_at = BigIntegerField(null=True)
        revoked_at = BigIntegerField(null=True)
        replaced_at = BigIntegerField(null=True)

    class Alert(Table):
        organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")
        kind = CharField(max_length=30)
        subject = CharField(max_length=200)
        text = TextField()
        raised_at = BigIntegerField(index=True)
        cleared_at = BigIntegerField(null=True)
        told_at = BigIntegerField(null=True)

    class AlertChannel(Table):
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
        channel = ForeignKeyField(AlertChannel, on_delete="CASCADE")
        text = TextField()
        created_at = BigIntegerField()
        next_try_at = BigIntegerField(default=0)
        tries = IntegerField(default=0)

    class User(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        email = CharField(unique=True, max_length=254)
        password_hash = CharField(max_length=200)
        role = CharField(max_length=15)
        time_zone = CharField(max_length=60, default="UTC")
        active = BooleanField(default=True)
        created_at = BigIntegerField()
        last_login_at = BigIntegerField(null=True)
        alerts_by_mail = BooleanField(default=True)

    class ApiToken(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        user = ForeignKeyField(User, on_delete="CASCADE")
        name = CharField(max_length=100)
        token_hash = CharField(unique=True, max_length=64)
        scopes = TextField(default="[]")
        created_at = BigIntegerField()
        expires_at = BigIntegerField(null=True)
        last_used_at = BigIntegerField(null=True)
        hint = CharField(max_length=12, default="")

    class AuditEntry(Table):
        organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")
        who = CharField(max_length=254)
        what = TextField()
        before = TextField(default="")
        after = TextField(default="")
        at = BigIntegerField(index=True)

        class Meta:
            indexes = ((("organization", "at"), False),)

    class BotHour(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        asn = BigIntegerField()
        hour = BigIntegerField()
        bots = IntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("organization", "asn", "hour")

    class BotSeen(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        hour = BigIntegerField(index=True)
        address = CharField(max_length=45)
        asn = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("organization", "hour", "address")

    class CodeNetwork(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        network = CharField(max_length=50)
        note = TextField(default="")
        created_at = BigIntegerField()
        first_key = CharField(max_length=33, default="")
        end_key = CharField(max_length=33, default="")

        class Meta:
            indexes = ((("organization", "network"), True), (("organization", "first_key", "end_key"), False))

    class CountryDay(Table):
        day = BigIntegerField()
        country = CharField(max_length=2)
        volume = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("day", "country")

    class DeliveredBatch(Table):
        batch = CharField(primary_key=True, max_length=40)
        delivered_at = BigIntegerField()

    class ExchangeChoice(Table):
        name = CharField(max_length=60, default="")
        address = CharField(max_length=500, default="")
        key = CharField(max_length=43, default="")
        introduction = TextField(default="")
        gives_networks = BooleanField(default=False)
        gives_addresses = BooleanField(default=False)
        gives_statistics = BooleanField(default=False)
        revocation = TextField(default="")
        head = TextField(default="")
        looked_at = BigIntegerField(default=0)
        tried_at = BigIntegerField(default=0)
        problem = TextField(default="")

    class ExchangeBatch(Table):
        number = BigIntegerField(primary_key=True)
        hash = CharField(max_length=64)
        made_at = BigIntegerField()
        entries = IntegerField()
        content = BlobField()

    class ExchangeGiven(Table):
        name = CharField(primary_key=True, max_length=50)
        at = BigIntegerField(default=0)
        spam = DoubleField(default=0.0)
        seen = DoubleField(default=0.0)
        known_at = BigIntegerField(default=0)
        known_spam = DoubleField(default=0.0)
        known_seen = DoubleField(default=0.0)

    class ExchangePeer(Table):
        key = CharField(unique=True, max_length=43)
        name = CharField(unique=True, max_length=60)
        address = CharField(max_length=500)
        introduction = TextField(default="")
        introduced_by = CharField(max_length=43, default="")
        takes_networks = BooleanField(default=True)
        takes_addresses = BooleanField(default=False)
        takes_statistics = BooleanField(default=True)
        paused = BooleanField(default=False)
        added_at = BigIntegerField()
        added_by = CharField(max_length=254, default="")
        cursor = BigIntegerField(default=0)
        cursor_hash = CharField(max_length=64, default="")
        head_number = BigIntegerField(default=0)
        head_hash = CharField(max_length=64, default="")
        head_made_at = BigIntegerField(default=0)
        head_valid_until = BigIntegerField(default=0)
        etag = CharField(max_length=200, default="")
        tried_at = BigIntegerField(default=0)
        next_try_at = BigIntegerField(default=0)
        taken_at = BigIntegerField(default=0)
        result = TextField(default="")
        problem = TextField(default="")
        left_out = BigIntegerField(default=0)
        learned_at = BigIntegerField(default=0)
        judged = DoubleField(default=0.0)
        confirmed = DoubleField(default=0.0)
        weight = DoubleField(default=0.0)
        revoked_at = BigIntegerField(null=True)
        next_key = CharField(max_length=43, default="")

    class ExchangedNode(Table):
        peer = ForeignKeyField(ExchangePeer, on_delete="CASCADE", index=False)
        name = CharField(max_length=50, index=True)
        at = BigIntegerField()
        spam = DoubleField()
        seen = DoubleField()
        reporters = IntegerField(default=1)
        newest = BigIntegerField(default=0)
        foretold_at = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("peer", "name")

    class ExchangedVolume(Table):
        peer = ForeignKeyField(ExchangePeer, on_delete="CASCADE", index=False)
        subject = CharField(max_length=12)
        day = BigIntegerField(index=True)
        volume = BigIntegerField()

        class Meta:
            primary_key = CompositeKey("peer", "subject", "day")

    class Feed(Table):
        name = CharField(unique=True, max_length=100)
        source = TextField()
        format = CharField(max_length=250)
        category = CharField(max_length=3)
        database = CharField(max_length=10)
        every = IntegerField()
        duration = IntegerField()
        bounds = TextField(default="{}")
        etag = TextField(default="")
        last_modified = TextField(default="")
        checked_at = BigIntegerField(null=True)
        refreshed_at = BigIntegerField(null=True)
        status = CharField(max_length=12, default="waiting")
        message = TextField(default="")
        warnings = TextField(default="[]")
        created_at = BigIntegerField()
        paused = BooleanField(default=False)
        content_at = BigIntegerField(null=True)
        retry_at = BigIntegerField(default=0)
        unchanged = IntegerField(default=0)
        purpose = CharField(default="list", index=True, max_length=8)
        watched_since = BigIntegerField(default=0)
        key_header = TextField(default="")
        attempts = IntegerField(default=0)
        attempted_at = BigIntegerField(default=0)

    class FeedDay(Table):
        feed = ForeignKeyField(Feed, on_delete="CASCADE", index=False)
        day = BigIntegerField()
        kind = CharField(max_length=12)
        count = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("feed", "day", "kind")

    class FeedRevision(Table):
        feed = ForeignKeyField(Feed, on_delete="CASCADE")
        state = CharField(max_length=12)
        fetched_at = BigIntegerField()
        seen_at = BigIntegerField()
        hash = CharField(max_length=64)
        entries = IntegerField()
        added = IntegerField(default=0)
        removed = IntegerField(default=0)
        content_at = BigIntegerField(null=True)
        expires_at = BigIntegerField(null=True)
        ends_at = BigIntegerField(null=True)
        etag = TextField(default="")
        last_modified = TextField(default="")
        damage = TextField(default="")
        ranges4 = BlobField()
        ranges6 = BlobField()
        texts = TextField(default="[]")

        class Meta:
            indexes = ((("feed", "fetched_at"), False),)

    class FormerRule(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        action = CharField(max_length=10)
        kind = CharField(max_length=10)
        value = CharField(max_length=60)
        note = TextField(default="")
        created_at = BigIntegerField()
        expires_at = BigIntegerField(null=True)
        created_by = CharField(max_length=254, default="")
        batch = CharField(max_length=16)
        gone_at = BigIntegerField(index=True)
        has_ended = BooleanField()

        class Meta:
            indexes = ((("organization", "batch"), False),)

    class Isp(Table):
        asn = BigIntegerField(primary_key=True)
        name = CharField(max_length=200)
        country = CharField(max_length=2, default="")
        created_at = BigIntegerField()

    class IspRequest(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        name = CharField(max_length=200)
        details = TextField()
        status = CharField(max_length=12, default="open")
        answer = TextField(default="")
        created_at = BigIntegerField()
        answered_at = BigIntegerField(null=True)
        requested_by = CharField(max_length=254, default="")

    class IspAttachment(Table):
        request = ForeignKeyField(IspRequest, primary_key=True, on_delete="CASCADE")
        name = CharField(max_length=100)
        content_type = CharField(max_length=60)
        content = BlobField()

    class IspMessage(Table):
        request = ForeignKeyField(IspRequest, on_delete="CASCADE")
        by_operator = BooleanField()
        who = CharField(max_length=254)
        text = TextField()
        at = BigIntegerField()

    class IspNetwork(Table):
        network = CharField(primary_key=True, max_length=50)
        isp = ForeignKeyField(Isp, on_delete="CASCADE")

    class LastAsked(Table):
        organization = ForeignKeyField(Organization, primary_key=True, on_delete="CASCADE")
        first_at = BigIntegerField()
        last_at = BigIntegerField()

    class LearnedSums(Table):
        name = CharField(primary_key=True, max_length=20)
        at = BigIntegerField()
        asked = DoubleField(default=0.0)
        trapped = DoubleField(default=0.0)
        looked = DoubleField(default=0.0)
        found = DoubleField(default=0.0)

    class Letter(Table):
        to = CharField(max_length=254)
        subject = CharField(max_length=200)
        text = TextField()
        created_at = BigIntegerField()
        sent_at = BigIntegerField(null=True)
        next_try_at = BigIntegerField(default=0)
        tries = IntegerField(default=0)
        given_up = BooleanField(default=False)
        problem = TextField(default="")

    class Listing(Table):
        database = CharField(max_length=10)
        network = CharField(max_length=50)
        category = CharField(max_length=3)
        reason = TextField()
        source = CharField(max_length=20, default="hand")
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)
        level1_until = BigIntegerField(default=0)
        level2_until = BigIntegerField(default=0)
        level3_until = BigIntegerField(default=0)
        level4_until = BigIntegerField(default=0)

        class Meta:
            indexes = ((("database", "network", "category", "source"), True),)

    class ListingChange(Table):
        generation = BigIntegerField(primary_key=True)
        changed_at = BigIntegerField(index=True)
        networks = TextField()

    class ListingEvent(Table):
        database = CharField(max_length=10)
        network = CharField(max_length=50)
        category = CharField(max_length=3)
        what = CharField(max_length=10)
        at = BigIntegerField(index=True)
        until = BigIntegerField(default=0)
        reason = TextField(default="")
        source = CharField(max_length=20)

        class Meta:
            indexes = ((("network", "at"), False),)

    class ListingPass(Table):
        network = CharField(primary_key=True, max_length=50)
        wide = CharField(index=True, max_length=50)
        expires_at = BigIntegerField(index=True)
        level1_until = BigIntegerField(default=0)
        level2_until = BigIntegerField(default=0)
        level3_until = BigIntegerField(default=0)
        level4_until = BigIntegerField(default=0)

    class LogPlace(Table):
        path = CharField(primary_key=True, max_length=500)
        inode = BigIntegerField()
        offset = BigIntegerField()
        at = BigIntegerField()

    class MailServer(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        network = CharField(max_length=50)
        note = TextField(default="")
        created_at = BigIntegerField()
        first_key = CharField(max_length=33, default="")
        end_key = CharField(max_length=33, default="")
        confirmed_at = BigIntegerField(null=True)
        confirmed_by = CharField(max_length=254, default="")

        class Meta:
            indexes = ((("organization", "network"), True), (("organization", "first_key", "end_key"), False))

    class NewsItem(Table):
        kind = CharField(max_length=10)
        title = CharField(max_length=200)
        body = TextField()
        published_at = BigIntegerField(index=True, null=True)
        created_at = BigIntegerField()
        updated_at = BigIntegerField(default=0)
        discarded_at = BigIntegerField(null=True)
        author = CharField(max_length=254, default="")
        week = CharField(unique=True, null=True, max_length=8)

    class OneTimeLink(Table):
        purpose = CharField(max_length=10)
        token_hash = CharField(unique=True, max_length=64)
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        user = ForeignKeyField(User, null=True, on_delete="CASCADE")
        email = CharField(max_length=254)
        role = CharField(max_length=15)
        created_by = CharField(max_length=254)
        created_at = BigIntegerField()
        expires_at = BigIntegerField()

    class OrganizationListing(Table):
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

    class OrganizationScore(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        network = CharField(max_length=50, index=True)
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

        class Meta:
            primary_key = CompositeKey("organization", "network")

    class OriginRevision(Table):
        loaded_at = BigIntegerField()
        dated = CharField(max_length=10)
        source = TextField()
        rows = IntegerField()
        parts = TextField(default="{}")
        lacks = TextField(default="[]")
        sources = TextField(default="")
        etag = TextField(default="")
        last_modified = TextField(default="")
        damage = TextField(default="")
        retry_at = BigIntegerField(default=0)
        content = BlobField()

    class OtherHour(Table):
        hour = BigIntegerField()
        kind = CharField(max_length=20)
        network = CharField(max_length=50, default="")
        packets = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("hour", "kind", "network")

    class Part(Table):
        name = CharField(primary_key=True, max_length=20)
        generation = BigIntegerField(default=0)
        changed_at = BigIntegerField(default=0)

    class Proposal(Table):
        network = CharField(index=True, max_length=50)
        times_listed = IntegerField()
        proposed_at = BigIntegerField()
        decided_at = BigIntegerField(null=True)
        decision = CharField(max_length=10, default="")
        who = CharField(max_length=254, default="")

    class ProtectedSender(Table):
        name = CharField(unique=True, max_length=253)
        kind = CharField(max_length=10)
        networks = TextField(default="[]")
        added_at = BigIntegerField()
        added_by = CharField(max_length=254, default="")
        tried_at = BigIntegerField(null=True)
        refreshed_at = BigIntegerField(null=True)
        problem = TextField(default="")

    class QueryHour(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        hour = BigIntegerField()
        database = IntegerField()
        code = IntegerField()
        queries = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("organization", "hour", "database", "code")
            # The rows lie in the order of the key, so that a sum over hours looks none of them up (SQLite).
            without_rowid = isinstance(db, SqliteDatabase)

    class QueryLogEntry(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        asked_at = BigIntegerField()
        address = CharField(max_length=45)
        address_key = CharField(max_length=33, default="")
        asn = BigIntegerField(default=0)
        country = CharField(max_length=2, default="")
        database = IntegerField()
        code = IntegerField()
        decided_by = CharField(max_length=30, default="")
        weight = IntegerField(default=1)
        sample_level = IntegerField(default=0)

        class Meta:
            indexes = (
                (("organization", "sample_level", "asked_at"), False),
                (("organization", "asked_at", "database", "code"), False),
                (("organization", "address_key"), False),
                (("organization", "asn", "asked_at"), False),
                (("organization", "country", "asked_at"), False),
            )

    class QuotaDay(Table):
        organization = ForeignKeyField(Organization, primary_key=True, on_delete="CASCADE")
        ends_at = BigIntegerField()
        quota = BigIntegerField()
        near_at = BigIntegerField()
        over_at = BigIntegerField(null=True)

    class HalfLogin(Table):
        user = ForeignKeyField(User, on_delete="CASCADE")
        token_hash = CharField(unique=True, max_length=64)
        created_at = BigIntegerField()

    class RecoveryCode(Table):
        user = ForeignKeyField(User, on_delete="CASCADE")
        code_hash = CharField(max_length=64)
        used_at = BigIntegerField(null=True)

    class RemovalRequest(Table):
        address = CharField(max_length=45)
        email = CharField(max_length=254, default="")
        reason = TextField(default="")
        status = CharField(max_length=12, default="open")
        created_at = BigIntegerField()
        answered_at = BigIntegerField(null=True)
        token_hash = CharField(unique=True, null=True, max_length=64)
        due_at = BigIntegerField(default=0)
        answer = TextField(default="")
        answered_by = CharField(max_length=254, default="")

    class ReputationSettings(Table):
        organization = ForeignKeyField(Organization, primary_key=True, on_delete="CASCADE")
        kss = BooleanField(default=True)
        dul = BooleanField(default=True)
        etl = BooleanField(default=True)
        level = IntegerField(default=2)

    class ScoredNode(Table):
        name = CharField(primary_key=True, max_length=60)
        wide = CharField(default="", index=True, max_length=50)
        at = BigIntegerField()
        spam = DoubleField(default=0.0)
        seen = DoubleField(default=0.0)
        last = BigIntegerField(default=NEVER)
        by = CharField(default="", max_length=50)
        other = BigIntegerField(default=NEVER)
        hours_at = BigIntegerField(default=0)
        hours_spam = DoubleField(default=0.0)
        hours_seen = DoubleField(default=0.0)
        passed_spam = DoubleField(default=0.0)
        passed_clean = DoubleField(default=0.0)
        day_asked = DoubleField(default=0.0)

    class SecondFactor(Table):
        user = ForeignKeyField(User, primary_key=True, on_delete="CASCADE")
        secret = CharField(max_length=64)
        confirmed_at = BigIntegerField(null=True)
        last_step = BigIntegerField(default=0)

    class Secret(Table):
        name = CharField(primary_key=True, max_length=40)
        content = BlobField()

    class SenderRule(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        action = CharField(max_length=10)
        kind = CharField(max_length=10)
        value = CharField(max_length=60)
        note = TextField(default="")
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True, null=True)
        created_by = CharField(max_length=254, default="")
        changed_at = BigIntegerField(null=True)
        batch = CharField(max_length=16, default="")
        first_key = CharField(max_length=33, default="")
        end_key = CharField(max_length=33, default="")

        class Meta:
            indexes = (
                (("organization", "value", "action"), True),
                (("organization", "first_key", "end_key", "action"), False),
                (("organization", "action", "created_at"), False),
            )

    class SenderScore(Table):
        network = CharField(primary_key=True, max_length=50)
        neighbourhood = CharField(index=True, max_length=50)
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

    class Session(Table):
        user = ForeignKeyField(User, on_delete="CASCADE")
        token_hash = CharField(unique=True, max_length=64)
        created_at = BigIntegerField()
        seen_at = BigIntegerField()
        address = CharField(max_length=45)
        agent = CharField(max_length=200)

    class SpamDay(Table):
        asn = BigIntegerField()
        day = BigIntegerField()
        volume = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("asn", "day")

    class SpamHour(Table):
        asn = BigIntegerField()
        hour = BigIntegerField()
        volume = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("asn", "hour")

    class SpamReport(Table):
        subject = CharField(max_length=50, default="")
        reporter = CharField(max_length=254, default="")
        digest = CharField(unique=True, null=True, max_length=32)
        address = CharField(max_length=45)
        source = CharField(max_length=20)
        organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")
        reported_at = BigIntegerField(index=True)
        weight = FloatField(default=1.0)
        evidence = TextField(default="")

        class Meta:
            indexes = ((("address", "reported_at"), False), (("subject", "reported_at"), False))

    class SpamWeek(Table):
        week = BigIntegerField()
        asn = BigIntegerField()
        volume = BigIntegerField(default=0)
        rank = IntegerField(null=True)

        class Meta:
            primary_key = CompositeKey("week", "asn")

    class TurnedAwayHour(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        hour = BigIntegerField()
        kind = CharField(max_length=20)
        network = CharField(max_length=50, default="")
        packets = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("organization", "hour", "kind", "network")

    class UncountedMessage(Table):
        arrived_at = BigIntegerField()
        way = CharField(max_length=20)
        why = CharField(index=True, max_length=20)
        client = CharField(max_length=50, default="")
        address = CharField(max_length=45, default="")
        evidence = TextField(default="")

    class VolumeHour(Table):
        hour = BigIntegerField(primary_key=True)
        volume = BigIntegerField(default=0)

    class WatchedDay(Table):
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        day = BigIntegerField()
        feed = ForeignKeyField(Feed, on_delete="CASCADE")
        matched = BooleanField()
        connections = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("organization", "day", "feed", "matched")

    class JudgedDay(Table):
        day = BigIntegerField()
        is_spam = BooleanField()
        senders = BigIntegerField(default=0)

        class Meta:
            primary_key = CompositeKey("day", "is_spam")

    class JudgedSender(Table):
        day = BigIntegerField()
        subject = CharField(max_length=50)
        is_spam = BooleanField()

        class Meta:
            primary_key = CompositeKey("day", "subject", "is_spam")

    db.create_tables(Table.__subclasses__())
    # The orders of the list of rules that are no plain columns; the one number is that of a rule without an end.
    for name, order in (
        ("note", "LOWER(note)"),
        ("created_by", "LOWER(created_by)"),
        ("end", "COALESCE(expires_at, 4294967295)"),
    ):
        db.execute_sql(f"CREATE INDEX sender_rule_by_{name} ON sender_rule (organization_id, action, {order}, id)")
    db.execute_sql("CREATE INDEX spam_week_by_volume ON spam_week (week, volume DESC, asn)")

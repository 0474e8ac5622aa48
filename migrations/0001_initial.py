"""Every table of the first version. Frozen: it does not follow later changes of the models."""

from peewee import *

def up(migrator, db):
    class Organization(Model):
        name = CharField(unique=True, max_length=200)
        subscription = CharField(max_length=10)
        created_at = BigIntegerField()
        class Meta:
            database = db
            table_name = 'organization'
    db.create_tables([Organization])

    class ActivationCode(Model):
        organization = ForeignKeyField(Organization, on_delete='CASCADE')
        label = CharField(unique=True, max_length=31)
        created_at = BigIntegerField()
        expires_at = BigIntegerField(null=True)
        revoked_at = BigIntegerField(null=True)
        class Meta:
            database = db
            table_name = 'activation_code'
    db.create_tables([ActivationCode])

    class ApiToken(Model):
        organization = ForeignKeyField(Organization, on_delete='CASCADE')
        name = CharField(max_length=100)
        token_hash = CharField(unique=True, max_length=64)
        scopes = TextField(default='[]')
        created_at = BigIntegerField()
        expires_at = BigIntegerField(null=True)
        last_used_at = BigIntegerField(null=True)
        class Meta:
            database = db
            table_name = 'api_token'
    db.create_tables([ApiToken])

    class AuditEntry(Model):
        organization = ForeignKeyField(Organization, null=True, on_delete='CASCADE')
        who = CharField(max_length=254)
        what = TextField()
        before = TextField(default='')
        after = TextField(default='')
        at = BigIntegerField(index=True)
        class Meta:
            database = db
            table_name = 'audit_entry'
    db.create_tables([AuditEntry])

    class BotHour(Model):
        organization = ForeignKeyField(Organization, on_delete='CASCADE')
        asn = BigIntegerField()
        hour = BigIntegerField()
        bots = IntegerField(default=0)
        class Meta:
            database = db
            table_name = 'bot_hour'
            primary_key = CompositeKey('organization', 'asn', 'hour')
    db.create_tables([BotHour])

    class Feed(Model):
        name = CharField(unique=True, max_length=100)
        source = TextField()
        format = CharField(max_length=60)
        category = CharField(max_length=3)
        database = CharField(max_length=10)
        every = IntegerField()
        duration = IntegerField()
        bounds = TextField(default='{}')
        etag = TextField(default='')
        last_modified = TextField(default='')
        checked_at = BigIntegerField(null=True)
        refreshed_at = BigIntegerField(null=True)
        status = CharField(max_length=12, default='waiting')
        message = TextField(default='')
        warnings = TextField(default='[]')
        created_at = BigIntegerField()
        class Meta:
            database = db
            table_name = 'feed'
    db.create_tables([Feed])

    class FeedRevision(Model):
        feed = ForeignKeyField(Feed, on_delete='CASCADE')
        state = CharField(max_length=12)
        fetched_at = BigIntegerField()
        seen_at = BigIntegerField()
        hash = CharField(max_length=64)
        entries = IntegerField()
        added = IntegerField(default=0)
        removed = IntegerField(default=0)
        ranges4 = BlobField()
        ranges6 = BlobField()
        texts = TextField(default='[]')
        etag = TextField(default='')
        last_modified = TextField(default='')
        class Meta:
            database = db
            table_name = 'feed_revision'
            indexes = ((('feed', 'fetched_at'), False),)
    db.create_tables([FeedRevision])

    class IspRequest(Model):
        organization = ForeignKeyField(Organization, on_delete='CASCADE')
        name = CharField(max_length=200)
        details = TextField()
        status = CharField(max_length=12, default='open')
        answer = TextField(default='')
        created_at = BigIntegerField()
        answered_at = BigIntegerField(null=True)
        class Meta:
            database = db
            table_name = 'isp_request'
    db.create_tables([IspRequest])

    class LastAsked(Model):
        organization = ForeignKeyField(Organization, primary_key=True, on_delete='CASCADE')
        first_at = BigIntegerField()
        last_at = BigIntegerField()
        class Meta:
            database = db
            table_name = 'last_asked'
    db.create_tables([LastAsked])

    class Listing(Model):
        database = CharField(max_length=10)
        network = CharField(max_length=50)
        category = CharField(max_length=3)
        reason = TextField()
        source = CharField(max_length=20, default='hand')
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)
        level1_until = BigIntegerField(default=0)
        level2_until = BigIntegerField(default=0)
        level3_until = BigIntegerField(default=0)
        level4_until = BigIntegerField(default=0)
        class Meta:
            database = db
            table_name = 'listing'
            indexes = ((('database', 'network', 'category', 'source'), True),)
    db.create_tables([Listing])

    class MailServer(Model):
        organization = ForeignKeyField(Organization, on_delete='CASCADE')
        network = CharField(max_length=50)
        note = TextField(default='')
        created_at = BigIntegerField()
        class Meta:
            database = db
            table_name = 'mail_server'
            indexes = ((('organization', 'network'), True),)
    db.create_tables([MailServer])

    class NewsItem(Model):
        kind = CharField(max_length=10)
        title = CharField(max_length=200)
        body = TextField()
        published_at = BigIntegerField(index=True, null=True)
        created_at = BigIntegerField()
        class Meta:
            database = db
            table_name = 'news_item'
    db.create_tables([NewsItem])

    class OriginRevision(Model):
        loaded_at = BigIntegerField()
        dated = CharField(max_length=10)
        source = TextField()
        rows = IntegerField()
        content = BlobField()
        etag = TextField(default='')
        last_modified = TextField(default='')
        class Meta:
            database = db
            table_name = 'origin_revision'
    db.create_tables([OriginRevision])

    class OtherHour(Model):
        hour = BigIntegerField()
        kind = CharField(max_length=20)
        network = CharField(max_length=50, default='')
        packets = BigIntegerField(default=0)
        class Meta:
            database = db
            table_name = 'other_hour'
            primary_key = CompositeKey('hour', 'kind', 'network')
    db.create_tables([OtherHour])

    class Part(Model):
        name = CharField(primary_key=True, max_length=20)
        generation = BigIntegerField(default=0)
        changed_at = BigIntegerField(default=0)
        class Meta:
            database = db
            table_name = 'part'
    db.create_tables([Part])

    class QueryHour(Model):
        organization = ForeignKeyField(Organization, on_delete='CASCADE')
        hour = BigIntegerField()
        database = IntegerField()
        code = IntegerField()
        queries = BigIntegerField(default=0)
        class Meta:
            database = db
            table_name = 'query_hour'
            primary_key = CompositeKey('organization', 'hour', 'database', 'code')
    db.create_tables([QueryHour])

    class QueryLogEntry(Model):
        organization = ForeignKeyField(Organization, on_delete='CASCADE')
        asked_at = BigIntegerField()
        address = CharField(max_length=45)
        asn = BigIntegerField(default=0)
        country = CharField(max_length=2, default='')
        database = IntegerField()
        code = IntegerField()
        decided_by = CharField(max_length=30, default='')
        class Meta:
            database = db
            table_name = 'query_log_entry'
            indexes = ((('organization', 'asked_at'), False),)
    db.create_tables([QueryLogEntry])

    class RemovalRequest(Model):
        address = CharField(max_length=45)
        email = CharField(max_length=254, default='')
        reason = TextField(default='')
        status = CharField(max_length=12, default='open')
        created_at = BigIntegerField()
        answered_at = BigIntegerField(null=True)
        class Meta:
            database = db
            table_name = 'removal_request'
    db.create_tables([RemovalRequest])

    class ReputationSettings(Model):
        organization = ForeignKeyField(Organization, primary_key=True, on_delete='CASCADE')
        kss = BooleanField(default=True)
        dul = BooleanField(default=True)
        etl = BooleanField(default=True)
        level = IntegerField(default=2)
        class Meta:
            database = db
            table_name = 'reputation_settings'
    db.create_tables([ReputationSettings])

    class Secret(Model):
        name = CharField(primary_key=True, max_length=40)
        content = BlobField()
        class Meta:
            database = db
            table_name = 'secret'
    db.create_tables([Secret])

    class SenderRule(Model):
        organization = ForeignKeyField(Organization, on_delete='CASCADE')
        action = CharField(max_length=10)
        kind = CharField(max_length=10)
        value = CharField(max_length=60)
        note = TextField(default='')
        created_at = BigIntegerField()
        class Meta:
            database = db
            table_name = 'sender_rule'
            indexes = ((('organization', 'value', 'action'), True),)
    db.create_tables([SenderRule])

    class SpamHour(Model):
        asn = BigIntegerField()
        hour = BigIntegerField()
        volume = BigIntegerField(default=0)
        class Meta:
            database = db
            table_name = 'spam_hour'
            primary_key = CompositeKey('asn', 'hour')
    db.create_tables([SpamHour])

    class SpamReport(Model):
        address = CharField(max_length=45)
        source = CharField(max_length=20)
        organization = ForeignKeyField(Organization, null=True, on_delete='SET NULL')
        reported_at = BigIntegerField(index=True)
        weight = FloatField(default=1.0)
        evidence = TextField(default='')
        class Meta:
            database = db
            table_name = 'spam_report'
            indexes = ((('address', 'reported_at'), False),)
    db.create_tables([SpamReport])

    class User(Model):
        organization = ForeignKeyField(Organization, on_delete='CASCADE')
        email = CharField(unique=True, max_length=254)
        password_hash = CharField(max_length=200)
        role = CharField(max_length=15)
        time_zone = CharField(max_length=60, default='UTC')
        active = BooleanField(default=True)
        session_number = IntegerField(default=1)
        created_at = BigIntegerField()
        last_login_at = BigIntegerField(null=True)
        class Meta:
            database = db
            table_name = 'user'
    db.create_tables([User])


def down(migrator, db):
    migrator.migrate(migrator.drop_table('user'))
    migrator.migrate(migrator.drop_table('spam_report'))
    migrator.migrate(migrator.drop_table('spam_hour'))
    migrator.migrate(migrator.drop_table('sender_rule'))
    migrator.migrate(migrator.drop_table('secret'))
    migrator.migrate(migrator.drop_table('reputation_settings'))
    migrator.migrate(migrator.drop_table('removal_request'))
    migrator.migrate(migrator.drop_table('query_log_entry'))
    migrator.migrate(migrator.drop_table('query_hour'))
    migrator.migrate(migrator.drop_table('part'))
    migrator.migrate(migrator.drop_table('other_hour'))
    migrator.migrate(migrator.drop_table('origin_revision'))
    migrator.migrate(migrator.drop_table('news_item'))
    migrator.migrate(migrator.drop_table('mail_server'))
    migrator.migrate(migrator.drop_table('listing'))
    migrator.migrate(migrator.drop_table('last_asked'))
    migrator.migrate(migrator.drop_table('isp_request'))
    migrator.migrate(migrator.drop_table('feed_revision'))
    migrator.migrate(migrator.drop_table('feed'))
    migrator.migrate(migrator.drop_table('bot_hour'))
    migrator.migrate(migrator.drop_table('audit_entry'))
    migrator.migrate(migrator.drop_table('api_token'))
    migrator.migrate(migrator.drop_table('activation_code'))
    migrator.migrate(migrator.drop_table('organization'))

"""What is remembered of senders, what became of our own listings, and who reported spam."""

from peewee import BigIntegerField, CharField, DoubleField, IntegerField, Model, TextField


def up(migrator, db):
    class ListingEvent(Model):
        database = CharField(max_length=10)
        network = CharField(max_length=50)
        category = CharField(max_length=3)
        what = CharField(max_length=10)
        at = BigIntegerField(index=True)
        until = BigIntegerField(default=0)
        reason = TextField(default="")
        source = CharField(max_length=20)

        class Meta:
            table_name = "listing_event"
            indexes = ((("network", "at"), False),)

    class SenderScore(Model):
        network = CharField(primary_key=True, max_length=50)
        neighbourhood = CharField(max_length=50, index=True)
        at = BigIntegerField()
        trusted = DoubleField(default=0.0)
        complained = DoubleField(default=0.0)
        clean = DoubleField(default=0.0)
        repetition1 = DoubleField(default=0.0)
        repetition2 = DoubleField(default=0.0)
        repetition3 = DoubleField(default=0.0)
        repetition4 = DoubleField(default=0.0)
        listed1_at = BigIntegerField(default=0)
        listed2_at = BigIntegerField(default=0)
        listed3_at = BigIntegerField(default=0)
        listed4_at = BigIntegerField(default=0)
        level1_until = BigIntegerField(default=0)
        level2_until = BigIntegerField(default=0)
        level3_until = BigIntegerField(default=0)
        level4_until = BigIntegerField(default=0)
        times_listed = IntegerField(default=0)

        class Meta:
            table_name = "sender_score"

    for model in (ListingEvent, SenderScore):
        model.bind(db)
    db.create_tables([ListingEvent, SenderScore])
    migrator.migrate(
        migrator.add_column("spam_report", "subject", CharField(max_length=50, default="")),
        migrator.add_column("spam_report", "reporter", CharField(max_length=254, default="")),
        migrator.add_column("spam_report", "digest", CharField(max_length=32, null=True, unique=True)),
        migrator.add_index("spam_report", ("subject", "reported_at"), False),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_column("spam_report", "digest"),
        migrator.drop_column("spam_report", "reporter"),
        migrator.drop_column("spam_report", "subject"),
        migrator.drop_table("sender_score"),
        migrator.drop_table("listing_event"),
    )

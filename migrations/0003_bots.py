"""Which bots were seen in an hour, so that an address counts once however often it comes and whichever node saw it."""

from peewee import AutoField, BigIntegerField, CharField, CompositeKey, ForeignKeyField, Model


def up(migrator, db):
    class Organization(Model):
        id = AutoField()

        class Meta:
            database = db
            table_name = "organization"

    class BotSeen(Model):
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        hour = BigIntegerField(index=True)
        address = CharField(max_length=45)
        asn = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "bot_seen"
            primary_key = CompositeKey("organization", "hour", "address")

    db.create_tables([BotSeen])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("bot_seen"))

"""Sender rules with an end and an author, and those that are gone, so that they can be brought back."""

from peewee import AutoField, BigIntegerField, BooleanField, CharField, ForeignKeyField, Model, TextField


def up(migrator, db):
    class Organization(Model):
        id = AutoField()

        class Meta:
            database = db
            table_name = "organization"

    class FormerRule(Model):
        id = AutoField()
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
            database = db
            table_name = "former_rule"
            indexes = ((("organization", "batch"), False),)

    db.create_tables([FormerRule])
    migrator.migrate(
        migrator.add_column("sender_rule", "expires_at", BigIntegerField(null=True)),
        migrator.add_column("sender_rule", "created_by", CharField(max_length=254, default="")),
        migrator.add_column("sender_rule", "changed_at", BigIntegerField(null=True)),
        migrator.add_column("sender_rule", "batch", CharField(max_length=16, default="")),
        migrator.add_index("sender_rule", ("expires_at",)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("sender_rule", "sender_rule_expires_at"),
        migrator.drop_column("sender_rule", "batch"),
        migrator.drop_column("sender_rule", "changed_at"),
        migrator.drop_column("sender_rule", "created_by"),
        migrator.drop_column("sender_rule", "expires_at"),
        migrator.drop_table("former_rule"),
    )

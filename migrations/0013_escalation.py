"""Repeat offenders that are proposed for the standard database."""

from peewee import AutoField, BigIntegerField, CharField, IntegerField, Model


def up(migrator, db):
    class Proposal(Model):
        id = AutoField()
        network = CharField(max_length=50, index=True)
        times_listed = IntegerField()
        proposed_at = BigIntegerField()
        decided_at = BigIntegerField(null=True)
        decision = CharField(max_length=10, default="")
        who = CharField(max_length=254, default="")

        class Meta:
            database = db
            table_name = "proposal"

    db.create_tables([Proposal])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("proposal"))

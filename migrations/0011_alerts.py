"""Alerts, and where they are told beside mail."""

from peewee import AutoField, BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator, db):
    class Organization(Model):
        id = AutoField()

        class Meta:
            database = db
            table_name = "organization"

    class Alert(Model):
        id = AutoField()
        organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")
        kind = CharField(max_length=30)
        subject = CharField(max_length=200)
        text = TextField()
        raised_at = BigIntegerField(index=True)
        cleared_at = BigIntegerField(null=True)
        told_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "alert"

    class Webhook(Model):
        organization = ForeignKeyField(Organization, primary_key=True, on_delete="CASCADE")
        url = TextField()
        secret = CharField(max_length=64)
        created_at = BigIntegerField()
        status = TextField(default="")
        called_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "webhook"

    class WebhookCall(Model):
        id = AutoField()
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        body = TextField()
        created_at = BigIntegerField()
        next_try_at = BigIntegerField(default=0)
        tries = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "webhook_call"

    db.create_tables([Alert, Webhook, WebhookCall])
    migrator.migrate(migrator.add_column("user", "alerts_by_mail", BooleanField(default=True)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("user", "alerts_by_mail"))
    migrator.migrate(migrator.drop_table("webhook_call"))
    migrator.migrate(migrator.drop_table("webhook"))
    migrator.migrate(migrator.drop_table("alert"))

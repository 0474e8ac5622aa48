"""Alerts are sent by channels of any kind: what was a webhook is the channel of that name."""

import json

from peewee import AutoField, BigIntegerField, CharField, ForeignKeyField, IntegerField, Model, TextField


def models(db):
    class Organization(Model):
        id = AutoField()

        class Meta:
            database = db
            table_name = "organization"

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

    class AlertChannel(Model):
        id = AutoField()
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        channel = CharField(max_length=30)
        settings = TextField()
        secret = CharField(max_length=64)
        created_at = BigIntegerField()
        status = TextField(default="")
        sent_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "alert_channel"
            indexes = ((("organization", "channel"), True),)

    class AlertMessage(Model):
        id = AutoField()
        channel = ForeignKeyField(AlertChannel, on_delete="CASCADE")
        text = TextField()
        created_at = BigIntegerField()
        next_try_at = BigIntegerField(default=0)
        tries = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "alert_message"

    return Webhook, WebhookCall, AlertChannel, AlertMessage


def up(migrator, db):
    Webhook, WebhookCall, AlertChannel, AlertMessage = models(db)
    db.create_tables([AlertChannel, AlertMessage])
    for hook in Webhook.select():
        channel = AlertChannel.create(
            organization=hook.organization_id, channel="webhook", settings=json.dumps({"url": hook.url}),
            secret=hook.secret, created_at=hook.created_at, status=hook.status, sent_at=hook.called_at,
        )  # fmt: skip
        for call in (
            WebhookCall.select().where(WebhookCall.organization == hook.organization_id).order_by(WebhookCall.id)
        ):
            AlertMessage.create(
                channel=channel,
                text=call.body,
                created_at=call.created_at,
                next_try_at=call.next_try_at,
                tries=call.tries,
            )
    db.drop_tables([WebhookCall, Webhook])


def down(migrator, db):
    Webhook, WebhookCall, AlertChannel, AlertMessage = models(db)
    db.create_tables([Webhook, WebhookCall])
    for channel in AlertChannel.select().where(AlertChannel.channel == "webhook"):
        Webhook.create(
            organization=channel.organization_id, url=json.loads(channel.settings)["url"], secret=channel.secret,
            created_at=channel.created_at, status=channel.status, called_at=channel.sent_at,
        )  # fmt: skip
        for message in AlertMessage.select().where(AlertMessage.channel == channel).order_by(AlertMessage.id):
            WebhookCall.create(
                organization=channel.organization_id, body=message.text, created_at=message.created_at,
                next_try_at=message.next_try_at, tries=message.tries,
            )  # fmt: skip
    db.drop_tables([AlertMessage, AlertChannel])

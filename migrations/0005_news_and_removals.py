"""News that is edited, discarded and drafted by the week; removal requests that are followed and answered."""

from peewee import BigIntegerField, CharField, TextField


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("news_item", "updated_at", BigIntegerField(default=0)),
        migrator.add_column("news_item", "discarded_at", BigIntegerField(null=True)),
        migrator.add_column("news_item", "author", CharField(max_length=254, default="")),
        migrator.add_column("news_item", "week", CharField(null=True, unique=True, max_length=8)),
        migrator.add_column("removal_request", "token_hash", CharField(null=True, unique=True, max_length=64)),
        migrator.add_column("removal_request", "due_at", BigIntegerField(default=0)),
        migrator.add_column("removal_request", "answer", TextField(default="")),
        migrator.add_column("removal_request", "answered_by", CharField(max_length=254, default="")),
    )


def down(migrator, db):
    migrator.migrate(
        *(migrator.drop_column("removal_request", name) for name in ("answered_by", "answer", "due_at", "token_hash")),
        *(migrator.drop_column("news_item", name) for name in ("week", "author", "discarded_at", "updated_at")),
    )

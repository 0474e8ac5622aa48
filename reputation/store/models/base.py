"""What every table shares: the database it lies in, and what the installation keeps of itself."""

from __future__ import annotations

from peewee import BigIntegerField, BlobField, CharField, DatabaseProxy, Model

database = DatabaseProxy()


class Table(Model):
    class Meta:
        database = database
        legacy_table_names = False


class Part(Table):
    """What a snapshot is made of: `generation` rises with each change, so that every process sees it."""

    name = CharField(primary_key=True, max_length=20)
    generation = BigIntegerField(default=0)
    changed_at = BigIntegerField(default=0)


class Secret(Table):
    """What the installation keeps for itself, such as the key of its sessions."""

    name = CharField(primary_key=True, max_length=40)
    content = BlobField()

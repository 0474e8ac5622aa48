"""What every table shares: the database, and what the installation keeps about itself."""

from __future__ import annotations

from peewee import BigIntegerField, BlobField, CharField, DatabaseProxy, Model

database = DatabaseProxy()


class Table(Model):
    """A table of the database; the base class of all of them."""

    class Meta:
        database = database
        legacy_table_names = False


class Part(Table):
    """A part of a snapshot: `generation` rises with each change, so that every process sees it."""

    name = CharField(primary_key=True, max_length=20)
    generation = BigIntegerField(default=0)
    changed_at = BigIntegerField(default=0)


class Secret(Table):
    """A value that the installation keeps for itself, such as the key of its sessions."""

    name = CharField(primary_key=True, max_length=40)
    content = BlobField()

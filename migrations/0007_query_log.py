"""The query log's weights and what it is searched by; who made a token and how it begins."""

from peewee import CharField, IntegerField

INDEXES = (
    ("organization_id", "asked_at", "database", "code"),
    ("organization_id", "address_key"),
    ("organization_id", "asn", "asked_at"),
    ("organization_id", "country", "asked_at"),
)


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("query_log_entry", "address_key", CharField(max_length=33, default="")),
        migrator.add_column("query_log_entry", "weight", IntegerField(default=1)),
        migrator.add_column("organization", "query_log", CharField(max_length=6, default="on")),
        migrator.add_column("api_token", "hint", CharField(max_length=12, default="")),
        migrator.add_column("api_token", "created_by", CharField(max_length=254, default="")),
    )
    migrator.migrate(
        *(migrator.drop_index("query_log_entry", index.name) for index in db.get_indexes("query_log_entry")
          if index.columns in (["organization_id"], ["organization_id", "asked_at"])),
        *(migrator.add_index("query_log_entry", columns) for columns in INDEXES),
    )  # fmt: skip


def down(migrator, db):
    migrator.migrate(
        *(migrator.drop_index("query_log_entry", index.name) for index in db.get_indexes("query_log_entry")
          if tuple(index.columns) in INDEXES),
        migrator.add_index("query_log_entry", ("organization_id",)),
        migrator.add_index("query_log_entry", ("organization_id", "asked_at")),
        migrator.drop_column("query_log_entry", "address_key"),
        migrator.drop_column("query_log_entry", "weight"),
        migrator.drop_column("organization", "query_log"),
        migrator.drop_column("api_token", "hint"),
        migrator.drop_column("api_token", "created_by"),
    )  # fmt: skip

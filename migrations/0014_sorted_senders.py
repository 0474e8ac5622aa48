"""Sender rules and mail servers can be sorted, and searched by network, in the database."""

import ipaddress

from peewee import CharField

KEYS = ("first_key", "end_key")
INDEXES = {
    "sender_rule": ("organization_id", *KEYS, "action"),
    "mail_server": ("organization_id", *KEYS),
}

OF_LIST = ("organization_id", "action", "created_at")


def up(migrator, db):
    for table, columns in INDEXES.items():
        migrator.migrate(*(migrator.add_column(table, key, CharField(max_length=33, default="")) for key in KEYS))
        column = "value" if table == "sender_rule" else "network"
        mark = "?" if db.__class__.__name__.endswith("SqliteDatabase") else "%s"
        for number, value in db.execute_sql(f"SELECT id, {column} FROM {table}").fetchall():
            db.execute_sql(
                f"UPDATE {table} SET first_key = {mark}, end_key = {mark} WHERE id = {mark}", (*_keys(value), number)
            )
        migrator.migrate(migrator.add_index(table, columns))
    migrator.migrate(migrator.add_index("sender_rule", OF_LIST))


def down(migrator, db):
    for table, columns in INDEXES.items():
        migrator.migrate(
            *(migrator.drop_index(table, index.name) for index in db.get_indexes(table)
              if tuple(index.columns) in (columns, OF_LIST)),
            *(migrator.drop_column(table, key) for key in KEYS),
        )  # fmt: skip


def _keys(value):
    if value.startswith("country:"):
        return value, ""
    if value.startswith("isp:AS"):
        return f"isp:{int(value[6:]):010}", ""
    network = ipaddress.ip_network(value)
    return tuple(_key(network, place) for place in (int(network[0]), int(network[-1]) + 1))


def _key(network, place):
    digits = network.max_prefixlen // 4
    return f"{network.version}g" if place >> network.max_prefixlen else f"{network.version}{place:0{digits}x}"

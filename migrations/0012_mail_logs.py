"""How far the logs of mail servers were read."""

from peewee import BigIntegerField, CharField, Model


def up(migrator, db):
    class LogPlace(Model):
        path = CharField(primary_key=True, max_length=500)
        inode = BigIntegerField()
        offset = BigIntegerField()
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "log_place"

    db.create_tables([LogPlace])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("log_place"))

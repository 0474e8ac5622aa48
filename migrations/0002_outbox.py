"""Letters that wait to be sent."""

from peewee import AutoField, BigIntegerField, BooleanField, CharField, IntegerField, Model, TextField


def up(migrator, db):
    class Letter(Model):
        id = AutoField()
        to = CharField(max_length=254)
        subject = CharField(max_length=200)
        text = TextField()
        created_at = BigIntegerField()
        sent_at = BigIntegerField(null=True)
        next_try_at = BigIntegerField(default=0)
        tries = IntegerField(default=0)
        given_up = BooleanField(default=False)
        problem = TextField(default="")

        class Meta:
            database = db
            table_name = "letter"

    db.create_tables([Letter])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("letter"))

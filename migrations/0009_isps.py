"""ISPs that the operator has accepted, what was said about the requests for them, and feeds that are paused."""

from peewee import AutoField, BigIntegerField, BlobField, BooleanField, CharField, ForeignKeyField, Model, TextField


def up(migrator, db):
    class IspRequest(Model):
        id = AutoField()

        class Meta:
            database = db
            table_name = "isp_request"

    class IspMessage(Model):
        id = AutoField()
        request = ForeignKeyField(IspRequest, on_delete="CASCADE")
        by_operator = BooleanField()
        who = CharField(max_length=254)
        text = TextField()
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "isp_message"

    class IspAttachment(Model):
        request = ForeignKeyField(IspRequest, primary_key=True, on_delete="CASCADE")
        name = CharField(max_length=100)
        content_type = CharField(max_length=60)
        content = BlobField()

        class Meta:
            database = db
            table_name = "isp_attachment"

    class Isp(Model):
        asn = BigIntegerField(primary_key=True)
        name = CharField(max_length=200)
        country = CharField(max_length=2, default="")
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "isp"

    class IspNetwork(Model):
        network = CharField(primary_key=True, max_length=50)
        isp = ForeignKeyField(Isp, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "isp_network"

    db.create_tables([IspMessage, IspAttachment, Isp, IspNetwork])
    migrator.migrate(
        migrator.add_column("isp_request", "requested_by", CharField(max_length=254, default="")),
        migrator.add_column("feed", "paused", BooleanField(default=False)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_column("feed", "paused"),
        migrator.drop_column("isp_request", "requested_by"),
        migrator.drop_table("isp_network"),
        migrator.drop_table("isp"),
        migrator.drop_table("isp_attachment"),
        migrator.drop_table("isp_message"),
    )

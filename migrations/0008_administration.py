"""Sessions of people, their second factor, links that are good once, and codes that are being replaced."""

from peewee import AutoField, BigIntegerField, CharField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class Organization(Model):
        id = AutoField()

        class Meta:
            database = db
            table_name = "organization"

    class User(Model):
        id = AutoField()

        class Meta:
            database = db
            table_name = "user"

    class Session(Model):
        id = AutoField()
        user = ForeignKeyField(User, on_delete="CASCADE")
        token_hash = CharField(unique=True, max_length=64)
        created_at = BigIntegerField()
        seen_at = BigIntegerField()
        address = CharField(max_length=45)
        agent = CharField(max_length=200)

        class Meta:
            database = db
            table_name = "session"

    class SecondFactor(Model):
        user = ForeignKeyField(User, primary_key=True, on_delete="CASCADE")
        secret = CharField(max_length=64)
        confirmed_at = BigIntegerField(null=True)
        last_step = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "second_factor"

    class RecoveryCode(Model):
        id = AutoField()
        user = ForeignKeyField(User, on_delete="CASCADE")
        code_hash = CharField(max_length=64)
        used_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "recovery_code"

    class OneTimeLink(Model):
        id = AutoField()
        purpose = CharField(max_length=10)
        token_hash = CharField(unique=True, max_length=64)
        organization = ForeignKeyField(Organization, on_delete="CASCADE")
        user = ForeignKeyField(User, null=True, on_delete="CASCADE")
        email = CharField(max_length=254)
        role = CharField(max_length=15)
        created_by = CharField(max_length=254)
        created_at = BigIntegerField()
        expires_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "one_time_link"

    db.create_tables([Session, SecondFactor, RecoveryCode, OneTimeLink])
    migrator.migrate(
        migrator.add_column("activation_code", "replaced_at", BigIntegerField(null=True)),
        migrator.add_index("audit_entry", ("organization_id", "at"), False),
        migrator.drop_column("user", "session_number"),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.add_column("user", "session_number", IntegerField(default=1)),
        migrator.drop_index("audit_entry", "audit_entry_organization_id_at"),
        migrator.drop_column("activation_code", "replaced_at"),
        migrator.drop_table("one_time_link"),
        migrator.drop_table("recovery_code"),
        migrator.drop_table("second_factor"),
        migrator.drop_table("session"),
    )

"""The tables of customers: organizations, their people, and what belongs to them."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, CharField, ForeignKeyField, TextField

from reputation.store.models.base import Table


class Organization(Table):
    """A customer, which owns everything below. Its id is its number in a snapshot and is never used for another one."""

    id = AutoField()
    name = CharField(unique=True, max_length=200)
    subscription = CharField(max_length=10)  # standard | advanced
    created_at = BigIntegerField()
    query_log = CharField(max_length=6, default="on")  # on | masked | off
    daily_quota = BigIntegerField(null=True)  # connections a day; None: the setting's; 0: none


class User(Table):
    """A person who may log in."""

    organization = ForeignKeyField(Organization, backref="users", on_delete="CASCADE")
    email = CharField(unique=True, max_length=254)
    password_hash = CharField(max_length=200)
    role = CharField(max_length=15)  # viewer | administrator | operator
    time_zone = CharField(max_length=60, default="UTC")
    active = BooleanField(default=True)
    created_at = BigIntegerField()
    last_login_at = BigIntegerField(null=True)
    alerts_by_mail = BooleanField(default=True)


class Session(Table):
    """A browser in which somebody is logged in. Its cookie holds the token, of which only the SHA-256 is stored."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    token_hash = CharField(unique=True, max_length=64)
    created_at = BigIntegerField()
    seen_at = BigIntegerField()
    address = CharField(max_length=45)
    agent = CharField(max_length=200)


class SecondFactor(Table):
    """The secret of somebody's authenticator app, apart from the account; it counts once it was confirmed."""

    user = ForeignKeyField(User, primary_key=True, on_delete="CASCADE")
    secret = CharField(max_length=64)
    confirmed_at = BigIntegerField(null=True)
    last_step = BigIntegerField(default=0)  # of the last code that was taken: no code counts twice (RFC 6238 5.2)


class RecoveryCode(Table):
    """A recovery code for a lost authenticator app; it works once."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    code_hash = CharField(max_length=64)
    used_at = BigIntegerField(null=True)


class HalfLogin(Table):
    """A browser whose person has given the right password and not yet the code; its cookie holds the token."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    token_hash = CharField(unique=True, max_length=64)
    created_at = BigIntegerField()


class OneTimeLink(Table):
    """An invitation, or a link to a new password. It is removed when it is used."""

    purpose = CharField(max_length=10)  # invitation | password
    token_hash = CharField(unique=True, max_length=64)
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    user = ForeignKeyField(User, null=True, on_delete="CASCADE")  # whose password; none for an invitation
    email = CharField(max_length=254)
    role = CharField(max_length=15)
    created_by = CharField(max_length=254)
    created_at = BigIntegerField()
    expires_at = BigIntegerField()


class ActivationCode(Table):
    """An activation code of an organization."""

    organization = ForeignKeyField(Organization, backref="activation_codes", on_delete="CASCADE")
    label = CharField(unique=True, max_length=31)  # lower case, without dashes: as in a query name
    created_at = BigIntegerField()
    expires_at = BigIntegerField(null=True)
    revoked_at = BigIntegerField(null=True)
    replaced_at = BigIntegerField(null=True)  # a newer one was issued in its place, and it ends soon


class MailServer(Table):
    """A valid mail server of an organization: an address or a network. It counts for others once it is confirmed."""

    organization = ForeignKeyField(Organization, backref="mail_servers", on_delete="CASCADE")
    network = CharField(max_length=50)
    note = TextField(default="")
    created_at = BigIntegerField()
    first_key = CharField(max_length=33, default="")  # as of a sender rule: the order of the addresses
    end_key = CharField(max_length=33, default="")
    confirmed_at = BigIntegerField(null=True)  # by the operator; the network of then, and no other
    confirmed_by = CharField(max_length=254, default="")

    class Meta:
        indexes = (
            (("organization", "network"), True),
            (("organization", "first_key", "end_key"), False),
        )


class CodeNetwork(Table):
    """A network that may use an organization's activation codes. Where it has none, they may be used from anywhere."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    network = CharField(max_length=50)
    note = TextField(default="")
    created_at = BigIntegerField()
    first_key = CharField(max_length=33, default="")  # as of a sender rule: the order of the addresses
    end_key = CharField(max_length=33, default="")

    class Meta:
        indexes = (
            (("organization", "network"), True),
            (("organization", "first_key", "end_key"), False),
        )


class ApiToken(Table):
    """A token of the API, of which only the SHA-256 is stored. It belongs to a person, and acts for an organization."""

    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    user = ForeignKeyField(User, on_delete="CASCADE")
    name = CharField(max_length=100)
    token_hash = CharField(unique=True, max_length=64)
    scopes = TextField(default="[]")
    created_at = BigIntegerField()
    expires_at = BigIntegerField(null=True)
    last_used_at = BigIntegerField(null=True)
    hint = CharField(max_length=12, default="")  # how the token begins, so that people can tell it from others


class AuditEntry(Table):
    """Who changed what. An operator's own changes to the installation have no organization."""

    organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")
    who = CharField(max_length=254)
    what = TextField()
    before = TextField(default="")
    after = TextField(default="")
    at = BigIntegerField(index=True)

    class Meta:
        indexes = ((("organization", "at"), False),)

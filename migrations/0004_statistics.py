"""Spam volume by day, week and country. What the hours hold already is carried over; their countries are not known."""

from peewee import BigIntegerField, CharField, CompositeKey, Model

DAY, WEEK, MONDAY = 86400, 7 * 86400, 4 * 86400  # the first Monday was the fifth day of Unix time


def up(migrator, db):
    class SpamDay(Model):
        asn = BigIntegerField()
        day = BigIntegerField()
        volume = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "spam_day"
            primary_key = CompositeKey("asn", "day")

    class SpamWeek(Model):
        week = BigIntegerField()
        asn = BigIntegerField()
        volume = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "spam_week"
            primary_key = CompositeKey("week", "asn")

    class CountryDay(Model):
        day = BigIntegerField()
        country = CharField(max_length=2)
        volume = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "country_day"
            primary_key = CompositeKey("day", "country")

    class VolumeHour(Model):
        hour = BigIntegerField(primary_key=True)
        volume = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "volume_hour"

    db.create_tables([SpamDay, SpamWeek, CountryDay, VolumeHour])
    day, week = f"hour - hour % {DAY}", f"hour - (hour - {MONDAY}) % {WEEK}"
    for statement in (
        f"INSERT INTO spam_day (asn, day, volume) SELECT asn, {day}, SUM(volume) FROM spam_hour GROUP BY asn, {day}",
        f"INSERT INTO spam_week (week, asn, volume) SELECT {week}, asn, SUM(volume) FROM spam_hour GROUP BY {week}, asn",
        "INSERT INTO volume_hour (hour, volume) SELECT hour, SUM(volume) FROM spam_hour GROUP BY hour",
    ):
        db.execute_sql(statement.replace("%", "%%") if db.param == "%s" else statement)


def down(migrator, db):
    for table in ("spam_day", "spam_week", "country_day", "volume_hour"):
        migrator.migrate(migrator.drop_table(table))

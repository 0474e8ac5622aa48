"""The settings are read again while the program runs (SIGHUP): what needs no restart is in force at once.

Where they cannot be read, all goes on with those of before, and a fault says why. reputation/reloadable.py has the
names; here each of them reaches the part that it is for, at the start and at every reload.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from reputation import faults, settings
from reputation.counting.query_log import LogBounds
from reputation.intake import agreement
from reputation.intake.fetch import use_proxy
from reputation.intake.importing import limits
from reputation.notices.mailer import SmtpServer
from reputation.reloadable import Change, changes, taken_over
from reputation.settings import Settings, SettingsError
from serving.parts import Parts

log = logging.getLogger("gatepost.settings")

SETTINGS = "settings"  # the fault
Read = Callable[[], Settings]


def put_in_force(chosen: Settings, parts: Parts) -> None:
    """Hand the settings on to the parts: all that a reload can change."""
    logging.getLogger().setLevel(chosen.log_level.upper())
    agreement.require(chosen.reporters_agree)
    use_proxy(chosen.outgoing_proxy)
    limits.use(limits.Limits(chosen.import_memory << 20, chosen.import_time), chosen.data)
    bounds = LogBounds(chosen.query_log_days, chosen.query_log_rows, chosen.sample)
    parts.chosen, context, jobs = chosen, parts.app_context, parts.jobs
    context.settings = settings.in_force(chosen)
    context.log_bounds, context.daily_quota = bounds, chosen.daily_quota
    context.sends_mail = bool(chosen.mail_server)
    if jobs is not None:
        jobs.log_bounds, jobs.daily_quota = bounds, chosen.daily_quota
        jobs.mail = SmtpServer(chosen.mail_server, chosen.mail_from, chosen.public_url)
        jobs.origins_source, jobs.exchange_every = chosen.origins_source, chosen.exchange_every
        jobs.repeat_offenders = chosen.repeat_offenders


def reload(parts: Parts, read: Read, now: int) -> None:
    """Read the settings again, put in force what can be, and say in the log what became of each change."""
    log.info("Told to read the settings again.")
    try:
        found = read()
    except SettingsError as error:
        faults.raised(SETTINGS, f"They could not be read again, so those of before are in force: {error}", now)
        return
    faults.gone(SETTINGS, now)
    changed = changes(parts.chosen, found)
    put_in_force(taken_over(parts.chosen, found), parts)
    for change in changed:
        log.info(_told(change), change.name, change.written or "empty", change.in_force or "empty")
    if not changed:
        log.info("All settings are as they were.")


def written(parts: Parts, read: Read) -> tuple[Sequence[Change], str]:
    """Return what is written down and not in force, and why that cannot be read where it cannot."""
    try:
        return changes(parts.chosen, read()), ""
    except SettingsError as error:
        return (), str(error)


def _told(change: Change) -> str:
    if change.needs_restart:
        return "%s = %s is read at the next start; until then it is %s"
    return "%s = %s is in force; before it was %s"

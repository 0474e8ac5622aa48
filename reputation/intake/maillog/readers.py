"""The table of the programs whose logs can be followed: one row makes a program known."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from reputation.intake.maillog.amavis import Amavis
from reputation.intake.maillog.events import Reader
from reputation.intake.maillog.exim import Exim
from reputation.intake.maillog.haraka import Haraka
from reputation.intake.maillog.opensmtpd import OpenSmtpd
from reputation.intake.maillog.postfix import Postfix
from reputation.intake.maillog.refusals import Refusals
from reputation.intake.maillog.rspamd import Rspamd
from reputation.intake.maillog.sendmail import Sendmail

MAIL = ("SYSLOG_FACILITY=2",)


class LogProgram(NamedTuple):
    """A program, as the setting names it and as people read it, and what journalctl finds its entries by."""

    name: str
    title: str
    reader: Callable[[Refusals], Reader]
    journal: tuple[str, ...] = MAIL


PROGRAMS = {
    program.name: program
    for program in (
        LogProgram("postfix", "Postfix", Postfix),
        LogProgram("exim", "Exim", Exim),
        LogProgram("sendmail", "Sendmail", Sendmail),
        LogProgram("opensmtpd", "OpenSMTPD", OpenSmtpd),
        LogProgram("haraka", "Haraka", Haraka, ("SYSLOG_IDENTIFIER=haraka",)),
        LogProgram("rspamd", "Rspamd", Rspamd, ("SYSLOG_IDENTIFIER=rspamd",)),
        LogProgram("amavis", "amavis", Amavis),
    )
}

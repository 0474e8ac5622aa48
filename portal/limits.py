"""How often somebody may try a password, or ask what is open to everybody. Attempts are counted in memory by client
address, and those with passwords by account too. It knows no passwords, and a restart forgets the counts.

Of attempts to log in only those that failed are counted (guesses.py), so that nobody is shut out by logging in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, g, request, session
from flask_limiter import Limiter

from portal import known_browsers
from portal.attempts import Attempts
from portal.auth import remote_address, signed_in_user_or_none
from portal.forms import Form, text_field
from portal.guesses import Guess, Guesses, guess, one_guess
from reputation.addresses.scored_networks import subject_of
from reputation.customers import failed_logins, half_logins

A_WHILE = 15 * 60  # seconds
BY_ADDRESS, BY_ACCOUNT = 30, 10  # wrong guesses a while
LOOKUPS = "60 per 15 minutes"  # of visitors; each may unpack whole lists
REMOVALS = "5 per hour"
WHILE_TYPING = "60 per minute"
LOGIN, CODE = "login.enter", "login.enter_code"
SECOND_STEP = "second_step"  # where the session keeps the token of a login half way


class AccountForm(Form):
    """The email field of whichever form the attempt was made with."""

    email = text_field()


def client_address() -> str:
    """Return the address that the request came from; of IPv6 its /64, which one machine has to itself."""
    return str(subject_of(remote_address()))


def account() -> str:
    """Return the account that a password is tried for; a browser that its person has used is counted by itself."""
    email = _email()
    return f"{email} {known_browsers.mark_of(email)}".strip() or "nobody"


def place() -> str:
    """Return where a guess comes from: the client's address, or the browser that the account's person has used."""
    return known_browsers.mark_of(_email()) or client_address()


def half_way() -> str:
    """Return the account whose password was right already, as `account` does.

    Its codes are counted apart from passwords.
    """
    email = _email_half_way()
    return f"{email} {known_browsers.mark_of(email)}".strip() or "nobody"


def _email() -> str:
    """Whose secret is tried: at the login whom the form names, at its second step whose password was right, else the
    reader's own. A field of another form, and who is logged in while somebody else's is tried, decide nothing.
    """
    if request.endpoint == LOGIN:
        return str(AccountForm(meta={"csrf": False}).email.data).strip().lower()[:254]
    if request.endpoint == CODE:
        return _email_half_way()
    user = signed_in_user_or_none()
    return user.email if user else ""


def _email_half_way() -> str:
    token = session.get(SECOND_STEP)
    user = half_logins.find(token, g.now) if isinstance(token, str) else None
    return user.email if user else ""


def _block() -> None:
    failed_logins.block(_email(), str(remote_address()), g.now)


limiter = Limiter(client_address, storage_uri=f"{Attempts.STORAGE_SCHEME[0]}://", strategy="moving-window")
_by_address, _by_account, _codes = (
    Guesses(BY_ADDRESS, A_WHILE),
    Guesses(BY_ACCOUNT, A_WHILE),
    Guesses(BY_ACCOUNT, A_WHILE),
)

attempts_by_address = guess(_by_address, place)
attempts_by_account = guess(_by_account, account, _block)
codes_by_account = guess(_codes, half_way, _block)
while_typing = limiter.shared_limit(WHILE_TYPING, scope="typing", key_func=client_address, methods=["POST"])
# What is open to everybody is counted whether it succeeds or not.
lookups_by_address = limiter.shared_limit(
    LOOKUPS, scope="lookup", key_func=client_address, exempt_when=lambda: not request.args.get("address")
)
removals_by_address = limiter.shared_limit(REMOVALS, scope="removal", key_func=client_address, methods=["POST"])


def init_app(app: Flask) -> None:
    """Begin to count: a new installation of the portal knows no attempts of another one."""
    limiter.init_app(app)
    for guesses in (_by_address, _by_account, _codes):
        guesses.clear()


@contextmanager
def password_again() -> Iterator[Guess]:
    """Let the reader's own password be tried once more, as at the login."""
    with one_guess(_by_address, place()), one_guess(_by_account, account(), _block) as made:
        yield made

"""How often somebody may try a password, or ask what is open to everybody. Attempts are counted in memory by client
address, and those with passwords by account too. It knows no passwords, and a restart forgets the counts.

Of attempts to log in only those that failed are counted, so that nobody is shut out by logging in.
"""

from __future__ import annotations

from flask import request, session
from flask_limiter import Limiter
from werkzeug.wrappers import Response

from portal.attempts import Attempts
from portal.auth import remote_address, signed_in_user_or_none
from portal.forms import Form, text_field
from reputation.addresses.scored_networks import subject_of

BY_ADDRESS = "30 per 15 minutes"
BY_ACCOUNT = "10 per 15 minutes"
LOOKUPS = "60 per 15 minutes"  # of visitors; each may unpack whole lists
REMOVALS = "5 per hour"
WHILE_TYPING = "60 per minute"
SECOND_STEP = "second_step"  # where the session keeps whose password was right, until the code follows


class AccountForm(Form):
    """The email field of whichever form the attempt was made with."""

    email = text_field()


def client_address() -> str:
    """Return the address that the request came from; of IPv6 its /64, which one machine has to itself."""
    return str(subject_of(remote_address()))


def account() -> str:
    """Return the account that a password is tried for: by the email of the form, else that of the reader."""
    user = signed_in_user_or_none()
    email = user.email if user else AccountForm(meta={"csrf": False}).email.data
    return email.strip().casefold()[:254] or "nobody"


def half_way() -> str:
    """Return the account whose password was right already.

    Its codes are counted apart from passwords, for each account.
    """
    kept = session.get(SECOND_STEP) or {}
    return str(kept.get("email", "nobody"))


def failed(response: Response) -> bool:
    """Tell whether a response was a refusal."""
    return response.status_code == 422


limiter = Limiter(client_address, storage_uri=f"{Attempts.STORAGE_SCHEME[0]}://", strategy="moving-window")
attempts_by_address = limiter.shared_limit(
    BY_ADDRESS, scope="password", key_func=client_address, methods=["POST"], deduct_when=failed
)
attempts_by_account = limiter.shared_limit(
    BY_ACCOUNT, scope="account", key_func=account, methods=["POST"], deduct_when=failed
)
codes_by_account = limiter.shared_limit(
    BY_ACCOUNT, scope="code", key_func=half_way, methods=["POST"], deduct_when=failed
)
while_typing = limiter.shared_limit(WHILE_TYPING, scope="typing", key_func=client_address, methods=["POST"])
# What is open to everybody is counted whether it succeeds or not.
lookups_by_address = limiter.shared_limit(
    LOOKUPS, scope="lookup", key_func=client_address, exempt_when=lambda: not request.args.get("address")
)
removals_by_address = limiter.shared_limit(REMOVALS, scope="removal", key_func=client_address, methods=["POST"])

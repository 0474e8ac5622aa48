"""Webhooks: an organization's alerts are posted to an address of its own. Owns the address, its secret and the tries.

The body is signed as GitHub and others do it: `X-Gatepost-Signature: sha256=<HMAC of the body under the secret>`.
An address inside the network of this machine is refused: whoever may set a webhook may not thereby ask our neighbours.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
import ssl
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit, urlunsplit

import certifi
import urllib3

from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import Webhook, WebhookCall
from reputation.version import VERSION

PAUSES = (30, 120, 600, 3600, 3 * 3600)
TRIES = 8
AT_ONCE = 20
TIMEOUT = urllib3.Timeout(connect=5.0, read=10.0)


class Hook(NamedTuple):
    """An organization's webhook; `status` is the sentence about its last call."""

    url: str
    secret: str
    status: str
    called_at: int | None


def of(organization_id: int) -> Hook | None:
    """The webhook, if there is one."""
    row = Webhook.get_or_none(Webhook.organization == organization_id)
    return Hook(row.url, row.secret, row.status, row.called_at) if row else None


def choose(organization_id: int, url: str, now: int, who: str) -> None:
    """Set the address, with a new secret; an empty one takes the webhook away. Refused where it cannot be one."""
    url = url.strip()
    before = of(organization_id)
    if url:
        _check(url)
    with db.write():
        Webhook.delete().where(Webhook.organization == organization_id).execute()
        if url:
            Webhook.create(organization=organization_id, url=url, secret=secrets.token_hex(32), created_at=now)
        else:
            WebhookCall.delete().where(WebhookCall.organization == organization_id).execute()
        audit.record(organization_id, who, "Webhook changed", now, before=before.url if before else "", after=url)


def test(organization_id: int, now: int) -> None:
    """Let a call be made that says it is a trial."""
    WebhookCall.create(organization=organization_id, body='{"alerts": [], "trial": true}', created_at=now)


def call_due(now: int, may_be_private: bool = False) -> str:
    """Make the calls that are due; a sentence, empty where there was none. `may_be_private`: also to our neighbours."""
    due = list(WebhookCall.select().where(WebhookCall.next_try_at <= now).order_by(WebhookCall.id).limit(AT_ONCE))
    done = sum(_call(call, now, may_be_private) for call in due)
    return f"Called {done} of {len(due)} webhooks." if due else ""


def signature(secret: str, body: bytes) -> str:
    """The header's value for a body."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def _call(call: WebhookCall, now: int, may_be_private: bool) -> bool:
    hook = Webhook.get_or_none(Webhook.organization == call.organization_id)
    if hook is None:
        call.delete_instance()
        return False
    problem = _post(hook, call.body.encode(), may_be_private)
    # Of this address alone: somebody may have chosen another one meanwhile.
    told = {"status": problem or "The last call was answered well.", "called_at": now}
    Webhook.update(told).where((Webhook.organization == call.organization_id) & (Webhook.url == hook.url)).execute()
    if not problem or call.tries + 1 >= TRIES:
        call.delete_instance()
        return not problem
    call.next_try_at = now + PAUSES[min(call.tries, len(PAUSES) - 1)]
    call.tries += 1
    call.save()
    return False


def _post(hook: Webhook, body: bytes, may_be_private: bool) -> str:
    """What went wrong, as a sentence; "" where it was answered with 2xx."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Gatepost/{VERSION}",
        "X-Gatepost-Signature": signature(hook.secret, body),
    }
    try:
        parts = urlsplit(hook.url)
        with _pool(parts, _address(parts.hostname or "", may_be_private)) as pool:
            headers["Host"] = parts.netloc.rpartition("@")[2]
            target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            # The status is all that is wanted: a body that drips for ever is not waited for.
            answer = pool.urlopen("POST", target, body=body, headers=headers, redirect=False, preload_content=False)
            status = answer.status
            answer.close()
    except (urllib3.exceptions.HTTPError, OSError, ValueError, Refused) as error:
        return f"The last call failed: {error}"
    return "" if 200 <= status < 300 else f"The last call was answered with {status}."


def _pool(parts: SplitResult, address: str) -> urllib3.HTTPConnectionPool:
    """A connection to the very address that was looked at: asked a second time, the name could lead elsewhere."""
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, parts.port or 80, timeout=TIMEOUT, retries=False)
    trust = ssl.create_default_context(cafile=certifi.where())
    trust.load_default_certs()
    return urllib3.HTTPSConnectionPool(
        address, parts.port or 443, timeout=TIMEOUT, retries=False, ssl_context=trust,
        server_hostname=parts.hostname, assert_hostname=parts.hostname,
    )  # fmt: skip


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and len(url) <= 500
    except ValueError:
        fine = False
    if not fine:
        raise Refused("Write the webhook's address with https://, as in https://example.org/hook.")


def _address(host: str, may_be_private: bool) -> str:
    """An address of the host, all of which must be public ones. Refused says which is not."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (socket.gaierror, UnicodeError):
        raise Refused(f"the name {host} is not known.") from None
    inner = [text for text in found if not ipaddress.ip_address(text.partition("%")[0]).is_global]
    if inner and not may_be_private:
        raise Refused(f"{host} is {inner[0]}, inside this machine's network, where webhooks are not sent.")
    return found[0]

"""A daily quota and the networks of a code in a running program: in DNS within seconds, over a restart, taken back."""

from __future__ import annotations

import contextlib
import time

from commands import opened
from reputation import settings
from reputation.intake import listings
from tests.conftest import Cast, make_cast
from tests.dnsd import wire
from tests.dnsd.ask import Udp
from tests.dnsd.cast import reversed_name
from tests.stories.program import Program, wait_until

LISTED, QUOTA, LATE = "203.0.113.20", 50, 6  # the last one in seconds, as the documentation says
DAY = 86400


def cast_of(source: Program) -> Cast:
    with opened(settings.read({"data": str(source.data)})):
        listings.add(LISTED, "standard", "KSS", DAY, "Seen", int(time.time()))
        return make_cast(int(time.time()))


def packet(label: str) -> bytes:
    return wire.query(reversed_name(LISTED, code=label), additional=(wire.opt(),))


def test_a_quota_ends_the_answers_within_seconds_outlasts_a_restart_and_is_raised_at_once(source: Program) -> None:
    if DAY - time.time() % DAY < 120:
        time.sleep(121)  # so that the day does not end meanwhile
    made = cast_of(source)
    acme, basic = packet(made.acme_code.label), packet(made.basic_code.label)
    source.start("--daily-quota", str(QUOTA))
    with contextlib.closing(Udp(source.dns)) as udp:
        wait_until(lambda: udp.ask(acme).addresses == ["127.0.0.2"], 30, "Acme is answered")
        for _ in range(QUOTA):
            assert udp.ask(acme).addresses == ["127.0.0.2"]
        began = time.monotonic()
        wait_until(lambda: udp.ask(acme).rcode == wire.NXDOMAIN, 30, "the quota is used up")
        took = time.monotonic() - began
        print(f"the quota held after {took:.1f} s")
        assert took < LATE + 4, "a busy machine may be a little later"
        over = udp.ask(acme)
        assert b"the daily quota of this activation code is used up" in over.wire and over.extended_errors == [0]
        assert udp.ask(basic).addresses == ["127.0.0.2"]

    source.stop()
    source.start("--daily-quota", str(QUOTA))
    with contextlib.closing(Udp(source.dns)) as udp:
        wait_until(lambda: udp.ask(basic).addresses == ["127.0.0.2"], 30, "it serves")
        assert udp.ask(acme).rcode == wire.NXDOMAIN
        told = source.command("organization", "quota", "Acme", "none", "--daily-quota", str(QUOTA), "--json").json
        assert (told["quota"], told["in_force"]) == (0, None)
        wait_until(lambda: udp.ask(acme).addresses == ["127.0.0.2"], 10, "Acme is answered again")


def test_a_code_is_worth_nothing_elsewhere_and_who_used_it_is_told(source: Program) -> None:
    made = cast_of(source)
    acme, basic = packet(made.acme_code.label), packet(made.basic_code.label)
    source.start()
    with contextlib.closing(Udp(source.dns)) as udp:
        wait_until(lambda: udp.ask(acme).addresses == ["127.0.0.2"], 30, "Acme is answered")
        assert source.command("code", "allow", "192.0.2.53", "--organization", "Acme").code == 0
        wait_until(lambda: udp.ask(acme).rcode == wire.NXDOMAIN, 10, "the code is worth nothing here")
        denied, unknown = udp.ask(acme), udp.ask(packet("z" * 31))
        assert denied.wire[2:].replace(made.acme_code.label.encode(), b"z" * 31) == unknown.wire[2:]
        assert udp.ask(basic).addresses == ["127.0.0.2"]

        def turned_away() -> list[str]:
            told = source.command("code", "networks", "--organization", "Acme", "--json").json
            return [one["network"] for one in told["turned_away"]]

        wait_until(lambda: turned_away() == ["127.0.0.0/24"], 30, "it is told from where")
        assert source.command("code", "allow", "127.0.0.0/24", "--organization", "Acme").code == 0
        wait_until(lambda: udp.ask(acme).addresses == ["127.0.0.2"], 10, "the code may be used here")

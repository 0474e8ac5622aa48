"""The second step of a login: codes that count once, and recovery codes."""

from __future__ import annotations

import pyotp
import pytest

from reputation.customers import second_factor, users
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store.models import AuditEntry, RecoveryCode
from tests.conftest import NOON, Cast
from tests.neighbour import others

GOOD = "correct horse battery"


@pytest.fixture
def ann(cast: Cast) -> PortalUser:
    return users.add("ann@acme.example", cast.acme.id, "viewer", GOOD, NOON)


def app_of(user: PortalUser) -> pyotp.TOTP:
    """The app on the person's phone, set up as the page says."""
    return pyotp.TOTP(second_factor.enrol(user).secret)


def turned_on(user: PortalUser, now: int = NOON) -> tuple[pyotp.TOTP, list[str]]:
    app = app_of(user)
    return app, second_factor.confirm(user, app.at(now), now)


def log_of(user: PortalUser) -> list[str]:
    return [row.what for row in others(AuditEntry).where(AuditEntry.who == user.email).order_by(AuditEntry.id)]


def test_it_is_off_until_a_code_of_the_app_has_confirmed_it(ann: PortalUser) -> None:
    app = app_of(ann)
    assert not second_factor.is_on(ann.id)
    assert not second_factor.check(ann.id, app.at(NOON), NOON)
    with pytest.raises(Refused, match="The code is not right"):
        second_factor.confirm(ann, "000000", NOON)

    second_factor.confirm(ann, app.at(NOON), NOON)

    assert second_factor.is_on(ann.id)
    assert log_of(ann) == ["Two-step login turned on"]


def test_the_address_of_the_qr_code_names_the_account(ann: PortalUser) -> None:
    made = second_factor.enrol(ann)

    assert made.address.startswith("otpauth://totp/Gatepost:ann%40acme.example?")
    assert f"secret={made.secret}" in made.address
    assert second_factor.enrol(ann) == made  # a reload of the page changes nothing


def test_a_code_is_taken_once(ann: PortalUser) -> None:
    app, _ = turned_on(ann)
    later = NOON + 120

    assert second_factor.check(ann.id, app.at(later), later)
    assert not second_factor.check(ann.id, app.at(later), later)
    assert not second_factor.check(ann.id, app.at(later - 30), later)  # one before the last that was taken
    assert second_factor.check(ann.id, app.at(later + 30), later + 30)


def test_the_code_that_confirmed_it_does_not_log_in(ann: PortalUser) -> None:
    app, _ = turned_on(ann)

    assert not second_factor.check(ann.id, app.at(NOON), NOON + 1)


@pytest.mark.parametrize(("off", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_wrong_by_half_a_minute(ann: PortalUser, off: int, taken: bool) -> None:
    app, _ = turned_on(ann)
    later = NOON + 3000

    assert second_factor.check(ann.id, app.at(later + off), later) == taken


def test_a_code_may_be_written_with_a_space(ann: PortalUser) -> None:
    app, _ = turned_on(ann)
    code = app.at(NOON + 90)

    assert second_factor.check(ann.id, f" {code[:3]} {code[3:]} ", NOON + 90)


@pytest.mark.parametrize("code", ["", "abcdef", "12345", "1234567", "１２３４５６"])
def test_what_is_no_code_is_refused(ann: PortalUser, code: str) -> None:
    turned_on(ann)

    assert not second_factor.check(ann.id, code, NOON + 90)


def test_a_recovery_code_is_taken_once_and_the_log_says_so(ann: PortalUser) -> None:
    _, codes = turned_on(ann)
    assert len(codes) == len(set(codes)) == 10

    assert second_factor.use_recovery_code(ann, codes[3].upper().replace("-", " "), NOON)
    assert not second_factor.use_recovery_code(ann, codes[3], NOON)

    assert second_factor.recovery_codes_left(ann.id) == 9
    assert log_of(ann)[-1] == "Recovery code used"
    assert others(AuditEntry).order_by(AuditEntry.id.desc()).first().after == "9 left"


def test_recovery_codes_are_kept_as_fingerprints(ann: PortalUser) -> None:
    _, codes = turned_on(ann)

    kept = str(list(others(RecoveryCode).dicts()))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_a_recovery_code_of_somebody_else_is_refused(ann: PortalUser, cast: Cast) -> None:
    bob = users.add("bob@acme.example", cast.acme.id, "viewer", GOOD, NOON)
    _, codes = turned_on(ann)
    turned_on(bob)

    assert not second_factor.use_recovery_code(bob, codes[0], NOON)


def test_new_recovery_codes_end_the_old_ones_and_want_the_password(ann: PortalUser) -> None:
    _, old = turned_on(ann)
    with pytest.raises(Refused, match="present password"):
        second_factor.renew_recovery_codes(ann, "wrong", NOON)

    new = second_factor.renew_recovery_codes(ann, GOOD, NOON)

    assert not second_factor.use_recovery_code(ann, old[0], NOON)
    assert second_factor.use_recovery_code(ann, new[0], NOON)


def test_it_is_turned_off_with_the_password_and_set_up_anew_with_another_secret(ann: PortalUser) -> None:
    app, codes = turned_on(ann)
    with pytest.raises(Refused, match="present password"):
        second_factor.turn_off(ann, "wrong", NOON)
    with pytest.raises(Refused, match="turn it off first"):
        second_factor.enrol(ann)

    second_factor.turn_off(ann, GOOD, NOON)

    assert not second_factor.is_on(ann.id)
    assert not second_factor.check(ann.id, app.at(NOON + 90), NOON + 90)
    assert not second_factor.use_recovery_code(ann, codes[0], NOON)
    assert second_factor.enrol(ann).secret != app.secret
    assert log_of(ann)[-1] == "Two-step login of ann@acme.example turned off"


def test_there_is_nothing_to_confirm_before_it_was_begun(ann: PortalUser) -> None:
    with pytest.raises(Refused, match="Begin again"):
        second_factor.confirm(ann, "123456", NOON)
    with pytest.raises(Refused, match="turn it on first"):
        second_factor.renew_recovery_codes(ann, GOOD, NOON)

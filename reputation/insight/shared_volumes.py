"""Spam volumes as other installations have counted them, which the statistics add to our own.

Nobody can check such a figure. So the rule is that of peers' words (reputation/intake/peer_trust.py): no group of peers
adds more to a figure than all the others and we ourselves together, and who is believed nothing adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from peewee import fn

from reputation.intake.peer_trust import group_of, no_louder_than_the_rest
from reputation.store.models import ExchangedVolume, ExchangePeer

Subject = TypeVar("Subject", int, str)


def of_isps(own: Mapping[int, int], first: int, end: int) -> dict[int, int]:
    """Return the volume of each ISP by its ASN, ours and others'.

    The days are those from `first` to before `end`, in Unix seconds.
    """
    said = {int(name[2:]): groups for name, groups in _said(first, end).items() if _is_isp(name)}
    return _together(own, said)


def of_countries(own: Mapping[str, int], first: int, end: int) -> dict[str, int]:
    """Return the volume of each country by its two letters, ours and others'."""
    return _together(own, {name: groups for name, groups in _said(first, end).items() if not _is_isp(name)})


def installations(first: int, end: int) -> int:
    """Return how many other installations, independent of each other, have told of these days."""
    return len({group for groups in _said(first, end).values() for group in groups})


def _together(own: Mapping[Subject, int], said: Mapping[Subject, dict[str, int]]) -> dict[Subject, int]:
    found = dict(own)
    for name, groups in said.items():
        volume = own.get(name, 0) + int(no_louder_than_the_rest(groups.values(), own.get(name, 0)))
        if volume:
            found[name] = volume
    return found


def _is_isp(subject: str) -> bool:
    """Whether it is the number of an AS; AS alone is American Samoa."""
    return len(subject) > 2


def _said(first: int, end: int) -> dict[str, dict[str, int]]:
    """What each group of peers has told, by the subject."""
    groups = group_of(dict(ExchangePeer.select(ExchangePeer.key, ExchangePeer.introduced_by).tuples()))
    counts = (ExchangePeer.weight > 0) & ~ExchangePeer.paused & ExchangePeer.revoked_at.is_null()
    rows = (
        ExchangedVolume.select(ExchangedVolume.subject, ExchangePeer.key, fn.SUM(ExchangedVolume.volume))
        .join(ExchangePeer)
        .where(counts & (ExchangedVolume.day >= first) & (ExchangedVolume.day < end))
        .group_by(ExchangedVolume.subject, ExchangePeer.key)
    )
    found: dict[str, dict[str, int]] = {}
    for subject, key, volume in rows.tuples():
        told = found.setdefault(subject, {})
        told[groups[key]] = told.get(groups[key], 0) + int(volume)
    return found

"""News: the operator writes it in Markdown, and it is shown from its publication time on.

This module owns the items and their states; the portal renders Markdown. A discarded item is kept, so that it can be
restored.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from peewee import fn

from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import NewsItem

SPAM, RELEASE = "spam", "release"
KINDS = {SPAM: "Spam News", RELEASE: "Release News"}
DRAFT, SCHEDULED, PUBLISHED, DISCARDED = "draft", "scheduled", "published", "discarded"
STATES = (DRAFT, SCHEDULED, PUBLISHED, DISCARDED)
LONGEST_TITLE = 200
LONGEST_BODY = 50_000
FURTHEST = 366 * 86400  # seconds into the future: further off it is a mistyped year


class Item(NamedTuple):
    """A piece of news; times are Unix seconds. `week` is the ISO week that an automatic draft is about, or ""."""

    id: int
    kind: str
    title: str
    body: str
    author: str
    created_at: int
    updated_at: int
    published_at: int | None
    discarded_at: int | None
    week: str

    def state(self, now: int) -> str:
        """Return the state of the item, one of STATES."""
        if self.discarded_at is not None:
            return DISCARDED
        if self.published_at is None:
            return DRAFT
        return PUBLISHED if self.published_at <= now else SCHEDULED


def published(now: int, kind: str = "", limit: int = 50, skip: int = 0) -> list[Item]:
    """Return what everybody may read now, the latest first; of one kind, or of both."""
    rows = NewsItem.select().where(_is_published(now, kind))
    newest = rows.order_by(NewsItem.published_at.desc(), NewsItem.id.desc())
    return [_item(row) for row in newest.limit(limit).offset(skip)]


def count_published(now: int, kind: str) -> int:
    """Count the published items of a kind."""
    return int(NewsItem.select().where(_is_published(now, kind)).count())


def read(item_id: int, kind: str, now: int) -> Item | None:
    """Return one item that everybody may read now; None where there is none such."""
    row = NewsItem.get_or_none(_is_published(now, kind) & (NewsItem.id == item_id))
    return _item(row) if row else None


def all_items() -> list[Item]:
    """Return all items in every state, for the people who write them; the latest first."""
    at = fn.COALESCE(NewsItem.published_at, NewsItem.created_at)
    return [_item(row) for row in NewsItem.select().order_by(at.desc(), NewsItem.id.desc())]


def find(item_id: int) -> Item | None:
    """Return one item in any state, for the people who write it; None where there is none."""
    row = NewsItem.get_or_none(NewsItem.id == item_id)
    return _item(row) if row else None


def write(kind: str, title: str, body: str, publish_at: int | None, who: str, now: int) -> Item:
    """Write a new item, which is a draft without `publish_at` (Unix seconds).

    Raise Refused where a part is missing or too long.
    """
    checked = _checked(kind, title, body, publish_at, now)
    with db.write():
        row = NewsItem.create(**checked, author=who, created_at=now, updated_at=now)
        audit.record(None, who, f"News written: {row.title}", now, after=_told(row, now))
    return _item(row)


def edit(item_id: int, kind: str, title: str, body: str, publish_at: int | None, who: str, now: int) -> Item:
    """Change an item and its publication time. Raise Refused where it is gone or a part is missing or too long."""
    checked = _checked(kind, title, body, publish_at, now)
    with db.write():
        row = _row(item_id)
        before = _told(row, now)
        for name, value in checked.items():
            setattr(row, name, value)
        row.updated_at = now
        row.save()
        audit.record(None, who, f"News edited: {row.title}", now, before=before, after=_told(row, now))
    return _item(row)


def publish(item_id: int, publish_at: int, who: str, now: int) -> Item:
    """Publish an item as it is, at a time that may be past. Raise Refused where it is gone."""
    row = _row(item_id)
    return edit(item_id, row.kind, row.title, row.body, publish_at, who, now)


def unpublish(item_id: int, who: str, now: int) -> Item:
    """Make an item a draft again; return it as it was before. Raise Refused where it is gone."""
    with db.write():
        row = _row(item_id)
        before = _item(row)
        row.published_at = None
        row.save()
        audit.record(None, who, f"News unpublished: {row.title}", now)
    return before


def discard(item_id: int, who: str, now: int) -> Item:
    """Discard an item. An automatic draft about a week is not made a second time. Raise Refused where it is gone."""
    with db.write():
        row = _row(item_id)
        row.discarded_at = now
        row.save()
        audit.record(None, who, f"News discarded: {row.title}", now)
    return _item(row)


def restore(item_id: int, who: str, now: int) -> Item:
    """Restore a discarded item in its earlier state. Raise Refused where it is not discarded."""
    with db.write():
        row = NewsItem.get_or_none((NewsItem.id == item_id) & NewsItem.discarded_at.is_null(False))
        if row is None:
            raise Refused("This item is not discarded.")
        row.discarded_at = None
        row.save()
        audit.record(None, who, f"News brought back: {row.title}", now)
    return _item(row)


def add_draft(kind: str, title: str, body: str, week: str, now: int) -> bool:
    """Add a draft about an ISO week, unless there was one before, discarded or not; tell whether it was added."""
    with db.write():
        if NewsItem.select().where(NewsItem.week == week).exists():
            return False
        NewsItem.create(kind=kind, title=title, body=body, week=week, created_at=now, updated_at=now)
    return True


def _is_published(now: int, kind: str = "") -> Any:
    shown = (NewsItem.published_at <= now) & NewsItem.discarded_at.is_null()
    return shown & (NewsItem.kind == kind) if kind else shown


def _row(item_id: int) -> Any:
    row = NewsItem.get_or_none((NewsItem.id == item_id) & NewsItem.discarded_at.is_null())
    if row is None:
        raise Refused("This item is gone, or discarded: restore it first.")
    return row


def _checked(kind: str, title: str, body: str, publish_at: int | None, now: int) -> dict[str, Any]:
    title, body = " ".join(_clean(title).split()), _clean(body).strip()
    if kind not in KINDS:
        raise Refused("Choose Spam News or Release News.")
    if not 0 < len(title) <= LONGEST_TITLE:
        raise Refused(f"Write a title of at most {LONGEST_TITLE} characters.")
    if not 0 < len(body) <= LONGEST_BODY:
        raise Refused(f"Write a text of at most {LONGEST_BODY:,} characters.")
    if publish_at is not None and publish_at > now + FURTHEST:
        raise Refused("This is more than a year away: look at the year.")
    if publish_at is not None and publish_at < 0:  # no page could tell of the first years, and no feed
        raise Refused("This is before 1970: look at the year.")
    return {"kind": kind, "title": title, "body": body, "published_at": publish_at}


def _clean(text: str) -> str:
    """Without signs that no page shows and that XML may not hold (XML 1.0 2.2)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        sign for sign in text if sign in "\n\t" or (ord(sign) >= 32 and sign not in "\x7f\ufffe\uffff")
    ).encode("utf-8", "ignore").decode()  # fmt: skip


def _told(row: Any, now: int) -> str:
    """How the audit log tells of an item."""
    return f"{KINDS[row.kind]}, {_item(row).state(now)}: {row.body}"


def _item(row: Any) -> Item:
    return Item(
        row.id,
        row.kind,
        row.title,
        row.body,
        row.author,
        row.created_at,
        row.updated_at,
        row.published_at,
        row.discarded_at,
        row.week or "",
    )

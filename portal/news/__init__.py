"""News: Spam News and Release News to read, the screen on which the operator writes them, and the Atom feed."""

from __future__ import annotations

from portal.news import feed, release_news, spam_news, write_news

__all__ = ["feed", "release_news", "spam_news", "write_news"]

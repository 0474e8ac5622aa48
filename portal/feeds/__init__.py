"""Installation > Feeds: published lists, the state of each, and a catalogue of well-known ones.

    list_page.py   all feeds; the catalogue; a new feed, tried before it is saved
    feed_page.py   one feed: its state, its history, what changed, and what can be done with it
    forms.py       the form of a feed

A page never waits for a fetch: it requests one, the scheduler starts it within seconds, and the page asks how it went.
The exception is a trial before saving, which has some seconds and one try.
"""

from portal.feeds import feed_page, list_page
from portal.feeds.list_page import blueprint

__all__ = ["blueprint", "feed_page", "list_page"]

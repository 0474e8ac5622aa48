"""Forms have one way: one macro writes them, one module reads them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.portal.test_security import TEMPLATES

MACRO = ROOT / "templates" / "_forms.html"
OTHERS = [path for path in TEMPLATES if path != MACRO]
WRITES_A_POST = re.compile(r"""method\s*=\s*["']?post""", re.IGNORECASE)
# The strength of a password is asked while it is typed: htmx is told to send the token along, and writes none.
SENDS_ALONG = re.compile(r'hx-params="[^"]*"')


@pytest.mark.parametrize("template", OTHERS, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_only_the_macro_writes_a_form_that_posts_and_its_token(template: Path) -> None:
    text = SENDS_ALONG.sub("", template.read_text())

    assert not WRITES_A_POST.search(text), "use {% call post_form(address) %}: it cannot forget the token"
    for name in ("csrf_token", "hidden_tag"):
        assert name not in text, f"{name}: post_form writes the token"


def test_the_macro_writes_the_token() -> None:
    written = [bool(WRITES_A_POST.search(path.read_text())) for path in (MACRO, *OTHERS)]

    assert written.count(True) == 1 and written[0]
    assert 'name="csrf_token" value="{{ csrf_token() }}"' in MACRO.read_text()

"""Charts have one way: static/charts.js draws each from a table of the same figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.portal.test_security import TEMPLATES

CHART = re.compile(r'<\w+[^>]*class="chart\b[^>]*>')
WITH_CHARTS = [path for path in TEMPLATES if CHART.search(path.read_text())]


def test_the_pages_with_charts_are_found() -> None:
    assert ROOT / "templates" / "general" / "show.html" in WITH_CHARTS
    assert len(WITH_CHARTS) >= 5


@pytest.mark.parametrize("template", WITH_CHARTS, ids=lambda path: path.parent.name)
def test_every_chart_names_its_table_and_its_page_loads_what_draws_it(template: Path) -> None:
    text = template.read_text()

    tags = CHART.findall(text)
    assert tags and all('data-chart="' in tag for tag in tags)
    assert '{% block scripts %}{% include "_charts.html" %}{% endblock %}' in text

"""Other installations, whose files lie on a web server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reputation.exchange import peers
from reputation.store.db import Store
from tests.conftest import NOON
from tests.reputation.exchange.maker import Maker, serving

MakePeer = Callable[..., Maker]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "site"
    folder.mkdir()
    with serving(folder) as url:
        yield folder, url


@pytest.fixture
def make_peer(store: Store, site: tuple[Path, str]) -> MakePeer:
    """Makes another installation, and adds it as a peer."""

    def make(name: str, introduced_by: str = "") -> Maker:
        made = Maker(site[0] / name, f"{site[1]}/{name}/")
        peers.add(peers.read(made.introduction), NOON, "olga", introduced_by)
        return made

    return make


@pytest.fixture
def peer(make_peer: MakePeer) -> Maker:
    return make_peer("beta")

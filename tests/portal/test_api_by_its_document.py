"""The API keeps to its OpenAPI document: schemathesis asks the real server what the document allows, and more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from portal.api import operations
from portal.server import PortalServer
from reputation.customers import tokens, users
from reputation.customers.tokens import OPERATOR_SCOPES, SCOPES
from tests.conftest import NOON, Cast
from tests.portal.conftest import OLGA

EXAMPLES = 15  # of an operation in each phase
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@pytest.mark.alone("it calls every operation there is, and an operator takes back what all have reported")
def test_schemathesis_finds_nothing(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(operations, "LIMIT", "1000000 per minute")
    _, secret = tokens.create(users.with_email(OLGA), "Schemathesis", (*SCOPES, *OPERATOR_SCOPES), 0, NOON)
    server = PortalServer(app, "127.0.0.1", 0)
    server.start()
    try:
        done = subprocess.run(
            [
                SCHEMATHESIS, "run", f"{server.url}/api/v1/openapi.json", "--url", f"{server.url}/api/v1",
                "--header", f"Authorization: Bearer {secret}", "--checks", "all", "--seed", "1",
                "--max-examples", str(EXAMPLES), "--phases", "examples,coverage,fuzzing", "--no-color",
                "--generation-database", "none",
            ],
            cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    finally:
        server.stop()

    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"

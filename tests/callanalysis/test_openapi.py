"""The API describes itself and does as it says: schemathesis asks what the description allows, and more."""

import json
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from apps.callanalysis import receiving
from apps.callanalysis.api import door
from apps.callanalysis.api.description import description

pytestmark = pytest.mark.django_db

OPENAPI, DOCS = "/api/v1/openapi.json", "/api/v1/docs/"
OPERATIONS = [
    ("POST", "/calls"),
    ("POST", "/calls/audio-upload"),
    ("GET", "/calls/{call_id}"),
    ("POST", "/settings/managers-update"),
    ("POST", "/settings/offices-update"),
    ("GET", "/tables/call-ready"),
]
# The same every time, and as many as take a second or two.
BOUNDED = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def schema(monkeypatch) -> Any:
    """Over WSGI; no link is looked at, and nobody is told that they ask too often."""
    monkeypatch.setattr(receiving, "glance", lambda link: None)
    monkeypatch.setattr(door, "PER_MINUTE", 10**6)
    found = schemathesis.openapi.from_dict(json.loads(json.dumps(description("en"), default=str)))
    found.app = get_wsgi_application()
    # As Django's own test client does: the test's connection outlives each request.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield found
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_schemathesis_finds_nothing(method, path, mode, schema, key):
    operation = schema[path][method]

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(headers={"X-API-Key": key})

    ask()

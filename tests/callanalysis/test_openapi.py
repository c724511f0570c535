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


def test_it_is_for_whoever_has_a_key_or_administers(api, boss, anna, signed_in, client):
    for address in (OPENAPI, DOCS):
        assert client.get(address).status_code == 401
        assert signed_in(anna).get(address).status_code == 403
        assert signed_in(boss).get(address).status_code == 200
        assert api.get(address).status_code == 200
    assert api.get(OPENAPI)["Content-Type"] == "application/json"


def test_every_method_is_in_it_with_its_answers_and_the_three_ways_of_a_key(api):
    found = api.get(OPENAPI).json()
    assert found["openapi"].startswith("3.1")
    assert found["servers"] == [{"url": "/api/v1"}]
    told = {(method.upper(), path) for path, methods in found["paths"].items() for method in methods}
    assert told == set(OPERATIONS)
    for methods in found["paths"].values():
        for method in methods.values():
            assert {"200", "401", "429"} <= set(method["responses"])
            assert method["security"] == [{"header": []}, {"bearer": []}, {"query": []}]
            assert method["description"]
    ways = [(one.get("in"), one.get("name")) for one in found["components"]["securitySchemes"].values()]
    assert sorted(ways, key=str) == [("header", "X-API-Key"), ("query", "apiKey"), (None, None)]


def test_ids_are_as_long_as_the_description_says(api):
    long = {"managers": [{"manager_id": "x" + " " * 200}]}
    answer = api.post("/api/v1/settings/managers-update", long, content_type="application/json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["managers.0.manager_id"]

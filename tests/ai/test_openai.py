"""The check of OpenAI: the configured model is asked for, no speech is sent."""

from collections.abc import Iterator
from typing import Any

import pytest
from model_bakery import baker

from apps.ai.connectors import openai
from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Transient
from apps.integrations.contract import Account
from apps.integrations.models import ActionLog, Connection
from apps.integrations.opening import open_connection
from apps.tenants.models import Tenant
from tests.peers.server import Peer, Received, Reply

KEY = "sk-proj-peer"
MODEL = "GET /v1/models/{model}"


@pytest.fixture
def service() -> Iterator[Peer]:
    def answer(request: Received) -> Reply:
        if request.headers["Authorization"] != f"Bearer {KEY}":
            return failure(401, "invalid_api_key")
        model = request.params["model"]
        return Reply(json={"id": model, "object": "model", "created": 1677532384, "owned_by": "openai"})

    with Peer() as peer:
        peer.route(MODEL, answer)
        yield peer


def failure(status: int, code: str) -> Reply:
    error = {"message": f"{code} {KEY}", "type": "invalid_request_error", "param": None, "code": code}
    return Reply(status=status, json={"error": error})


def check(tenant: Tenant, service: Peer, api_key: str = KEY, **config: Any) -> Account:
    connection = baker.make(
        Connection,
        tenant=tenant,
        key="whisper",
        connector="openai",
        config={"base_url": f"{service.url}/v1", **config},
        secrets={"api_key": api_key},
    )
    return openai.check(open_connection(connection))


def test_the_default_model_is_the_customers(tenant: Tenant, service: Peer) -> None:
    assert check(tenant, service).name == "whisper-1"
    assert [request.path for request in service.requests] == ["/v1/models/whisper-1"]
    assert ActionLog.objects.get().status == 200


def test_nothing_of_this_machine_leaves(
    tenant: Tenant, service: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-other")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-other")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
    check(tenant, service)
    sent = {name.lower() for name in service.requests[0].headers}
    assert not {name for name in sent if name.startswith(("openai", "x-"))}


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (failure(401, "invalid_api_key"), AuthFailed, "auth_failed"),
        (failure(403, "unsupported_country"), ConfigInvalid, "http_403"),
        (failure(404, "model_not_found"), ConfigInvalid, "model_not_found"),
        (Reply(status=404, body="no"), ConfigInvalid, "not_the_api"),
        (failure(429, "rate_limit_exceeded"), RateLimited, "rate_limited"),
        (failure(429, "insufficient_quota"), ConfigInvalid, "payment_required"),
        (failure(503, "overloaded"), Transient, "http_503"),
        (Reply(body="<html></html>"), ConfigInvalid, "not_the_api"),
    ],
)
def test_every_refusal_has_its_consequence_and_keeps_the_key(
    tenant: Tenant, service: Peer, reply: Reply, kind: type[OutsideError], code: str
) -> None:
    service.script(MODEL, [reply])
    with pytest.raises(OutsideError) as caught:
        check(tenant, service)
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert KEY not in repr(caught.value) + str(caught.value)
    assert caught.value.__context__ is None
    assert len(service.requests) == 1


def test_it_offers_no_thinking() -> None:
    assert not hasattr(openai, "think")

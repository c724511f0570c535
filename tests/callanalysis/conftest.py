"""An organisation whose calls lie on a server that can lie, whose AI is the strict local peer."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.callanalysis.models import Call, SalesManager
from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.tenants.keys import issue_key
from apps.tenants.models import Tenant
from config.storage import backend
from tests.callanalysis.judges import anthropic, judge, talked, thinking
from tests.callanalysis.tones import ear
from tests.peers.openai import OpenAIPeer
from tests.peers.server import Peer, Reply

__all__ = ["anthropic", "judge", "talked", "thinking"]

Receive = Callable[..., Call]
FILE = "GET /rec/{name}"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files lie, for this process and those that it starts."""
    address = f"file://{tmp_path / 'files'}"
    monkeypatch.setenv("STORAGE_URL", address)
    settings.STORAGES = {**settings.STORAGES, "default": backend(address, tmp_path)}
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    return tmp_path / "files"


@pytest.fixture
def crm() -> Iterator[Peer]:
    """Hands recordings out; `crm.script(FILE, …)` says what comes before."""
    with Peer() as peer:
        peer.route(FILE, lambda request: Reply(status=404))
        yield peer


@pytest.fixture
def openai() -> Iterator[OpenAIPeer]:
    with OpenAIPeer() as peer:
        peer.tells = ear
        yield peer


@pytest.fixture
def listening(openai: OpenAIPeer, tenant_a: Tenant) -> Connection:
    values = {"api_key": openai.key, "base_url": openai.url}
    return connect(tenant=tenant_a, connector="openai", values=values)


@pytest.fixture
def receive(crm: Peer, tenant_a: Tenant) -> Receive:
    """A call as the API leaves it. With `content` the file is there; else `url` leads wherever it does."""

    def make(content: bytes | None = None, *, url: str = "", **fields: Any) -> Call:
        if content is not None:
            crm.route(FILE, lambda request: Reply(body=content))
        who, _ = SalesManager.objects.get_or_create(tenant=tenant_a, external_id="mgr_001")
        number = Call.objects.count() + 1
        return Call.objects.create(
            tenant=tenant_a,
            sales_manager=who,
            external_id=f"call_{number}",
            link={"audio_url": url or f"{crm.url}/rec/{number}.mp3?sig=secret"},
            **fields,
        )

    return make


@pytest.fixture
def key(tenant_a: Tenant) -> str:
    return issue_key(tenant=tenant_a, name="CRM", user=None)[1]


@pytest.fixture
def api(key: str) -> Client:
    """The API as the CRM calls it."""
    return Client(headers={"X-API-Key": key})

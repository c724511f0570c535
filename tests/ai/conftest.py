"""A tenant whose AI is the strict local peer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from model_bakery import baker

from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.peers.anthropic import KEY, AnthropicPeer

FIXTURES = Path(__file__).parent / "fixtures"

Connect = Callable[..., Connection]


@pytest.fixture(autouse=True)
def _local_services(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def spec_request() -> Any:
    return json.loads((FIXTURES / "spec_request.json").read_text())


@pytest.fixture
def spec_response() -> Any:
    return json.loads((FIXTURES / "spec_response.json").read_text())


@pytest.fixture
def peer() -> Iterator[AnthropicPeer]:
    with AnthropicPeer() as peer:
        yield peer


@pytest.fixture
def tenant(db: None) -> Tenant:
    return baker.make(Tenant, slug="battery", name="Battery Service", timezone="Europe/Moscow", language="ru")


@pytest.fixture
def connect(tenant: Tenant, peer: AnthropicPeer) -> Connect:
    """Makes a connection to the peer; settings may be given."""

    def make(key: str = "claude", api_key: str = KEY, **config: Any) -> Connection:
        return baker.make(
            Connection,
            tenant=tenant,
            key=key,
            name="Claude",
            connector="anthropic",
            config={"base_url": peer.url, "key_header": "authorization", **config},
            secrets={"api_key": api_key},
        )

    return make


@pytest.fixture
def connection(connect: Connect) -> Connection:
    return connect()

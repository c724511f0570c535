"""A key of an organisation, a CRM's file server on loopback, and the API as the CRM calls it."""

import pytest
from django.test import Client

from apps.tenants.keys import issue_key
from tests.peers.server import Peer


@pytest.fixture
def key(tenant_a) -> str:
    return issue_key(tenant=tenant_a, name="CRM", user=None)[1]


@pytest.fixture
def api(key) -> Client:
    return Client(headers={"X-API-Key": key})


@pytest.fixture
def files(settings):
    """Where the CRM keeps its recordings."""
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with Peer() as peer:
        yield peer

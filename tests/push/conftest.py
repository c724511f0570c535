"""A workshop with Firebase on a strict local peer."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.peers.fcm import FcmPeer, GatewayPeer, own_values, plain_values


@pytest.fixture(autouse=True)
def _local_services(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def google() -> Iterator[FcmPeer]:
    with FcmPeer() as peer:
        yield peer


@pytest.fixture
def gateway() -> Iterator[GatewayPeer]:
    with GatewayPeer() as peer:
        yield peer


@pytest.fixture
def firebase(google: FcmPeer, tenant_a: Tenant) -> Connection:
    """Checked, so that what speaks is known."""
    made = connect(tenant=tenant_a, connector="fcm", key="fcm", values=own_values(google.url))
    return check_connection(connection=made, within=9)


@pytest.fixture
def old_gateway(gateway: GatewayPeer, tenant_a: Tenant) -> Connection:
    made = connect(tenant=tenant_a, connector="fcm", key="gw", values=plain_values(gateway.url))
    return check_connection(connection=made, within=9)

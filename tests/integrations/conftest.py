"""A connector that exists only here, its service, and a tenant with its people."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.integrations import registry
from apps.integrations.models import Connection
from apps.tenants.models import Member, Role, Tenant
from tests.integrations import parcels
from tests.peers.server import Peer, Reply


@pytest.fixture(autouse=True)
def _local_services(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def connector(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The made-up connector, alone in the registry."""
    monkeypatch.setattr(registry, "connectors", lambda: {"parcels": parcels})
    parcels.connected.clear()
    yield parcels
    parcels.connected.clear()


@pytest.fixture
def service() -> Iterator[Peer]:
    with Peer() as peer:
        peer.route(parcels.ROUTE, lambda _request: Reply(json={"account": "Ivan's parcels"}))
        yield peer


@pytest.fixture
def tenant(db: None) -> Tenant:
    return Tenant.objects.create(slug="battery", name="Battery Service")


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    return Tenant.objects.create(slug="other", name="Other Company")


@pytest.fixture
def boss(tenant: Tenant) -> Client:
    return signed_in(tenant, Role.ADMIN)


@pytest.fixture
def operator(tenant: Tenant) -> Client:
    return signed_in(tenant, Role.OPERATOR)


def signed_in(tenant: Tenant, role: Role) -> Client:
    user = User.objects.create_user(f"{role}-{tenant.slug}", is_staff=True)
    Member.objects.create(tenant=tenant, user=user, role=role, name=str(role))
    return in_english(user)


def in_english(user: User) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(user)
    return client


@pytest.fixture
def superuser(db: None) -> Client:
    return in_english(User.objects.create_superuser("root"))


@pytest.fixture
def connection(connector: ModuleType, tenant: Tenant, service: Peer) -> Connection:
    return parcels.connect_to(service.url, tenant)

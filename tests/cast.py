"""The people of the tests: two organisations that must not hear of each other, and who works in them."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant

PASSWORD = "correct horse 17"


@pytest.fixture
def tenant_a(db) -> Tenant:
    return Tenant.objects.create(slug="alpha", name="Alpha Phones")


@pytest.fixture
def tenant_b(db) -> Tenant:
    return Tenant.objects.create(slug="beta", name="Beta Phones")


@pytest.fixture
def anna(tenant_a) -> Member:
    """An operator of A."""
    return add_member(tenant=tenant_a, username="anna", password=PASSWORD, role=Role.OPERATOR, name="Anna")


@pytest.fixture
def head(tenant_a) -> Member:
    return add_member(tenant=tenant_a, username="head", password=PASSWORD, role=Role.HEAD, name="Helen")


@pytest.fixture
def boss(tenant_a) -> Member:
    """The administrator of A."""
    return add_member(tenant=tenant_a, username="boss", password=PASSWORD, role=Role.ADMIN, name="Boris")


@pytest.fixture
def stranger(tenant_b) -> Member:
    """The administrator of B."""
    return add_member(tenant=tenant_b, username="stranger", password=PASSWORD, role=Role.ADMIN, name="Stan")


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", password=PASSWORD)


@pytest.fixture
def signed_in():
    """A client of somebody: `signed_in(boss)` or `signed_in(root)`."""

    def sign_in(who: Member | User) -> Client:
        client = Client()
        client.force_login(who.user if isinstance(who, Member) else who)
        return client

    return sign_in

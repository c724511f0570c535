"""At the desk a conversation is found by the number of its order, as it stands on the client's receipt."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.appeals.models import Conversation
from apps.appeals.searching import conversations_with
from apps.crm.models import OrderSync
from apps.integrations.models import Connection
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Sees, Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def ordered(appeal_of: Any, ls: Connection, tenant_a: Tenant) -> Conversation:
    appeal = appeal_of()
    OrderSync.objects.create(
        tenant=tenant_a, appeal=appeal, connection=ls, key="k", external_order_id="5f3c9", number="А-1042"
    )
    appeal_of(name="Пётр")
    found: Conversation = appeal.conversation
    return found


def found(query: str, tenant: Tenant | None) -> set[int]:
    rows = Conversation.objects.filter(conversations_with(query, tenant=tenant))
    return set(rows.values_list("pk", flat=True))


@pytest.mark.parametrize("query", ["А-1042", "а-1042", "№А-1042", " № А-1042 ", "5f3c9", "5F3C9"])
def test_by_the_whole_number_or_id_in_any_letters(ordered: Conversation, query: str) -> None:
    assert found(query, ordered.tenant) == {ordered.pk}


@pytest.mark.parametrize("query", ["А-104", "1042", "5f3c", "№"])
def test_by_no_part_of_it(ordered: Conversation, query: str) -> None:
    assert ordered.pk not in found(query, ordered.tenant)


def test_nobody_finds_another_organisations_or_a_colleagues(ordered: Conversation, tenant_b: Tenant) -> None:
    assert found("А-1042", tenant_b) == set()
    assert found("А-1042", None) == {ordered.pk}
    desks = {}
    for name in ("anna", "boris"):
        member = add_member(tenant=ordered.tenant, username=name, role=Role.OPERATOR, name=name)
        desks[name] = Client()
        desks[name].force_login(User.objects.get(username=name))
        ordered.appeals.update(operator=member)
    Tenant.objects.filter(pk=ordered.tenant_id).update(operators_see=Sees.OWN)
    shown = {
        name: f'id="c{ordered.pk}"' in desk.get("/admin/desk/?q=А-1042").text for name, desk in desks.items()
    }
    assert shown == {"anna": False, "boris": True}

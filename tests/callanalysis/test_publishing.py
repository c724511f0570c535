"""What is asked changes by versions: a draft, then frozen, one at a time. Tables have ids of the clock."""

import pytest
import time_machine
from django.db import IntegrityError, transaction

from apps.callanalysis.models import Checklist, Table
from apps.callanalysis.publishing import (
    add_table,
    discard,
    draft_of,
    in_force,
    publish,
    put_in_force,
    save_draft,
)
from apps.tenants.models import Tenant
from tests.callanalysis.judges import GREETING, PRICE, UPSELL, make_checklist

pytestmark = pytest.mark.django_db


@pytest.fixture
def checklist(tenant_a: Tenant) -> Checklist:
    return make_checklist(tenant_a, GREETING)


def test_a_draft_is_edited_until_it_is_published_and_never_after(checklist: Checklist) -> None:
    first = save_draft(owner=checklist, items=[GREETING, PRICE], user=None)
    second = save_draft(owner=checklist, items=[GREETING, UPSELL], user=None)
    assert first is not None
    assert second is not None
    assert first.pk == second.pk
    assert in_force(checklist).items == [GREETING]
    assert publish(version=second)
    assert (in_force(checklist).number, in_force(checklist).items) == (2, [GREETING, UPSELL])
    assert draft_of(checklist) is None
    assert not publish(version=second)
    third = save_draft(owner=checklist, items=[PRICE], user=None)
    assert third is not None
    assert third.pk != second.pk
    second.refresh_from_db()
    assert second.items == [GREETING, UPSELL]


def test_a_draft_of_what_is_in_force_is_none(checklist: Checklist) -> None:
    assert save_draft(owner=checklist, items=[PRICE], user=None) is not None
    assert save_draft(owner=checklist, items=[GREETING], user=None) is None
    assert draft_of(checklist) is None


def test_a_file_puts_in_force_beside_a_draft_which_then_comes_after_it(checklist: Checklist) -> None:
    draft = save_draft(owner=checklist, items=[PRICE], user=None)
    assert draft is not None
    assert put_in_force(owner=checklist, items=[UPSELL], user=None) is not None
    assert put_in_force(owner=checklist, items=[UPSELL], user=None) is None
    assert (in_force(checklist).number, in_force(checklist).items) == (3, [UPSELL])
    assert publish(version=draft)
    assert (in_force(checklist).number, in_force(checklist).items) == (4, [PRICE])


def test_a_draft_is_thrown_away_and_a_version_is_not(checklist: Checklist) -> None:
    draft = save_draft(owner=checklist, items=[PRICE], user=None)
    assert draft is not None
    assert not discard(version=in_force(checklist))
    assert discard(version=draft)
    assert not publish(version=draft)
    assert [one.number for one in checklist.versions.all()] == [1]


def test_the_database_holds_one_draft(checklist: Checklist) -> None:
    save_draft(owner=checklist, items=[PRICE], user=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        checklist.versions.create(tenant=checklist.tenant, number=9)


@time_machine.travel("2025-08-22T14:16:05Z", tick=False)
def test_ids_of_tables_are_of_the_clock_and_never_twice(tenant_a: Tenant, tenant_b: Tenant) -> None:
    made = [Table(tenant=tenant, name="x") for tenant in (tenant_a, tenant_a, tenant_b)]
    for table in made:
        add_table(table)
    assert [one.public_id for one in made] == ["TBL_1755872165", "TBL_1755872166", "TBL_1755872165"]

"""Offices and people as the customer's CRM has them: brought up to date by its ids, and nobody is removed.

Who is absent from a list stays: a CRM may send its structure in pieces, and calls hang on people. The lists
of an office's own people are taken whole: who is no longer named there is no longer in that office.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.callanalysis.models import Office, SalesManager
from apps.tenants.models import Tenant

NAMES = ("surname", "name", "middlename")
BATCH = 1000
# Any number of our own: two structures of one organisation at once take turns.
_TURN = 7_083_452


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    created: int
    updated: int
    unchanged: int


@transaction.atomic
def update_managers(*, tenant: Tenant, people: Iterable[Mapping[str, Any]]) -> Counts:
    """`manager_id` and any of surname, name, middlename: a name that is not given stays."""
    _take_turn(tenant)
    told = {str(one["manager_id"]): one for one in people}  # the last word on somebody holds
    known = _known(tenant, told)
    fresh = [_person(tenant, key, one) for key, one in told.items() if key not in known]
    changed = [known[key] for key, one in told.items() if key in known and _renamed(known[key], one)]
    bulk_create_with_history(fresh, SalesManager, batch_size=BATCH)
    bulk_update_with_history(changed, SalesManager, [*NAMES], batch_size=BATCH)
    return Counts(created=len(fresh), updated=len(changed), unchanged=len(told) - len(fresh) - len(changed))


@transaction.atomic
def update_offices(*, tenant: Tenant, offices: Iterable[Mapping[str, Any]]) -> Counts:
    """`office_id`, `office_title`, `leader_ids`, `managers_ids`; those known by id alone are nameless."""
    _take_turn(tenant)
    told = {str(one["office_id"]): one for one in offices}
    people = _everybody(tenant, told.values())
    known = {one.external_id: one for one in Office.objects.filter(tenant=tenant, external_id__in=told)}
    fresh = [
        Office(tenant=tenant, external_id=key, title=one["office_title"])
        for key, one in told.items()
        if key not in known
    ]
    renamed = [one for key, one in known.items() if one.title != told[key]["office_title"]]
    for one in renamed:
        one.title = told[one.external_id]["office_title"]
    bulk_create_with_history(fresh, Office, batch_size=BATCH)
    bulk_update_with_history(renamed, Office, ["title"], batch_size=BATCH)
    rows = {one.external_id: one for one in Office.objects.filter(tenant=tenant, external_id__in=told)}
    moved = _settle(
        Office.managers.through, rows, {key: one["managers_ids"] for key, one in told.items()}, people
    )
    moved |= _settle(
        Office.leaders.through, rows, {key: one["leader_ids"] for key, one in told.items()}, people
    )
    updated = len(({one.external_id for one in renamed} | moved) & set(known))
    return Counts(created=len(fresh), updated=updated, unchanged=len(known) - updated)


def _take_turn(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_TURN, tenant.pk % 2**31])


def _known(tenant: Tenant, ids: Collection[str]) -> dict[str, SalesManager]:
    rows = SalesManager.objects.filter(tenant=tenant, external_id__in=ids)
    return {one.external_id: one for one in rows}


def _person(tenant: Tenant, key: str, told: Mapping[str, Any]) -> SalesManager:
    return SalesManager(tenant=tenant, external_id=key, **{name: told.get(name) or "" for name in NAMES})


def _renamed(person: SalesManager, told: Mapping[str, Any]) -> bool:
    wanted = {name: told[name] for name in NAMES if told.get(name) is not None}
    is_other = any(getattr(person, name) != value for name, value in wanted.items())
    for name, value in wanted.items():
        setattr(person, name, value)
    return is_other


def _everybody(tenant: Tenant, offices: Collection[Mapping[str, Any]]) -> dict[str, int]:
    """The rows of all who are named, by the CRM's ids."""
    ids = {key for one in offices for key in (*one["managers_ids"], *one["leader_ids"])}
    known = _known(tenant, ids)
    fresh = [SalesManager(tenant=tenant, external_id=key) for key in sorted(ids - known.keys())]
    made = bulk_create_with_history(fresh, SalesManager, batch_size=BATCH)
    return {one.external_id: one.pk for one in (*known.values(), *made)}


def _settle(
    through: Any, rows: Mapping[str, Office], wanted: Mapping[str, Collection[str]], people: Mapping[str, int]
) -> set[str]:
    """Makes who belongs to these offices as wanted; which of them it changed."""
    by_pk = {office.pk: key for key, office in rows.items()}
    right = {(rows[key].pk, people[one]) for key, ids in wanted.items() for one in ids}
    there = {
        (office, person): pk
        for pk, office, person in through.objects.filter(office__in=by_pk).values_list(
            "pk", "office_id", "salesmanager_id"
        )
    }
    gone, come = there.keys() - right, right - there.keys()
    if gone:
        through.objects.filter(pk__in=[there[pair] for pair in gone]).delete()
    rows_come = [through(office_id=office, salesmanager_id=person) for office, person in sorted(come)]
    # A call that comes in meanwhile makes people, never their offices; somebody in the admin may.
    through.objects.bulk_create(rows_come, batch_size=BATCH * 5, ignore_conflicts=True)
    return {by_pk[office] for office, _person in gone | come}

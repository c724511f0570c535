"""What is asked of calls changes by versions: a draft is edited, tried and published; then it is frozen."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.callanalysis.models import Checklist, ColumnType, Questionnaire, Table, TableVersion, Version
from apps.tenants.models import Tenant

MOST_ITEMS = 40


def stage(
    *, id: str, name: str, criterion: str = "", weight: int = 1, critical: bool = False
) -> dict[str, Any]:
    return {"id": id, "name": name, "criterion": criterion, "weight": weight, "critical": critical}


def column(
    *, name: str, title: str, type: str = ColumnType.TEXT, question: str = "", options: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "type": str(type),
        "question": question,
        "options": list(options) if type == ColumnType.CHOICE else [],
    }


def in_force(owner: Any) -> Any:
    """The version by which calls are asked; None before the first is published."""
    return owner.versions.exclude(published_at=None).first()


def draft_of(owner: Any) -> Any:
    """None where nobody is changing anything."""
    return owner.versions.filter(published_at=None).first()


@transaction.atomic
def save_draft(*, owner: Questionnaire, items: Sequence[Mapping[str, Any]], user: User | None) -> Any:
    """The draft; None where nothing differs from what is in force, and then there is no draft any more."""
    owner = _locked(owner)
    draft, now = draft_of(owner), in_force(owner)
    if now is not None and list(items) == now.items:
        if draft is not None:
            draft.delete()
        return None
    if draft is None:
        return _add(owner, items, user)
    draft.items, draft.created_by = list(items), user
    draft.save(update_fields=["items", "created_by"])
    return draft


@transaction.atomic
def publish(*, version: Version) -> bool:
    """From now on calls are asked by it. False where it has been published, or thrown away, meanwhile."""
    owner = _locked(owner_of(version))
    draft: Any = draft_of(owner)
    if draft is None or draft.pk != version.pk:
        return False
    # Another version may have come into force since the draft was begun.
    newest: int = owner.versions.exclude(pk=draft.pk).aggregate(last=Max("number"))["last"] or 0
    draft.number, draft.published_at = max(draft.number, newest + 1), timezone.now()
    draft.save(update_fields=["number", "published_at"])
    return True


@transaction.atomic
def discard(*, version: Version) -> bool:
    owner = _locked(owner_of(version))
    draft = draft_of(owner)
    if draft is None or draft.pk != version.pk:
        return False
    draft.delete()
    return True


@transaction.atomic
def put_in_force(*, owner: Questionnaire, items: Sequence[Mapping[str, Any]], user: User | None) -> Any:
    """At once, beside a draft that somebody has begun. None where these are in force already."""
    owner = _locked(owner)
    now = in_force(owner)
    if now is not None and list(items) == now.items:
        return None
    return _add(owner, items, user, published_at=timezone.now())


@transaction.atomic
def add_table(table: Table) -> None:
    give_id(table)
    table.save()


def give_id(table: Table) -> None:
    """By the clock, as `TBL_1755863365`; where two meet in a second, one is a second later.

    Call it in the transaction that saves the table.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=table.tenant_id)
    second = int(time.time())
    while Table.objects.filter(tenant=table.tenant_id, public_id=f"TBL_{second}").exists():
        second += 1
    table.public_id = f"TBL_{second}"


def owner_of(version: Any) -> Any:
    return version.table if isinstance(version, TableVersion) else version.checklist


def _locked(owner: Any) -> Any:
    """Numbers are given one at a time."""
    return type(owner)._default_manager.select_for_update(no_key=True, of=("self",)).get(pk=owner.pk)


def _add(owner: Any, items: Sequence[Mapping[str, Any]], user: User | None, **more: Any) -> Any:
    last: int = owner.versions.aggregate(last=Max("number"))["last"] or 0
    name = "checklist" if isinstance(owner, Checklist) else "table"
    return owner.versions.model.objects.create(
        tenant_id=owner.tenant_id,
        **{name: owner},
        number=last + 1,
        items=[dict(one) for one in items],
        created_by=user,
        **more,
    )

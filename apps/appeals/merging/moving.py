"""Everything that hangs on a client, of whichever app: locked, moved to another client, and moved back."""

from collections.abc import Iterator
from typing import Any

from django.db.models import ForeignKey, ForeignObjectRel, QuerySet
from simple_history.models import HistoricalChanges

from apps.appeals.models import Contact, ContactMerge, Conversation, DifferentClients, Identity, Recipient

# They tell of two clients, and belong to neither.
APART = (Contact, ContactMerge, DifferentClients)
# In this order what came since under a name finds its way back with it.
FIRST = (Identity, Conversation)


def relations() -> Iterator[ForeignKey[Any]]:
    """The fields that move. An app above has its own moved too: `appeals` need not know of it."""
    fields = [
        relation.field
        for relation in Contact._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey)
    ]
    own = [field for field in fields if field.model not in APART and not _is_history(field.model)]
    order = {model: place for place, model in enumerate(FIRST)}
    yield from sorted(own, key=lambda field: (order.get(field.model, len(FIRST)), name_of(field)))


def name_of(field: ForeignKey[Any]) -> str:
    return f"{field.model._meta.label_lower}.{field.name}"


def hold(*ids: int) -> dict[int, Contact]:
    """Locked until the transaction ends, in the order in which others take them: what campaigns hand over,
    conversations, names, the clients. What is written to these clients meanwhile waits, or is waited for.
    """
    _lock(Recipient.objects.filter(contact__in=ids))
    _lock(Conversation.objects.filter(contact__in=ids))
    _lock(Identity.objects.filter(contact__in=ids))
    # Begun while the names were waited for; no other can be begun any more (`people.follow_identity`).
    _lock(Conversation.objects.filter(identity__contact__in=ids))
    rows = Contact.objects.select_for_update().filter(pk__in=ids)
    return {one.pk: one for one in rows.order_by("pk")}


def move(*, source: Contact, target: Contact) -> dict[str, list[int]]:
    """Returns the ids of what went, by `name_of` its field."""
    moved = {}
    for field in relations():
        ids = _ids(_movable(field, field.model._base_manager.filter(**{field.name: source}), target))
        field.model._base_manager.filter(pk__in=ids).update(**{field.name: target})
        if ids:
            moved[name_of(field)] = ids
    return moved


def move_back(*, moved: dict[str, list[int]], source: Contact, target: Contact) -> None:
    """What is still there; and what came since in the conversations of a name that goes back."""
    for field in relations():
        rows = field.model._base_manager.filter(**{field.name: source})
        ids = set(moved.get(name_of(field), ()))
        for owner in _owners(field):
            ids.update(_ids(rows.filter(**{f"{owner}__contact": target})))
        back = _ids(_movable(field, rows.filter(pk__in=ids), target))
        field.model._base_manager.filter(pk__in=back).update(**{field.name: target})


def _movable(field: ForeignKey[Any], rows: QuerySet[Any], target: Contact) -> QuerySet[Any]:
    """A campaign has each client once."""
    if field.model is not Recipient:
        return rows
    return rows.exclude(campaign__in=Recipient.objects.filter(contact=target).values("campaign"))


def _owners(field: ForeignKey[Any]) -> list[str]:
    """By which of its fields a row belongs to a name or to a conversation."""
    keys = [one for one in field.model._meta.concrete_fields if isinstance(one, ForeignKey)]
    return [one.name for one in keys if one.related_model in FIRST]


def _is_history(model: type[Any]) -> bool:
    return issubclass(model, HistoricalChanges)


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _lock(rows: QuerySet[Any]) -> None:
    _ids(rows.select_for_update(of=("self",)))

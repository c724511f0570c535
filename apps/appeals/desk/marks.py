"""Marks in the list of conversations that are this member's alone: what is new to them."""

from typing import Any

from django.db.models import Case, OuterRef, QuerySet, Subquery, TextField, When
from django.db.models.fields.json import KeyTextTransform

from apps.appeals.handing_over import is_handed_to
from apps.appeals.jotting import is_mentioned
from apps.appeals.models import AppealEvent, EventKind
from apps.tenants.models import Member


def with_marks(rows: QuerySet[Any], member: Member | None) -> QuerySet[Any]:
    """`is_mentioned`, `is_handed` and, of those, `handed_why`; for whoever is no member nothing is new."""
    handed = AppealEvent.objects.filter(conversation=OuterRef("pk"), kind=EventKind.HANDED)
    why = Subquery(
        handed.order_by("-at").values(why=KeyTextTransform("why", "data"))[:1], output_field=TextField()
    )
    marked: QuerySet[Any] = rows.annotate(
        is_mentioned=is_mentioned(member), is_handed=is_handed_to(member)
    ).annotate(handed_why=Case(When(is_handed=True, then=why)))
    return marked

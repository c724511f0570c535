"""Who waits longer than they should."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

Rows = TypeVar("Rows", bound=Model)


def overdue(rows: QuerySet[Rows]) -> QuerySet[Rows]:
    """Of conversations, those to be answered by now; one range of an index."""
    return rows.filter(answer_due_at__lt=timezone.now())

"""Where a person sees a piece of work: the conversation or the campaign that it belongs to."""

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse


def conversation_by(path: str) -> Callable[[Sequence[Any]], dict[int, str]]:
    """The `pages` of a kind of work (see `core.work`); `path` leads from its rows to the conversation."""

    def pages(rows: Sequence[Any]) -> dict[int, str]:
        if not rows:
            return {}
        same = type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows])
        known = same.exclude(**{path: None}).values_list("pk", path)
        return {pk: reverse("desk_conversation", args=[conversation]) for pk, conversation in known}

    return pages


def own_pages(rows: Sequence[Any]) -> dict[int, str]:
    return {row.pk: row.get_absolute_url() for row in rows}

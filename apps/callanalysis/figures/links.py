"""Where each figure of the report opens: the very calls it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from apps.callanalysis.figures.choosing import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """`path` and `base` are all that is the same for every figure of the page."""

    choice: Choice
    path: str
    base: str
    given: frozenset[str]

    def calls(self, **more: Any) -> str:
        """`more` as the list's filters have it, None for no filter; what is chosen already stays."""
        named = (
            _pair(name, value) for name, value in more.items() if value is not None and name not in self.given
        )
        return "&".join((f"{self.path}?{self.base}", *named))

    def between(self, since: datetime, until: datetime, **more: Any) -> str:
        return f"{self.path}?{urlencode({**_filters(self.choice, since, until), **more})}"


@lru_cache(maxsize=2000, typed=True)
def _pair(name: str, value: object) -> str:
    """Of a map of criteria by managers each line and each column names the same one again and again."""
    return urlencode({name: value})


def links_of(choice: Choice) -> Links:
    base = _filters(choice, choice.span.start, choice.span.end)
    return Links(
        choice=choice,
        path=reverse("admin:callanalysis_call_changelist"),
        base=urlencode(base),
        given=frozenset(base),
    )


def _filters(choice: Choice, since: datetime, until: datetime) -> Mapping[str, str]:
    found = {"received_at_from": _moment(since), "received_at_to": _moment(until)}
    chosen = {"office": choice.office, "manager": choice.manager, "funnel": choice.funnel}
    found |= {name: str(value) for name, value in chosen.items() if value}
    if choice.names_tenant:
        found["tenant__id__exact"] = str(choice.tenant.pk)
    return found


def _moment(at: datetime) -> str:
    """As `PeriodFilter` reads it: by the clock of the list, which for a superuser is the server's own."""
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"

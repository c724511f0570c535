"""Where each figure opens: the very rows it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from apps.appeals.dashboard.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """`member_id` where the figures are one person's."""

    period: Period
    member_id: int | None = None

    def opened(self, **more: Any) -> str:
        return self._appeals("created_at", **more)

    def answered(self, **more: Any) -> str:
        return self._appeals("first_answer_at", **more)

    def closed(self, **more: Any) -> str:
        return self._appeals("closed_at", **more)

    def open_now(self, **more: Any) -> str:
        return _list("appeals_appeal", {"is_open": "1", **self._whose(), **more})

    def received(self, since: datetime | None = None, until: datetime | None = None, **more: Any) -> str:
        """Clients' messages of the period, or of a part of it."""
        span = _span("sent_at", since or self.period.start, until or self.period.end)
        return _list("appeals_message", {"author__exact": "client", **span, **more})

    def sent(self, **more: Any) -> str:
        span = _span("sent_at", self.period.start, self.period.end)
        return _list("appeals_message", {"author__exact": "operator", **span, **self._whose(), **more})

    def undelivered(self) -> str:
        return self.sent(undelivered="1")

    def calls(self, since: datetime | None = None, until: datetime | None = None) -> str:
        return _list("ai_modelcall", _span("at", since or self.period.start, until or self.period.end))

    def _appeals(self, moment: str, **more: Any) -> str:
        span = _span(moment, self.period.start, self.period.end)
        return _list("appeals_appeal", {**span, **self._whose(), **more})

    def _whose(self) -> dict[str, Any]:
        return {} if self.member_id is None else {"operator__id__exact": self.member_id}


def desk(view: str, **more: Any) -> str:
    return f"{reverse('desk')}?{urlencode({'view': view, **more})}"


def _list(name: str, query: Mapping[str, Any]) -> str:
    return f"{reverse(f'admin:{name}_changelist')}?{urlencode(query)}"


def _span(name: str, since: datetime, until: datetime) -> dict[str, str]:
    """As `PeriodFilter` reads it: by the clock of the page, the end excluded."""
    return {f"{name}_from": f"{since:%Y-%m-%dT%H:%M}", f"{name}_to": f"{until:%Y-%m-%dT%H:%M}"}

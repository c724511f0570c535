"""What the apps above show beside a conversation: every app's `jobs.PANELS`, found by a scan."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.appeals.models import Appeal, Conversation
from apps.core.work.registry import job_modules
from apps.tenants.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the panel: its template finds it as `part`, beside the page's own context."""

    template: str
    shown: Mapping[str, Any] = field(default_factory=dict)


# Of an appeal, as its page is drawn: as few queries for a long story as for a short one. What it shows is
# asked for again once the conversation's revision has grown.
Source = Callable[[Conversation, Appeal, Scope], Iterable[Part]]


def parts_of(conversation: Conversation, appeal: Appeal | None, scope: Scope) -> list[Part]:
    """In the order of the apps."""
    if appeal is None:
        return []
    return [
        part
        for module in job_modules()
        for source in getattr(module, "PANELS", {}).values()
        for part in source(conversation, appeal, scope)
    ]

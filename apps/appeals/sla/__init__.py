"""Service levels: by when clients are to be answered and their matters settled, in working time."""

from apps.appeals.sla.waiting import overdue

__all__ = ["overdue"]

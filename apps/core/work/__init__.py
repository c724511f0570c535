"""Durable work: claim a row, do it outside any transaction, write the outcome only if it is still ours.

`registry` knows which rows exist and who does them; `claim` takes one, `perform` does it, `outcome` writes
what became of it; `dispatch` rings the queue for what is due; `recover` takes back what a dead worker held
and what a lost queue entry left behind; `trouble` lists and replays what failed. django-q2 carries nothing
but (label, id): losing its whole table loses no work.
"""

from apps.core.work.registry import Effect, Work, find, registered

__all__ = ["Effect", "Work", "find", "registered"]

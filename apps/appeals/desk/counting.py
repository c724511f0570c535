"""How many wait, how many are nobody's, is a channel silent: much to ask, and the same for all who see all.

So a process counts it once for all of them and keeps it until it hears of a change (`live.hearing`); what is
each member's own is counted anew with every look.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from apps.appeals.desk.doors import chats, of_tenant
from apps.appeals.desk.filters import free, mine, unread_by
from apps.appeals.live.hearing import ear
from apps.appeals.models import ReadMark
from apps.appeals.snoozing import awaiting
from apps.channels.silence import held
from apps.tenants.models import Member, Sees
from apps.tenants.scope import Scope

# Seconds: what nobody is told of, such as another team's new member, is noticed after so long.
KEPT_FOR = 60
MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """`at` in seconds; `free`: of each, when its client last wrote; `is_silent`: some channel is."""

    at: float
    waiting: int
    free: dict[int, datetime | None]
    is_silent: bool


_kept: dict[tuple[int, int], Common] = {}


def counts_of(scope: Scope, common: Common) -> dict[str, int]:
    """What stands beside the views; `unread`, of what concerns this member, stands in the tab's title."""
    told = {"waiting": common.waiting, "free": len(common.free)}
    if scope.member is None:
        return {**told, "unread": common.waiting}
    own = mine(chats(scope), scope).aggregate(mine=Count("pk"), unread=Count("pk", unread_by(scope.member)))
    return {**told, **own, "unread": own["unread"] + _unread(common.free, scope.member)}


def forget() -> None:
    _kept.clear()


def common_of(scope: Scope) -> Common:
    tenant = scope.tenant.pk if scope.tenant else 0
    sees_all = scope.member is None or scope.member.sees == Sees.ALL
    key = (tenant, 0 if sees_all or scope.member is None else scope.member.pk)
    kept = _kept.get(key)
    if kept is None or not _holds(kept, tenant):
        if len(_kept) >= MOST:
            _kept.clear()
        kept = _kept[key] = _counted(scope)
    return kept


def _holds(kept: Common, tenant: int) -> bool:
    """Of what this transaction itself has changed nobody has been told yet."""
    if connection.in_atomic_block or time.time() - kept.at > KEPT_FOR:
        return False
    heard = ear.changes(tenant=tenant, since=kept.at)
    return heard is not None and all(one.is_inside for one in heard)


def _counted(scope: Scope) -> Common:
    at, rows = time.time(), chats(scope)
    waiting = awaiting(rows).order_by().values("pk").count()
    nobodys = dict(free(rows, scope).order_by().values_list("pk", "last_inbound_at"))
    silent = held().filter(of_tenant(scope))
    return Common(at=at, waiting=waiting, free=nobodys, is_silent=silent.exists())


def _unread(free_chats: dict[int, datetime | None], member: Member) -> int:
    """As `unread_by` has it."""
    wrote = {pk: at for pk, at in free_chats.items() if at is not None and at > member.created_at}
    if not wrote:
        return 0
    marks = ReadMark.objects.filter(member=member, conversation__in=wrote)
    read = dict(marks.values_list("conversation", "read_at"))
    return sum(pk not in read or read[pk] < at for pk, at in wrote.items())

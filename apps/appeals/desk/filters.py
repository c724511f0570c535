"""Which conversations the list shows: its address, read. The address is the view: it is kept and shared."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.appeals.desk.doors import chats, number, of_tenant
from apps.appeals.devices import called
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    AppealTag,
    Author,
    Conversation,
    Device,
    Message,
    ReadMark,
)
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.searching import conversations_with
from apps.appeals.sla import overdue
from apps.appeals.snoozing import awaiting, not_snoozed, snoozed
from apps.core.models import TROUBLED
from apps.core.text import clean_name
from apps.tenants.models import Member, Phones
from apps.tenants.scope import Scope

NEWEST_FIRST = ("-last_message_at", "-pk")
NOBODY = "none"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    title: str | Promise
    rows: Callable[[QuerySet[Conversation], Scope], QuerySet[Conversation]]
    order: tuple[str, ...] = NEWEST_FIRST


def open_appeals(operator: Member | None) -> QuerySet[Appeal]:
    """A conversation has one at most, and then it is the current one."""
    return Appeal.objects.filter(status__in=OPEN_STATUSES, operator=operator)


def mine(rows: QuerySet[Conversation], scope: Scope) -> QuerySet[Conversation]:
    own = open_appeals(scope.member).filter(of_tenant(scope))
    return not_snoozed(rows.filter(pk__in=own.values("conversation")))


def free(rows: QuerySet[Conversation], scope: Scope) -> QuerySet[Conversation]:
    """Nobody has taken it up; or a client is writing of whom there is no appeal yet."""
    untaken = open_appeals(None).filter(of_tenant(scope)).order_by().values("conversation")
    return not_snoozed(rows.filter(pk__in=untaken.union(writing(scope).order_by().values("pk"))))


def writing(scope: Scope) -> QuerySet[Conversation]:
    taken_up = Appeal.objects.filter(of_tenant(scope), status__in=OPEN_STATUSES, conversation=OuterRef("pk"))
    return chats(scope).filter(~Exists(taken_up), waiting_since__isnull=False)


def waiting(rows: QuerySet[Conversation], scope: Scope) -> QuerySet[Conversation]:
    """A client for an answer, or somebody's own reminder."""
    return awaiting(rows)


def put_off(rows: QuerySet[Conversation], scope: Scope) -> QuerySet[Conversation]:
    return snoozed(rows)


def late(rows: QuerySet[Conversation], scope: Scope) -> QuerySet[Conversation]:
    return overdue(rows)


def awaited(rows: QuerySet[Conversation], scope: Scope) -> QuerySet[Conversation]:
    return rows.filter(current_appeal__status=AppealStatus.WAITING)


def every(rows: QuerySet[Conversation], scope: Scope) -> QuerySet[Conversation]:
    return rows


VIEWS: dict[str, View] = {
    "mine": View(title=_("Mine"), rows=mine),
    "free": View(title=_("Nobody's"), rows=free),
    "waiting": View(title=_("Wait for an answer"), rows=waiting, order=("waiting_since", "pk")),
    "overdue": View(title=_("Overdue"), rows=late, order=("answer_due_at", "pk")),
    "snoozed": View(
        title=pgettext_lazy("list of conversations", "Put off"), rows=put_off, order=("snoozed_until", "pk")
    ),
    "awaited": View(title=_("We wait for the client"), rows=awaited),
    "all": View(title=_("All"), rows=every),
}
USUAL = "all"


def unread_by(member: Member) -> Q:
    """The client wrote since this member last looked; what was there before they came is nobody's debt."""
    read = ReadMark.objects.filter(
        conversation=OuterRef("pk"), member=member, read_at__gte=OuterRef("last_inbound_at")
    )
    return Q(last_inbound_at__gt=member.created_at) & ~Q(Exists(read))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """`operator` is an id, or «none». Dates are days by the organisation's clock, both included."""

    view: str = USUAL
    query: str = ""
    channel: int | None = None
    operator: str = ""
    status: str = ""
    tag: int | None = None
    device: str = ""
    since: date | None = None
    until: date | None = None
    failed: bool = False
    unread: bool = False

    @property
    def is_narrowed(self) -> bool:
        return self != Filters(view=self.view)

    def address(self, **other: object) -> str:
        """As the list's address has it, without what is not set."""
        named = {
            "view": self.view,
            "q": self.query,
            "channel": self.channel,
            "operator": self.operator,
            "status": self.status,
            "tag": self.tag,
            "device": self.device,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "failed": "1" if self.failed else "",
            "unread": "1" if self.unread else "",
        }
        return urlencode({name: value for name, value in (named | other).items() if value})

    def narrow(self, rows: QuerySet[Conversation], scope: Scope) -> QuerySet[Conversation]:
        view = VIEWS[self.view]
        rows = view.rows(rows, scope).filter(self._of_appeal(scope), self._of_chat(scope))
        if self.unread and scope.member is not None:
            rows = rows.filter(unread_by(scope.member))
        if self.query:
            is_shown = scope.phones == Phones.SHOWN
            found = conversations_with(self.query, tenant=scope.tenant, by_part_of_phone=is_shown)
            rows = rows.filter(found)
        return rows.order_by(*view.order)

    def _of_appeal(self, scope: Scope) -> Q:
        wish = Q()
        if self.operator == NOBODY:
            wish &= Q(current_appeal__operator=None)
        elif self.operator:
            wish &= Q(current_appeal__operator=int(self.operator))
        if self.status in OPEN_STATUSES:
            # By the index of the open ones.
            wish &= Q(current_appeal__in=Appeal.objects.filter(of_tenant(scope), status=self.status))
        elif self.status:
            wish &= Q(current_appeal__status=self.status)
        if self.tag:
            wish &= Q(
                current_appeal__in=AppealTag.objects.filter(of_tenant(scope), tag=self.tag).values("appeal")
            )
        if self.device:
            meant = called(self.device, tenant=scope.tenant)
            devices = Device.objects.filter(of_tenant(scope), meant, removed_at=None)
            wish &= Q(current_appeal__in=devices.values("appeal"))
        return wish

    def _of_chat(self, scope: Scope) -> Q:
        wish = Q()
        if self.channel:
            wish &= Q(channel=self.channel)
        if self.since:
            wish &= Q(last_message_at__gte=_midnight(self.since))
        if self.until:
            wish &= Q(last_message_at__lt=_midnight(self.until + DAY))
        if self.failed:
            lost = Message.objects.filter(of_tenant(scope), delivery__state__in=TROUBLED)
            lost = lost.exclude(author=Author.CAMPAIGN)
            wish &= Q(pk__in=lost.values("conversation"))
        return wish


def read_filters(asked: QueryDict) -> Filters:
    """What is not understood is as if it were not there."""
    view, status, operator = asked.get("view", ""), asked.get("status", ""), asked.get("operator", "")
    return Filters(
        view=view if view in VIEWS else USUAL,
        query=clean_name(asked.get("q", "")),
        channel=number(asked.get("channel", "")),
        operator=operator if operator == NOBODY or number(operator) else "",
        status=status if status in AppealStatus.values else "",
        tag=number(asked.get("tag", "")),
        device=clean_name(asked.get("device", "")),
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
        failed=asked.get("failed") == "1",
        unread=asked.get("unread") == "1",
    )


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    # Further than people, and a day short of where time ends.
    return day if day and 2000 <= day.year < 2200 else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))

"""Which appeals become orders, when: those agreed by themselves, any of them by an operator's button."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Appeal, AppealEvent, AppealStatus, EventKind
from apps.appeals.people import touch
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.work import find
from apps.core.work.trouble import replay
from apps.crm.composing import Incomplete, compose, key_of
from apps.crm.conflicts import queue
from apps.crm.contract import NotSearchable
from apps.crm.models import OrderRules, OrderSync
from apps.crm.parking import WORK
from apps.crm.pushing import NotAgreed
from apps.crm.staying import AT_HOME, OPEN, elsewhere
from apps.integrations.contract import Category
from apps.integrations.models import Connection
from apps.integrations.registry import connectors
from apps.tenants.models import Member, Tenant

# A round. What is left over is due in the next one.
AT_ONCE = 500
COMPARED_AT_ONCE = 200
AGREED = Q(kind__in=(EventKind.STATUS, EventKind.REOPENED), data__to=AppealStatus.AGREED.value)


def crms() -> list[str]:
    return [slug for slug, module in connectors().items() if module.SPEC.category is Category.CRM]


def own_crms(tenant: Tenant | int) -> QuerySet[Connection]:
    """Those in use."""
    rows = Connection.objects.filter(tenant=tenant, is_active=True, connector__in=crms())
    return rows.select_related("tenant", "order_look").order_by("pk")


def agreed_without_order(rules: OrderRules) -> QuerySet[Appeal]:
    there = OrderSync.objects.filter(appeal=OuterRef("pk"), connection=rules.connection_id)
    since = AppealEvent.objects.filter(AGREED, appeal=OuterRef("pk"), at__gte=rules.since)
    rows = Appeal.objects.filter(tenant=rules.tenant_id, status=AppealStatus.AGREED)
    # One that was agreed has changed then, or later; and what changes later is no agreement.
    rows = rows.filter(updated_at__gte=rules.since)
    return rows.filter(~Exists(there), Exists(since)).order_by("pk")


def earlier_without_order(connection: Connection, *, since: datetime) -> QuerySet[Appeal]:
    """Agreed, or closed after it was agreed; oldest first."""
    there = OrderSync.objects.filter(appeal=OuterRef("pk"), connection=connection)
    agreed = AppealEvent.objects.filter(AGREED, appeal=OuterRef("pk"))
    was_agreed = Q(status=AppealStatus.AGREED) | Q(status=AppealStatus.CLOSED) & Exists(agreed)
    rows = Appeal.objects.filter(was_agreed, tenant=connection.tenant_id, created_at__gte=since)
    return rows.filter(~Exists(there)).order_by("pk")


def order_agreed() -> int:
    """Every 15 minutes, of all organisations. Returns how many rows were made."""
    rules = OrderRules.objects.filter(
        connection__is_active=True, connection__connector__in=crms(), sends_itself=True
    ).select_related("connection__tenant")
    return sum(make_rows(one.connection, agreed_without_order(one)[:AT_ONCE]) for one in rules.order_by("pk"))


def make_rows(connection: Connection, appeals: Iterable[Appeal], *, in_bulk: bool = False) -> int:
    """One for each that has none: of two who come at once the second makes nothing."""
    rows = [_row(appeal, connection, in_bulk=in_bulk) for appeal in appeals]
    with transaction.atomic():
        made = OrderSync.objects.filter(connection=connection)
        before = made.filter(appeal__in=[row.appeal_id for row in rows]).count()
        OrderSync.objects.bulk_create(rows, ignore_conflicts=True)
        return made.filter(appeal__in=[row.appeal_id for row in rows]).count() - before


def _row(appeal: Appeal, connection: Connection, *, in_bulk: bool = False) -> OrderSync:
    return OrderSync(
        tenant_id=connection.tenant_id,
        appeal=appeal,
        connection=connection,
        key=key_of(appeal),
        # Of one client one after the other: the second order finds the client whom the first has made.
        lane=f"{connection.pk}:{appeal.contact_id}",
        in_bulk=in_bulk,
    )


def order_now(*, appeal: Appeal, connection: Connection, member: Member | None) -> OrderSync:
    """By hand: the appeal need not be agreed. Raises Rejected where the order could not go as it is."""
    if appeal.tenant_id != connection.tenant_id or not connection.is_active:
        raise Rejected(_("This CRM is not connected."), code="not_connected")
    preview = compose(appeal, connection)
    if preview.obstacles:
        raise Incomplete(preview.obstacles[0])
    with transaction.atomic():
        sync, made = OrderSync.objects.get_or_create(
            appeal=appeal,
            connection=connection,
            defaults={
                "tenant_id": connection.tenant_id,
                "key": key_of(appeal),
                "lane": f"{connection.pk}:{appeal.contact_id}",
                "asked_by": member,
                "by_hand": True,
            },
        )
        if not made:
            _again(sync, member)
        touch(appeal.conversation_id)
    return sync


def _again(sync: OrderSync, member: Member | None) -> None:
    if sync.gone_at is not None:
        raise Rejected(
            _("The order was deleted in the CRM. Say first that it is to be made anew."), code="gone"
        )
    if sync.state == State.UNKNOWN and sync.error_code == NotSearchable.code:
        raise Rejected(_("Say first whether the order is in the CRM."), code="undecided")
    OrderSync.objects.filter(pk=sync.pk).update(asked_by=member, by_hand=True, in_bulk=False)
    queue(sync)


def make_anew(*, sync: OrderSync, member: Member | None) -> bool:
    """A person has looked: it is not in the CRM; or it is in an account that is used no more. False where it
    is there by now, or is being made.
    """
    with transaction.atomic():
        rows = OrderSync.objects.select_for_update(of=("self",)).filter(pk=sync.pk)
        row = rows.exclude(state__in=(State.QUEUED, State.RUNNING)).first()
        is_left = elsewhere().filter(pk=sync.pk).exists()
        if row is None or (row.external_order_id and row.gone_at is None and not is_left):
            return False
        OrderSync.objects.filter(pk=row.pk).update(
            begun_at=None,
            home="",
            external_order_id="",
            number="",
            gone_at=None,
            items="",
            agreed={},
            is_told=False,
            status="",
            remote_status="",
            remote_repair_status="",
            asked_by=member,
        )
        touch(row.appeal.conversation_id)
        return queue(row)


def name_order(*, sync: OrderSync, external_order_id: str, member: Member | None) -> bool:
    """A person has looked: it is in the CRM, under this id. It is read at once."""
    with transaction.atomic():
        rows = OrderSync.objects.select_for_update(of=("self",)).filter(pk=sync.pk, external_order_id="")
        row = rows.exclude(state__in=(State.QUEUED, State.RUNNING)).first()
        if row is None or not external_order_id:
            return False
        OrderSync.objects.filter(pk=row.pk).update(
            external_order_id=external_order_id,
            number=external_order_id,
            made_at=timezone.now(),
            asked_by=member,
        )
        touch(row.appeal.conversation_id)
        return queue(row)


def look_for_unknown() -> int:
    """Orders that no answer came to: each is searched for in the CRM before it is made (see `pushing`)."""
    rows = OrderSync.objects.filter(state=State.UNKNOWN).exclude(error_code=NotSearchable.code)
    return replay(rows.order_by("pk")[:AT_ONCE], work=find(WORK))


def complete_later() -> int:
    """What lacked something, or was not agreed any more, and has been changed since."""
    rows = OrderSync.objects.filter(state=State.FAILED, connection__is_active=True)
    stopped = rows.filter(error_code__in=(Incomplete.code, NotAgreed.code))
    changed = stopped.exclude(compared_revision=F("appeal__conversation__revision"))
    return sum(_completed(row) for row in _to_compare(changed))


def _completed(sync: OrderSync) -> bool:
    _seen(sync)
    if sync.error_code == NotAgreed.code and sync.appeal.status != AppealStatus.AGREED:
        return False
    return not compose(sync.appeal, sync.connection).obstacles and queue(sync)


def push_changes() -> int:
    """Of orders that are there and not over: what was changed in the appeal since it was last compared."""
    rows = OrderSync.objects.filter(OPEN, AT_HOME, state=State.DONE, connection__is_active=True)
    changed = rows.exclude(compared_revision=F("appeal__conversation__revision"))
    return sum(_changed(row) for row in _to_compare(changed))


def _to_compare(rows: QuerySet[OrderSync]) -> QuerySet[OrderSync]:
    related = ("appeal__conversation", "appeal__contact", "appeal__channel", "appeal__operator")
    return rows.select_related(*related, "connection", "tenant").order_by("pk")[:COMPARED_AT_ONCE]


def _changed(sync: OrderSync) -> bool:
    _seen(sync)
    changeable = connectors()[sync.connection.connector]
    names = changeable.changeable(sync.connection)  # type: ignore[attr-defined]
    values = compose(sync.appeal, sync.connection).order.values
    news = (
        name
        for name in names
        if name in sync.agreed and values.get(name, "") != sync.agreed[name].get("ours")
    )
    return next(news, None) is not None and queue(sync)


def _seen(sync: OrderSync) -> None:
    revision = sync.appeal.conversation.revision
    OrderSync.objects.filter(pk=sync.pk).update(compared_revision=revision)

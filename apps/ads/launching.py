"""When audiences are uploaded: every day, by the button, and at once when somebody has to leave."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.ads.filtering import REFUSERS, REFUSERS_DAYS
from apps.ads.hindering import withdrawn
from apps.ads.models import Audience, Cause, Export, Placement
from apps.ads.planning import former_shape, leaving, there, wanted_of
from apps.appeals.models import Appeal
from apps.core.models import UNSETTLED, State
from apps.integrations.checking import NEED_A_PERSON
from apps.integrations.contract import Category
from apps.integrations.models import Connection
from apps.integrations.registry import connector, connectors
from apps.tenants.models import Member, Tenant

# Where the last upload failed nobody is taken out by another one before this.
AFTER_FAILURE = timedelta(hours=1)
# What was being written while it was looked is seen the next time.
OVERLAP = timedelta(minutes=2)


def platforms() -> list[str]:
    return [slug for slug, module in connectors().items() if module.SPEC.category is Category.ADS]


def own_accounts(tenant: Tenant | int) -> QuerySet[Connection]:
    """Those in use."""
    return Connection.objects.filter(tenant=tenant, is_active=True, connector__in=platforms()).order_by("pk")


def ensure_audience(connection: Connection) -> None:
    """With its first advertising account an organisation has the audience of the customer's document; any
    other account joins an audience when somebody says so.
    """
    if Audience.objects.filter(tenant=connection.tenant_id).exists():
        return
    made = Audience.objects.create(
        tenant_id=connection.tenant_id,
        name=f"Отказники за {REFUSERS_DAYS} дней",
        filter=REFUSERS.as_json(),
    )
    Placement.objects.create(tenant_id=connection.tenant_id, audience=made, connection=connection)


def begin(*, placement: Placement, cause: Cause, member: Member | None = None) -> Export:
    """The one that is under way already, where there is one: two at once would undo each other."""
    with transaction.atomic():
        Placement.objects.select_for_update().get(pk=placement.pk)
        under_way = Export.objects.filter(placement=placement, state__in=UNSETTLED).order_by("pk").first()
        if under_way is not None:
            return under_way
        return Export.objects.create(
            tenant_id=placement.tenant_id,
            placement=placement,
            cause=cause,
            asked_by=member,
            # One after the other, also where a failed one is put on its way again.
            lane=f"placement:{placement.pk}",
        )


def begin_daily() -> int:
    """Of every audience whose hour has come on its organisation's day: once, by whoever is first."""
    begun = 0
    rows = Audience.objects.filter(is_active=True, placements__is_wanted=True).select_related("tenant")
    for audience in rows.distinct().order_by("pk"):
        now = timezone.now().astimezone(ZoneInfo(audience.tenant.timezone))
        if now.hour < audience.hour or audience.uploaded_on == now.date():
            continue
        with transaction.atomic():
            ours = Audience.objects.filter(pk=audience.pk, is_active=True)
            if not ours.exclude(uploaded_on=now.date()).update(uploaded_on=now.date()):
                continue
            for placement in _usable().filter(audience=audience, is_wanted=True).order_by("pk"):
                begin(placement=placement, cause=Cause.DAILY)
                begun += 1
    return begun


def begin_leaving() -> int:
    """Where somebody is in an audience who may not be any more: bought, talked to, consent taken back."""
    begun = 0
    for placement in _to_look_at():
        looked_at = timezone.now() - OVERLAP
        module: Any = connector(placement.connection.connector)
        spoken = module.spoken(placement.connection)
        terms = module.terms(former_shape(placement, spoken) or spoken)
        if leaving(placement, wanted_of(placement, terms)):
            begin(placement=placement, cause=Cause.LEAVING)
            begun += 1
        Placement.objects.filter(pk=placement.pk).update(looked_at=looked_at)
    return begun


def _to_look_at() -> QuerySet[Placement]:
    """Those with a client of whom there is news since the last look: in one query."""
    theirs = Appeal.objects.filter(
        contact=OuterRef("contact"), updated_at__gte=OuterRef("placement__looked_at")
    )
    no_longer = Q(contact=None) | withdrawn("contact__")
    no_longer |= Q(placement__tenant__campaigns_need_consent=True, contact__agreed_at=None)
    in_it = there(OuterRef("pk"))  # type: ignore[arg-type]
    under_way = Export.objects.filter(placement=OuterRef("pk"), state__in=UNSETTLED)
    last = Export.objects.filter(placement=OuterRef("placement")).order_by("-pk").values("pk")[:1]
    lately = Export.objects.filter(placement=OuterRef("pk"), created_at__gte=timezone.now() - AFTER_FAILURE)
    failed = lately.filter(pk=Subquery(last)).filter(
        Q(state=State.FAILED) | Q(cause=Cause.LEAVING, refused__gt=0)
    )
    news = Exists(in_it.filter(no_longer | Exists(theirs))) | Q(is_wanted=False) & Exists(in_it)
    return _usable().filter(news, ~Exists(under_way), ~Exists(failed)).order_by("pk")


def _usable() -> QuerySet[Placement]:
    rows = Placement.objects.filter(connection__is_active=True, connection__connector__in=platforms())
    rows = rows.exclude(connection__health__in=NEED_A_PERSON)
    return rows.select_related("audience__tenant", "connection", "tenant")

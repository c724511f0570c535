"""A call as the customer's CRM tells of it becomes a row; everything else happens to that row later."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.callanalysis.glancing import glance
from apps.callanalysis.models import AnalysisSettings, Call, CallOutcome, SalesManager, Stage
from apps.callanalysis.wording import too_short
from apps.core.models import State
from apps.core.phones import normalise_phone
from apps.tenants.models import Tenant


class Known(Exception):
    """A call of this id has been taken already."""

    def __init__(self, call: Call) -> None:
        self.call = call
        super().__init__("known")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the CRM says of a call. `seconds` None: it does not say."""

    call_id: str
    audio_url: str
    manager_id: str
    deal_id: str
    manager_name: str = ""
    deal_stage_id: str = ""
    stage_id: str = ""
    stage: str = ""
    seconds: float | None = None
    client_phone: str = ""


def receive(*, tenant: Tenant, told: Told) -> Call:
    """Raises Known, and Rejected where the link leads to no recording. Call it outside a transaction."""
    known = find_call(tenant=tenant, call_id=told.call_id)
    if known is not None:
        raise Known(known)
    least = least_seconds(tenant)
    is_short = told.seconds is not None and told.seconds < least
    if not is_short:
        glance(told.audio_url)
    try:
        return _keep(tenant, told, least if is_short else None)
    except IntegrityError:
        known = find_call(tenant=tenant, call_id=told.call_id)
        if known is None:
            raise
    raise Known(known)


def find_call(*, tenant: Tenant, call_id: str) -> Call | None:
    return Call.objects.filter(tenant=tenant, external_id=call_id).first()


def least_seconds(tenant: Tenant) -> int:
    found = AnalysisSettings.objects.filter(tenant=tenant).values_list("least_seconds", flat=True).first()
    return found or 0


@transaction.atomic
def _keep(tenant: Tenant, told: Told, shorter_than: int | None) -> Call:
    call = Call(
        tenant=tenant,
        external_id=told.call_id,
        sales_manager=_manager(tenant, told),
        deal_id=told.deal_id,
        deal_stage_id=told.deal_stage_id,
        stage_id=told.stage_id,
        stage_name=told.stage,
        declared_seconds=told.seconds,
        # A hidden number, or one within the office, is nobody's: the call is taken without it.
        client_phone=normalise_phone(told.client_phone),
    )
    if shorter_than is None:
        call.link = {"audio_url": told.audio_url}
    else:
        call.state, call.stage, call.outcome = State.DONE, Stage.DONE, CallOutcome.SKIPPED
        call.reason = too_short(shorter_than)
        call.finished_at = timezone.now()
    call.save(force_insert=True)
    return call


def _manager(tenant: Tenant, told: Told) -> SalesManager:
    """Known by id; a name is taken only where there is none: the CRM's list of managers knows better."""
    names = _names(told.manager_name)
    manager, created = SalesManager.objects.get_or_create(
        tenant=tenant, external_id=told.manager_id, defaults=names
    )
    if not created and any(names.values()) and not (manager.surname or manager.name):
        for field, value in names.items():
            setattr(manager, field, value)
        manager.save(update_fields=[*names])
    return manager


def _names(whole: str) -> dict[str, str]:
    """«Иванов Иван Петрович», as CRMs write it."""
    surname, name, middlename, *_rest = [*whole.split(maxsplit=2), "", "", ""]
    if not name:  # one word is how somebody is called
        surname, name = "", surname
    return {"surname": surname[:150], "name": name[:150], "middlename": middlename[:150]}

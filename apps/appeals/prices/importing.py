"""A file of prices from upload to undoing. Nothing is written to the list before a person has said so."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import PriceImport
from apps.appeals.models.price import Stage
from apps.appeals.prices.columns import FIELDS, head_of, is_enough
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.tables import read_table
from apps.tenants.models import Member, Tenant

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 50_000
# One that nobody has confirmed by then is forgotten.
KEPT = timedelta(days=1)

TOO_BIG = _("The file is bigger than 10 MB. Leave only the prices in it, or bring it in parts.")
MOVED_ON = _("Somebody has done this already. The page shows how it stands now.")
NOT_ENOUGH = _("Say which column is the price, and which is the work or the part.")
TWICE = _("Two columns cannot be the same field.")
NOT_LAST = _("Only the last import can be undone.")


def begin(*, tenant: Tenant, member: Member | None, name: str, content: bytes) -> PriceImport:
    """The file, read and kept for its preview. Raises Rejected with what is wrong with it."""
    if len(content) > MOST_BYTES:
        raise Rejected(TOO_BIG, code="too_big")
    table = read_table(content, most_rows=MOST_ROWS)
    header_rows, columns = head_of(table.rows)
    with transaction.atomic():
        former = PriceImport.objects.filter(tenant=tenant, stage=Stage.PREVIEW)
        former.filter(Q(member=member) | Q(created_at__lt=timezone.now() - KEPT)).delete()
        return PriceImport.objects.create(
            tenant=tenant,
            member=member,
            file_name=name[:200],
            sheet=table.sheet,
            other_sheets=table.other_sheets,
            cells=table.rows,
            columns=columns,
            header_rows=header_rows,
            state=State.DONE,  # nothing is to be done before it is confirmed
        )


def set_columns(*, imported: PriceImport, columns: Sequence[str], header_rows: int, switch_off: bool) -> None:
    """What a person says of the file's columns. Raises Rejected."""
    named = [name if name in FIELDS else "" for name in columns]
    if len([name for name in named if name]) != len({name for name in named if name}):
        raise Rejected(TWICE, code="twice")
    if not is_enough(named):
        raise Rejected(NOT_ENOUGH, code="not_enough")
    changed = PriceImport.objects.filter(pk=imported.pk, stage=Stage.PREVIEW).update(
        columns=named, header_rows=min(header_rows, len(imported.cells)), switch_off=switch_off, note=""
    )
    if not changed:
        raise Rejected(MOVED_ON, code="moved_on")


def confirm(*, imported: PriceImport, fingerprint: str, member: Member | None) -> None:
    """Applied as it was looked at, or not at all (see `applying`). Pressed twice is once."""
    _set_off(
        imported, stage=Stage.PREVIEW, to=Stage.APPLYING, expected=fingerprint[:64], member=member, note=""
    )


def undo(*, imported: PriceImport) -> None:
    if imported.pk != last_id(imported.tenant_id):
        raise Rejected(NOT_LAST, code="not_last")
    _set_off(imported, stage=Stage.APPLIED, to=Stage.UNDOING, note="")


def last_id(tenant_id: int) -> int | None:
    """Of the one that may be undone."""
    done = PriceImport.objects.filter(tenant=tenant_id, stage=Stage.APPLIED)
    newest = done.order_by("-applied_at", "-pk").values_list("pk", flat=True).first()
    return None if newest is None else int(newest)


def forget(*, imported: PriceImport) -> None:
    PriceImport.objects.filter(pk=imported.pk, stage=Stage.PREVIEW).delete()


def _set_off(imported: PriceImport, *, stage: Stage, to: Stage, **values: object) -> None:
    rows = PriceImport.objects.filter(pk=imported.pk, stage=stage)
    queued = {
        "state": State.QUEUED,
        "due_at": timezone.now(),
        "failures": 0,
        "error_code": "",
        "error_text": "",
    }
    if not rows.update(stage=to, **queued, **values):
        raise Rejected(MOVED_ON, code="moved_on")

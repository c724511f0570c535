"""A file for a spreadsheet, made in the background and kept for a week: of the chosen appeals, one row each,
or of what another app lists (its `jobs.EXPORTS`).
"""

import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Left
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.appeals.admitting import seen_by
from apps.appeals.masking import masked, phone_for
from apps.appeals.models import Appeal, AppealStatus, AppealTag, BulkAction, Device, Message
from apps.core.errors import Transient
from apps.core.files.storing import forget, store
from apps.core.spreadsheets import Cell, csv_lines, write_xlsx
from apps.core.work import Effect
from apps.core.work.registry import job_modules
from apps.tenants.models import Phones

FORMATS = ("csv", "xlsx")
KEPT_FOR = timedelta(days=7)
CHUNK = 2000
LAST_WORDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    title: str | None = None


# What another app's file holds: in the language and by the clock in force, what the member may see by then.
Exported = Callable[[BulkAction], Content]


@cache
def exports() -> dict[str, Exported]:
    """By `BulkAction.params["of"]`."""
    return {name: of for module in job_modules() for name, of in getattr(module, "EXPORTS", {}).items()}


def export(bulk: BulkAction) -> Effect:
    """Begun anew by another worker it writes over what the first one left, whose place stands in the row."""
    name, path = bulk.params["format"], _place(bulk)
    with (
        tempfile.TemporaryFile() as file,
        timezone.override(ZoneInfo(bulk.tenant.timezone)),
        translation.override(bulk.params["language"]),
    ):
        into, content = cast(IO[bytes], file), _content(bulk)
        rows = _told(bulk, content.rows)
        if name == "xlsx":
            write_xlsx(into, content.head, rows, title=content.title)
        else:
            into.writelines(line.encode() for line in csv_lines(content.head, rows))
        file.seek(0)
        if not forget(path):
            raise Transient(code="storage")
        store(path, file)
    return partial(_finish, bulk)


def _content(bulk: BulkAction) -> Content:
    of = bulk.params.get("of")
    return Content(head=_head(), rows=_rows(bulk)) if of is None else exports()[of](bulk)


def _told(bulk: BulkAction, rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    """Now and then, how many have been written."""
    for number, row in enumerate(rows, start=1):
        yield row
        if number % CHUNK == 0:
            bulk.params = {**bulk.params, "made": number}
            BulkAction.objects.filter(pk=bulk.pk).update(params=bulk.params)


def _place(bulk: BulkAction) -> str:
    """Kept before anything is written there: what is written is swept, whatever becomes of its worker."""
    if not bulk.file:
        bulk.file = f"tenants/{bulk.tenant_id}/exports/{uuid.uuid4().hex}.{bulk.params['format']}"
        bulk.save(update_fields=["file"])
    return str(bulk.file.name)


def _finish(bulk: BulkAction) -> None:
    BulkAction.objects.filter(pk=bulk.pk).update(finished_at=timezone.now())


def sweep() -> None:
    """Clients' names and phones do not lie about for longer than somebody fetches them."""
    for old in BulkAction.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).exclude(file=None):
        if not forget(str(old.file.name)):
            continue
        BulkAction.objects.filter(pk=old.pk).update(file=None)


def _head() -> list[str]:
    return [
        _("number"),
        _("client"),
        _("phone"),
        _("channel"),
        _("status"),
        _("reason of the refusal"),
        _("operator"),
        _("device"),
        _("tags"),
        _("created"),
        _("first answer"),
        _("closed at"),
        _("last message"),
        _("waits since"),
        _("last words"),
    ]


def _rows(bulk: BulkAction) -> Iterator[Sequence[Cell]]:
    """A few thousand at a time, by their numbers: no table is held in memory."""
    # A file can't be pressed: what would be shown on a press is masked in it.
    after, phones = 0, bulk.member.phones
    while chunk := list(_appeals(bulk, after)):
        tags = _tags_of(chunk)
        for appeal in chunk:
            yield _cells(appeal, ", ".join(tags.get(appeal.pk, ())), phones)
        after = chunk[-1].pk


def _appeals(bulk: BulkAction, after: int) -> Any:
    last = Message.objects.filter(conversation=OuterRef("conversation")).reverse()
    device = Device.objects.filter(appeal=OuterRef("pk"), removed_at=None).order_by("-id")
    chosen = bulk.items.filter(appeal__gt=after).order_by("appeal").values_list("appeal", flat=True)
    return (
        Appeal.objects.filter(seen_by(bulk.member, "conversation"), pk__in=list(chosen[:CHUNK]))
        .select_related("contact", "conversation", "channel", "operator")
        .annotate(
            device_brand=Subquery(device.values("brand")[:1]),
            device_model=Subquery(device.values("model")[:1]),
            last_words=Subquery(last.annotate(head=Left("text", LAST_WORDS)).values("head")[:1]),
        )
        .order_by("pk")
    )


def _tags_of(appeals: list[Appeal]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    uses = AppealTag.objects.filter(appeal__in=appeals).order_by("tag__name")
    for appeal_id, name in uses.values_list("appeal", "tag__name"):
        found.setdefault(appeal_id, []).append(name)
    return found


def _cells(appeal: Any, tags: str, phones: Phones) -> list[Cell]:
    chat = appeal.conversation
    return [
        appeal.pk,
        masked(appeal.contact, phones),
        phone_for(appeal.contact.phone, phones),
        appeal.channel.name,
        str(AppealStatus(appeal.status).label),
        masked(appeal.rejection_reason, phones),
        appeal.operator.name if appeal.operator else "",
        f"{appeal.device_brand or ''} {appeal.device_model or ''}".strip(),
        tags,
        appeal.created_at,
        appeal.first_answer_at,
        appeal.closed_at,
        chat.last_message_at,
        chat.waiting_since,
        masked(appeal.last_words, phones),
    ]

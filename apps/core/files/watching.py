"""The storage of files, looked at every few minutes, and what is told of it where alarms are seen."""

from collections.abc import Iterator

import structlog
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.alarms import Alarm
from apps.core.files.checking import check
from apps.core.files.stores.failing import REASONS, StoreFailure
from apps.core.models import StorageCheck

log = structlog.get_logger(__name__)

ROW = 1
_ADVICE = _("Files that come meanwhile are kept waiting and fetched by themselves once it works again.")


def watch() -> None:
    """Two at once, or one killed halfway, do no harm: the next look says how it is."""
    code = ""
    try:
        check(default_storage)
    except StoreFailure as failure:
        code = failure.code
        log.warning("storage.failing", code=code)
    _note(code)


@transaction.atomic
def _note(code: str) -> None:
    now = timezone.now()
    row, _is_new = StorageCheck.objects.select_for_update().get_or_create(pk=ROW)
    since = (row.failing_since or now) if code else None
    StorageCheck.objects.filter(pk=ROW).update(checked_at=now, failing_since=since, code=code)


def alarms(tenant_id: int | None) -> Iterator[Alarm]:
    """For whoever runs the server: others can do nothing about it. One failure may be a moment's; the second
    in a row is told."""
    if tenant_id is not None:
        return
    row = StorageCheck.objects.filter(pk=ROW).first()
    if row is None or row.failing_since is None or row.failing_since == row.checked_at:
        return
    page = reverse("admin:tenants_trouble")
    yield Alarm(
        subject="storage",
        title=_("Storage of files"),
        text=REASONS.get(row.code, REASONS["refused"]),
        advice=_ADVICE,
        since=row.failing_since,
        page=page,
        address=page,
        act=_("What waits because of it"),
    )

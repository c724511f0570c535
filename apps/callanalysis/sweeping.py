"""Recordings are kept as long as the organisation wants; what a killed download left behind is removed."""

from datetime import timedelta

import structlog
from django.utils import timezone

from apps.callanalysis.models import AnalysisSettings, Call
from apps.callanalysis.retaining import over
from apps.core.files.storing import forget, names_in

log = structlog.get_logger(__name__)

# A file without a row is a download's that still runs, or that did not end; after a day none runs any more.
ORPHAN_DAYS = range(2, 16)


def sweep() -> None:
    """Once a day. Killed anywhere it begins anew: to delete twice does no harm."""
    for wanted in AnalysisSettings.objects.exclude(keep_audio_days=None):
        _delete_old(wanted)
    for tenant_id in Call.objects.order_by().values_list("tenant_id", flat=True).distinct():
        for days in ORPHAN_DAYS:
            _delete_orphans(f"tenants/{tenant_id}/calls/{timezone.now().date() - timedelta(days=days)}")


def _delete_old(wanted: AnalysisSettings) -> None:
    """Words, figures and marks stay."""
    old, count = Call.objects.filter(over(timezone.now(), wanted.keep_audio_days or 0)), 0
    old = old.filter(tenant=wanted.tenant_id)
    for pk, path in old.exclude(file="").values_list("pk", "file").iterator():
        if forget(path):
            count += Call.objects.filter(pk=pk, file=path).update(file="", audio_deleted_at=timezone.now())
    if count:
        log.info("calls.audio_deleted", tenant=wanted.tenant_id, count=count)


def _delete_orphans(folder: str) -> None:
    paths = {f"{folder}/{name}" for name in names_in(folder)}
    orphans = paths - set(Call.objects.filter(file__in=paths).values_list("file", flat=True))
    count = sum(map(forget, orphans))
    if count:
        log.info("calls.orphans_deleted", folder=folder, count=count)

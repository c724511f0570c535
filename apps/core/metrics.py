"""/metrics for Prometheus: what waits, since when, what went wrong, and which alarms are raised.

Read from the database at each scrape, so that every web process answers the same, and nothing is to be
collected from the workers' processes.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import Error, connection
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.models import OrmQ
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from apps.core.alarms import sources
from apps.core.models import TROUBLED, State
from apps.core.work.claim import due
from apps.core.work.registry import Work, registered
from apps.core.work.trouble import oldest_by_kind


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    ):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(WorkCollector())
    registry.register(AlarmCollector())
    try:
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    except Error:
        connection.close()
        return HttpResponse(status=503)


class WorkCollector(Collector):
    def describe(self) -> Iterable[GaugeMetricFamily]:
        return []  # registering must not ask the database

    def collect(self) -> Iterable[GaugeMetricFamily]:
        now = timezone.now()
        rows = GaugeMetricFamily(
            "batterycrm_work_rows", "Rows of durable work by kind and state.", labels=["kind", "state"]
        )
        for kind, work in registered().items():
            for state, count in _counts(work, now).items():
                rows.add_metric([kind, state], count)
        yield rows
        oldest = GaugeMetricFamily(
            "batterycrm_work_oldest_due_seconds",
            "For how long the oldest runnable row waits.",
            labels=["kind"],
        )
        for kind, since in oldest_by_kind().items():
            oldest.add_metric([kind], (now - since).total_seconds() if since else 0)
        yield oldest
        yield GaugeMetricFamily(
            "batterycrm_queue_entries", "Entries on django-q2's queue.", value=OrmQ.objects.count()
        )


class AlarmCollector(Collector):
    def describe(self) -> Iterable[GaugeMetricFamily]:
        return []  # registering must not ask the database

    def collect(self) -> Iterable[GaugeMetricFamily]:
        now = timezone.now()
        counts = GaugeMetricFamily("batterycrm_alarms", "Alarms raised at the moment.", labels=["kind"])
        ages = GaugeMetricFamily(
            "batterycrm_alarm_age_seconds", "For how long an alarm holds.", labels=["kind", "subject"]
        )
        for kind, source in sources().items():
            alarms = list(source(None))
            counts.add_metric([kind], len(alarms))
            # One subject may have several things to say; Prometheus takes each pair of labels once.
            for subject, since in {one.subject: one.since for one in alarms}.items():
                ages.add_metric([kind, subject], (now - since).total_seconds())
        yield counts
        yield ages


def _counts(work: Work, now: datetime) -> dict[str, int]:
    """One partial index each."""
    rows = work.model_class._default_manager
    troubled = rows.filter(state__in=TROUBLED).order_by().values_list("state").annotate(Count("pk"))
    return {
        "due": due(work, now).count(),
        str(State.RUNNING): rows.filter(state=State.RUNNING).count(),
        **{str(state): 0 for state in TROUBLED},
        **dict(troubled),
    }

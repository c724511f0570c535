"""A channel that falls silent against its own usual hours raises an alarm, and an event ends it.

The rule: take the stretch of time from the channel's last event until now, and look at the same stretch one,
two, three and four weeks ago, by the clock of the organisation's own time zone. Cut each into ten minutes and
count those in which anything came; many events of one busy client are one. Their average is what was to be
expected. If it is seven or more, and nothing came, the channel is silent: were its events independent, chance
would do that once in a thousand (e^-7, Poisson). So a busy shop is noticed within an hour or two, a quiet one
within a day, and neither nights nor silent Sundays raise anything.

At least two such weeks must lie behind the channel's first event, and in all of them but one something must
have come: a new channel has no usual hours yet, and one week's rush makes none.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection
from django.db.models import DateField, DateTimeField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.utils import timezone

from apps.channels.models import InboundEvent, Silence

log = structlog.get_logger(__name__)

EXPECTED = 7.0
WEEKS = 4
FEWEST_WEEKS = 2
# No stretch of ten minutes can be missed before; most channels are passed over by this alone.
SHORTEST = timedelta(hours=1)
_SILENT = """
SELECT channel.id, channel.tenant_id, newest.at, avg(week.busy)
  FROM channels_channel AS channel
  JOIN integrations_connection AS way ON way.id = channel.connection_id AND way.is_active
  JOIN tenants_tenant AS tenant ON tenant.id = channel.tenant_id
 CROSS JOIN LATERAL (SELECT received_at AS at FROM channels_inboundevent
                      WHERE channel_id = channel.id ORDER BY received_at DESC LIMIT 1) AS newest
 CROSS JOIN LATERAL (SELECT received_at AS at FROM channels_inboundevent
                      WHERE channel_id = channel.id ORDER BY received_at LIMIT 1) AS oldest
 CROSS JOIN generate_series(1, %(weeks)s) AS back
 CROSS JOIN LATERAL (
       SELECT (newest.at AT TIME ZONE tenant.timezone - back * interval '7 days')
                  AT TIME ZONE tenant.timezone AS begins,
              (least(%(now)s, newest.at + interval '7 days') AT TIME ZONE tenant.timezone
                  - back * interval '7 days') AT TIME ZONE tenant.timezone AS ends) AS stretch
 CROSS JOIN LATERAL (
       SELECT count(DISTINCT date_bin('10 minutes', event.received_at, stretch.begins)) AS busy
         FROM channels_inboundevent AS event
        WHERE event.channel_id = channel.id
          AND event.received_at >= stretch.begins AND event.received_at < stretch.ends) AS week
 WHERE channel.is_active AND newest.at <= %(now)s - %(shortest)s
   AND (channel.silence_muted_until IS NULL
        OR channel.silence_muted_until < (%(now)s AT TIME ZONE tenant.timezone)::date)
   AND NOT EXISTS (SELECT 1 FROM channels_silence AS known
                    WHERE known.channel_id = channel.id AND known.ended_at IS NULL)
   AND stretch.begins >= oldest.at
 GROUP BY channel.id, newest.at
HAVING count(*) >= %(fewest)s AND avg(week.busy) >= %(expected)s
   AND count(*) FILTER (WHERE week.busy > 0) >= greatest(%(fewest)s, count(*) - 1)
"""


def watch() -> None:
    """Ends what is over, then raises what is new. Two at once, or one killed halfway, do no harm."""
    end_silences()
    found = silent_channels(now=timezone.now())
    Silence.objects.bulk_create(found, ignore_conflicts=True)
    for one in found:
        log.warning("channel.silent", channel=one.channel_id, since=one.since, expected=one.expected)


def silent_channels(*, now: datetime) -> list[Silence]:
    """Those that are not known as silent yet, unsaved. One statement: a few looks into one index each."""
    values: dict[str, Any] = {
        "now": now,
        "weeks": WEEKS,
        "fewest": FEWEST_WEEKS,
        "expected": EXPECTED,
        "shortest": SHORTEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SILENT, values)
        return [
            Silence(channel_id=channel, tenant_id=tenant, since=since, expected=float(expected))
            for channel, tenant, since, expected in cursor.fetchall()
        ]


def end_silences() -> None:
    """By an event that came, or because nobody is to be alarmed any more."""
    rows = Silence.objects.filter(ended_at=None)
    first = InboundEvent.objects.filter(channel=OuterRef("channel"), received_at__gt=OuterRef("since"))
    ended_at = Subquery(first.order_by("received_at").values("received_at")[:1])
    rows.filter(Exists(first)).update(ended_at=ended_at)
    rows.exclude(pk__in=held()).update(ended_at=timezone.now())


def held() -> QuerySet[Silence]:
    """Those that hold at this very moment: an event ends one before the next round notices."""
    came = InboundEvent.objects.filter(channel=OuterRef("channel"), received_at__gt=OuterRef("since"))
    return Silence.objects.filter(
        ~_is_muted(),
        ~Exists(came),
        ended_at=None,
        channel__is_active=True,
        channel__connection__is_active=True,
    )


def _is_muted() -> Q:
    """By today's date where the organisation is."""
    there = Func(
        F("tenant__timezone"), Value(timezone.now()), function="timezone", output_field=DateTimeField()
    )
    return Q(channel__silence_muted_until__gte=Cast(there, DateField()))

"""The durable work that a call is made of, and what is cleared away behind it once a day."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.callanalysis import assembling, fetching, journal, sweeping, transcribing
from apps.core.work import Work

# Longer than all time-outs inside: a download; then three readings of hours of sound, one after the other.
FETCHING = timedelta(minutes=10)
# A round, and what may begin at its end: the way to the last minute of three hours, two requests to a model.
LISTENING = timedelta(minutes=10)

WORK = (
    Work(
        model="callanalysis.Call",
        title=_("Recordings of calls"),
        run=fetching.fetch,
        lease=FETCHING,
        settled=fetching.settled,
    ),
    Work(
        model="callanalysis.CallPart",
        title=_("Transcription of calls"),
        run=transcribing.hear,
        lease=LISTENING,
        settled=assembling.settled,
    ),
)


def sweep_recordings() -> None:
    sweeping.sweep()


def sweep_requests() -> None:
    journal.sweep()


DAILY = 24 * 60
SCHEDULES = (
    {
        "name": "callanalysis.sweep_recordings",
        "func": "apps.callanalysis.jobs.sweep_recordings",
        "minutes": DAILY,
    },
    {
        "name": "callanalysis.sweep_requests",
        "func": "apps.callanalysis.jobs.sweep_requests",
        "minutes": DAILY,
    },
)

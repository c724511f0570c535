"""The durable work that a call is made of, and what is cleared away behind it once a day."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.appeals.places import conversation_by
from apps.callanalysis import (
    analysing,
    assembling,
    chats,
    fetching,
    filling,
    journal,
    judging,
    sweeping,
    telling,
    transcribing,
    trying,
)
from apps.callanalysis.admin.list_files import CALLS, made_in_background
from apps.callanalysis.figures import rolling
from apps.callanalysis.panel import panel
from apps.core.work import Work

# Longer than all time-outs inside: a download; then three readings of hours of sound, one after the other.
FETCHING = timedelta(minutes=10)
# A round, and what may begin at its end: the way to the last minute of three hours, two requests to a model.
LISTENING = timedelta(minutes=10)

# One question to a model, asked on two headers and in two shapes where need be.
JUDGING = timedelta(minutes=9)
# An answer that makes no sense is not asked for all day.
MOST_TRIES = 5


def own_calls(rows: Sequence[Any]) -> dict[int, str]:
    return {row.pk: reverse("admin:callanalysis_call_change", args=[row.call_id]) for row in rows}


chats_of = conversation_by("appeal__conversation")


def own_talks(rows: Sequence[Any]) -> dict[int, str]:
    of_calls = [row for row in rows if row.call_id is not None]
    return own_calls(of_calls) | dict(chats_of([row for row in rows if row.call_id is None]))


def judge_chats() -> None:
    chats.begin_ended()


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
    Work(
        model="callanalysis.Scorecard",
        title=_("Checklists of calls"),
        run=judging.score,
        lease=JUDGING,
        max_failures=MOST_TRIES,
        settled=analysing.settled,
        pages=own_talks,
    ),
    Work(
        model="callanalysis.TableRow",
        title=_("Tables of calls"),
        run=filling.fill_row,
        lease=JUDGING,
        max_failures=MOST_TRIES,
        settled=analysing.settled,
        pages=own_talks,
    ),
    Work(
        model="callanalysis.TrialScore",
        title=_("Trials of checklists"),
        run=trying.judge_again,
        lease=JUDGING,
        max_failures=MOST_TRIES,
        pages=own_calls,
    ),
)


def roll_up_figures() -> None:
    rolling.roll_up_all()


def sweep_recordings() -> None:
    sweeping.sweep()


def sweep_requests() -> None:
    journal.sweep()


TIMELINE = {"calls": telling.calls}
EXPORTS = {CALLS: made_in_background}
DAILY = 24 * 60
SCHEDULES = (
    {"name": "callanalysis.judge_chats", "func": "apps.callanalysis.jobs.judge_chats", "minutes": 1},
    {
        "name": "callanalysis.roll_up_figures",
        "func": "apps.callanalysis.jobs.roll_up_figures",
        "minutes": 1,
    },
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
PANELS = {"marks": panel}

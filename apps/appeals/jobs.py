"""The durable work that a conversation is made of.

Inbound events and deliveries are rows of `channels`, but only here is known what follows from them.
"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.appeals import (
    accesses,
    attachments,
    attending,
    dictating,
    drafting,
    intake,
    listening,
    reading,
    renditions,
    routing,
    sending,
    snoozing,
)
from apps.appeals.bulk import exporting
from apps.appeals.bulk import running as bulk_running
from apps.appeals.campaigns import counting, running
from apps.appeals.dashboard import rolling
from apps.appeals.desk.notices import pushing
from apps.appeals.places import conversation_by, own_pages
from apps.appeals.planned import going, sweeping
from apps.appeals.prices import applying
from apps.appeals.sla import recounting
from apps.appeals.timeline import own
from apps.channels.reading import settled as event_settled
from apps.channels.turns import rest_of_dialogue
from apps.core.work import Work
from apps.integrations.registry import connectors

# Longer than all time-outs inside: two requests to a model, each tried on two headers; a large upload,
# resent twice, and what it may take to convert it; several parts of a long recording, those heard being kept.
ASKING = timedelta(minutes=9)
SENDING = timedelta(minutes=9)
LISTENING = timedelta(minutes=9)
RENDERING = timedelta(minutes=9)
# A dictation that took long to hear is written in a run of its own: the longer of the two, and a minute.
DICTATED = timedelta(minutes=10)
# A round looks at many recipients, each in a transaction that waits for its conversation.
ROUND = timedelta(minutes=2)
# A hundred thousand appeals are written into a file within it.
BULK = timedelta(minutes=10)
# Some hundreds of conversations, each in a transaction of its own.
RECOUNTING = timedelta(minutes=5)

# The vendors' own clients come with some connectors.
PRELOAD = (connectors,)


def sweep_composer() -> None:
    sweeping.sweep()


WORK = (
    Work(
        model="channels.InboundEvent", title=_("Incoming events"), run=intake.take_in, settled=event_settled
    ),
    Work(
        model="appeals.Batch",
        title=_("Batches of messages"),
        run=routing.route,
        settled=routing.settled,
        pages=conversation_by("conversation"),
    ),
    Work(
        model="appeals.Reading",
        title=_("Reading by the AI"),
        run=reading.read,
        lease=ASKING,
        settled=reading.settled,
        pages=conversation_by("appeal__conversation"),
    ),
    Work(
        model="appeals.Draft",
        title=_("Draft replies"),
        run=drafting.write,
        lease=ASKING,
        settled=drafting.settled,
        pages=conversation_by("appeal__conversation"),
    ),
    Work(
        model="appeals.DeviceRing",
        title=_("Bells for devices"),
        run=pushing.look,
    ),
    Work(
        model="appeals.BulkAction",
        title=_("Bulk actions"),
        run=bulk_running.run,
        lease=BULK,
    ),
    Work(
        model="appeals.Dictation",
        title=_("Dictated replies"),
        run=dictating.take_down,
        lease=DICTATED,
        settled=dictating.settled,
        pages=conversation_by("conversation"),
    ),
    Work(
        model="appeals.Campaign",
        title=_("Campaigns"),
        run=running.run,
        lease=ROUND,
        settled=running.settled,
        pages=own_pages,
    ),
    Work(
        model="appeals.Counting",
        title=_("Counts of campaigns’ clients"),
        run=counting.run,
        lease=ROUND * 3,
        settled=counting.settled,
        pages=own_pages,
    ),
    Work(
        model="appeals.PlannedAnswer",
        title=_("Planned answers"),
        run=going.go,
        settled=going.settled,
        pages=conversation_by("conversation"),
    ),
    Work(
        model="channels.Delivery",
        title=_("Outgoing messages"),
        run=sending.send,
        lease=SENDING,
        repeatable=sending.repeatable,
        settled=sending.settled,
        rest=rest_of_dialogue,
        pages=conversation_by("message__conversation"),
    ),
    Work(
        model="appeals.Attachment",
        title=_("Files from messengers"),
        run=attachments.fetch,
        lease=timedelta(minutes=5),
        settled=attachments.settled,
        pages=conversation_by("message__conversation"),
    ),
    Work(
        model="appeals.Transcription",
        title=_("Voice messages"),
        run=listening.listen,
        lease=LISTENING,
        settled=listening.settled,
        pages=conversation_by("attachment__message__conversation"),
    ),
    Work(
        model="appeals.PriceImport",
        title=_("Imports of prices"),
        run=applying.carry_out,
        lease=ROUND * 3,
        settled=applying.settled,
        pages=own_pages,
    ),
    Work(
        model="appeals.Rendition",
        title=_("Thumbnails and playable copies"),
        run=renditions.make,
        lease=RENDERING,
        settled=renditions.settled,
        pages=conversation_by("attachment__message__conversation"),
    ),
    Work(
        model="appeals.Recount",
        title=_("Reckoning of deadlines"),
        run=recounting.recount,
        lease=RECOUNTING,
        settled=recounting.settled,
    ),
    Work(
        model="appeals.Snooze",
        title=_("Reminders"),
        run=snoozing.remind,
        pages=conversation_by("conversation"),
    ),
)


def note_changed_hours() -> None:
    recounting.note_changes()


def roll_up_figures() -> None:
    rolling.roll_up_all()


def sweep_exports() -> None:
    exporting.sweep()


def sweep_lookers() -> None:
    attending.sweep()


def sweep_accesses() -> None:
    accesses.sweep()


# Beside them stands what the apps above tell of a client: see `timeline.offering`.
TIMELINE = {
    "appeals": own.appeals,
    "campaigns": own.campaigns,
    "consents": own.consents,
    "merges": own.merges,
}
DAILY = 24 * 60
SCHEDULES = (
    {"name": "appeals.note_changed_hours", "func": "apps.appeals.jobs.note_changed_hours", "minutes": 1},
    {"name": "appeals.roll_up_figures", "func": "apps.appeals.jobs.roll_up_figures", "minutes": 1},
    {"name": "appeals.sweep_exports", "func": "apps.appeals.jobs.sweep_exports", "minutes": DAILY},
    {"name": "appeals.sweep_lookers", "func": "apps.appeals.jobs.sweep_lookers", "minutes": DAILY},
    {"name": "appeals.sweep_composer", "func": "apps.appeals.jobs.sweep_composer", "minutes": DAILY},
    {"name": "appeals.sweep_accesses", "func": "apps.appeals.jobs.sweep_accesses", "minutes": DAILY},
)

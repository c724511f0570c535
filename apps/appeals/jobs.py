"""The durable work that a conversation is made of.

Inbound events and deliveries are rows of `channels`, but only here is known what follows from them.
"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.appeals import (
    attachments,
    drafting,
    intake,
    listening,
    reading,
    renditions,
    routing,
    sending,
)
from apps.appeals.campaigns import running
from apps.appeals.places import campaign_pages, conversation_by
from apps.appeals.planned import going, sweeping
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
# A round looks at many recipients, each in a transaction that waits for its conversation.
ROUND = timedelta(minutes=2)

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
        model="appeals.Campaign",
        title=_("Campaigns"),
        run=running.run,
        lease=ROUND,
        settled=running.settled,
        pages=campaign_pages,
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
        model="appeals.Rendition",
        title=_("Thumbnails and playable copies"),
        run=renditions.make,
        lease=RENDERING,
        settled=renditions.settled,
        pages=conversation_by("attachment__message__conversation"),
    ),
)

DAILY = 24 * 60
SCHEDULES = (
    {"name": "appeals.sweep_composer", "func": "apps.appeals.jobs.sweep_composer", "minutes": DAILY},
)

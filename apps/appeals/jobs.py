"""The durable work that a conversation is made of.

Inbound events and deliveries are rows of `channels`, but only here is known what follows from them.
"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.appeals import attachments, drafting, intake, reading, routing, sending
from apps.channels.reading import settled as event_settled
from apps.core.work import Work

WORK = (
    Work(
        model="channels.InboundEvent", title=_("Incoming events"), run=intake.take_in, settled=event_settled
    ),
    Work(model="appeals.Batch", title=_("Batches of messages"), run=routing.route),
    Work(
        model="appeals.Reading",
        title=_("Reading by the AI"),
        run=reading.read,
        lease=timedelta(minutes=4),
        settled=reading.settled,
    ),
    Work(model="appeals.Draft", title=_("Draft replies"), run=drafting.write, lease=timedelta(minutes=4)),
    Work(
        model="channels.Delivery",
        title=_("Outgoing messages"),
        run=sending.send,
        repeatable=sending.repeatable,
        settled=sending.settled,
    ),
    Work(
        model="appeals.Attachment",
        title=_("Files from messengers"),
        run=attachments.fetch,
        lease=timedelta(minutes=5),
        settled=attachments.settled,
    ),
)

"""What one client writes within the window is kept together: the batch opens with its first message."""

from datetime import datetime, timedelta

from django.utils import timezone

from apps.appeals.models import Batch, Conversation
from apps.appeals.people import touch
from apps.channels.contract import Incoming
from apps.channels.models import Channel
from apps.core.models import UNSETTLED, State

# A message that waited long (the workers were down) still leaves its neighbours this long to join it.
GRACE = timedelta(seconds=2)


def open_batch(*, conversation: Conversation, channel: Channel, received_at: datetime) -> Batch:
    """The conversation's open batch, or a new one. Call with the conversation locked.

    The batch is locked too. One that a router is just taking is left to it, and a new one opens: to wait for
    it while holding the conversation, which the router wants next, would be a deadlock.
    """
    batch = (
        Batch.objects.select_for_update(skip_locked=True)
        .filter(conversation=conversation, state=State.QUEUED)
        .order_by("-id")
        .first()
    )
    if batch is not None:
        return batch
    window = timedelta(seconds=channel.window_seconds)
    return Batch.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        opened_at=received_at,
        due_at=max(received_at + window, timezone.now() + min(GRACE, window)),
        lane=f"conversation:{conversation.pk}",
    )


def is_writing(conversation_id: int) -> bool:
    """There are words that no appeal holds yet."""
    return Batch.objects.filter(conversation=conversation_id, state__in=UNSETTLED).exists()


def answer_now(*, batch: Batch) -> bool:
    """Close the window at once. False when it had closed by itself."""
    closed = Batch.objects.filter(pk=batch.pk, state=State.QUEUED, due_at__gt=timezone.now()).update(
        due_at=timezone.now(), is_hurried=True
    )
    touch(batch.conversation_id)
    return bool(closed)


def keep_origin(*, batch: Batch, item: Incoming) -> None:
    """Remember for the appeal where the client came from; the first message that says so is believed."""
    changed = []
    for name, value in (("ad_channel", item.ad_channel[:60]), ("ad_id", item.ad_id[:200])):
        if value and not getattr(batch, name):
            setattr(batch, name, value)
            changed.append(name)
    prefilled = {key: value for key, value in item.prefilled.items() if value not in (None, "")}
    if prefilled:
        batch.prefilled_data = {**prefilled, **batch.prefilled_data}
        changed.append("prefilled_data")
    if changed:
        batch.save(update_fields=changed)

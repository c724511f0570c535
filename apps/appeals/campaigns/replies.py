"""Which campaign a client's words answer."""

from datetime import timedelta

from django.db.models import Q

from apps.appeals.models import Appeal, Author, Batch, Message

# Later it is a matter of its own.
WHILE_FRESH = timedelta(days=7)


def note_campaign(appeal: Appeal, batch: Batch) -> None:
    """The appeal shows it. Call with the conversation locked."""
    first = batch.messages.order_by("pk").first()
    answered = _answered(first, batch) if first is not None else None
    if answered is not None and answered.campaign_id:
        appeal.campaign_id = answered.campaign_id
        appeal.save(update_fields=["campaign", "updated_at"])


def _answered(first: Message, batch: Batch) -> Message | None:
    """Replied to by name, or the last that was said before them."""
    before = Message.objects.filter(conversation=batch.conversation_id, pk__lt=first.pk)
    named = batch.messages.exclude(reply_to="").values("reply_to")
    by_name = Q(author=Author.CAMPAIGN, delivery__external_message_id__in=named)
    if (quoted := before.filter(by_name).order_by("-pk").first()) is not None:
        return quoted
    last = before.order_by("-pk").first()
    is_it = last is not None and last.author == Author.CAMPAIGN
    return last if is_it and last and last.sent_at >= first.received_at - WHILE_FRESH else None

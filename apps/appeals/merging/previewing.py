"""What a merge would do, before anybody confirms it."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.appeals.merging.distinguishing import said_of
from apps.appeals.merging.wording import take_over
from apps.appeals.models import Consent, Contact, Conversation, DifferentClients, Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`result` is the kept client as it would be, not saved; `no_longer_agreed`: a consent that is in force
    with one of them alone. `said_different`: somebody has said that they are two.
    """

    kept: Contact
    absorbed: Contact
    result: Contact
    places: Sequence[Conversation]
    appeals: int
    consents: int
    campaigns: int
    no_longer_agreed: bool
    said_different: DifferentClients | None


def preview(*, kept: Contact, absorbed: Contact) -> Preview:
    result = Contact.objects.get(pk=kept.pk)
    take_over(result, absorbed)
    chats = absorbed.conversations.select_related("channel__connection", "identity")
    agreed = kept.agreed_at is not None or absorbed.agreed_at is not None
    return Preview(
        kept=kept,
        absorbed=absorbed,
        result=result,
        places=list(chats.order_by("-last_message_at")[:20]),
        appeals=absorbed.appeals.count(),
        consents=Consent.objects.filter(contact=absorbed).count(),
        campaigns=Recipient.objects.filter(contact=absorbed).count(),
        no_longer_agreed=agreed and result.agreed_at is None,
        said_different=next(
            (one for one in said_of(kept) if absorbed.pk in (one.first_id, one.second_id)), None
        ),
    )

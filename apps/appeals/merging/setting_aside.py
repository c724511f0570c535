"""A campaign in which both clients are writes to the one person once."""

from django.db.models import QuerySet

from apps.appeals.models import Campaign, CampaignStatus, Contact, Recipient, SendOutcome, Skip
from apps.appeals.models.campaign import OUT

ON_ITS_WAY = (SendOutcome.QUEUED, SendOutcome.UNKNOWN, *OUT)
ALIVE = (CampaignStatus.SENDING, CampaignStatus.PAUSED)


def set_aside(*, kept: Contact, absorbed: Contact) -> list[int]:
    """Of two that wait the absorbed one's; or whichever waits still where the other has it already."""
    own = {row.campaign_id: row for row in Recipient.objects.filter(contact=kept)}
    aside = []
    for row in Recipient.objects.filter(contact=absorbed, campaign__in=own):
        if row.outcome == SendOutcome.WAITING:
            aside.append(row.pk)
        elif row.outcome in ON_ITS_WAY and own[row.campaign_id].outcome == SendOutcome.WAITING:
            aside.append(own[row.campaign_id].pk)
    Recipient.objects.filter(pk__in=aside).update(outcome=SendOutcome.SKIPPED, reason=Skip.MERGED, detail="")
    return aside


def hold_campaigns(ids: list[int]) -> None:
    """Before their recipients, as a round takes them: none may end while somebody is put back into it."""
    rows = Campaign.objects.select_for_update(no_key=True).filter(recipients__in=ids)
    list(rows.order_by("pk").values_list("pk", flat=True))


def let_back(ids: list[int]) -> None:
    """Into campaigns that are still being sent out; call with them held."""
    _aside(ids).filter(campaign__status__in=ALIVE).update(outcome=SendOutcome.WAITING, reason="")


def _aside(ids: list[int]) -> QuerySet[Recipient]:
    return Recipient.objects.filter(pk__in=ids, outcome=SendOutcome.SKIPPED, reason=Skip.MERGED)

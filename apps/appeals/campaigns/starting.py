"""A draft becomes a campaign: who gets it is settled in the moment a person confirms the number."""

from collections.abc import Sequence
from itertools import islice

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.appeals.campaigns.audience import Audience, chosen
from apps.appeals.campaigns.judging import Verdict, judge_all
from apps.appeals.campaigns.pausing import held
from apps.appeals.models import Campaign, CampaignStatus, Contact, Recipient, SendOutcome
from apps.core.errors import Rejected
from apps.core.models import State
from apps.tenants.models import Member, Tenant

log = structlog.get_logger(__name__)

MOST = 20_000
AT_ONCE = 1000


def start(*, campaign: Campaign, member: Member | None, expected: int) -> int:
    """Returns how many will be written to.

    Raises Rejected where it is no draft any more, where nobody is left, and where it is not the number that
    the person has confirmed.
    """
    with transaction.atomic():
        row = held(campaign.pk)
        if row.status != CampaignStatus.DRAFT:
            raise Rejected(_("This campaign has been started already."), code="started")
        verdicts = list(islice(judge_all(row, chosen(row).contacts), MOST + 1))
        count = sum(not verdict.reason for verdict in verdicts)
        _insist(len(verdicts), count, expected)
        _keep(row, verdicts)
        now = timezone.now()
        row.status, row.started_by, row.started_at = CampaignStatus.SENDING, member, now
        row.state, row.due_at, row.attempts = State.QUEUED, max(now, row.start_at or now), row.attempts + 1
        row.save()
    log.info("campaign.started", campaign=campaign.pk, recipients=count)
    return count


def make_draft(*, tenant: Tenant, member: Member | None, name: str, contacts: Sequence[Contact]) -> Campaign:
    """For clients picked by hand."""
    audience = Audience(by_list=True, picked=tuple(contact.pk for contact in contacts))
    return Campaign.objects.create(
        tenant=tenant, created_by=member, name=name, audience=audience.as_json(), state=State.DONE
    )


def copy(*, campaign: Campaign, member: Member | None) -> Campaign:
    """The same words to the same kind of clients, as a draft; its start is not copied."""
    kept = ("tenant", "text", "file", "audience", "skip_talking", "pace", "quiet_from", "quiet_until")
    values = {name: getattr(campaign, name) for name in kept}
    with transaction.atomic():
        made = Campaign.objects.create(name=campaign.name, created_by=member, state=State.DONE, **values)
        made.channels.set(campaign.channels.all())
    return made


def _insist(chosen_count: int, count: int, expected: int) -> None:
    if chosen_count > MOST:
        raise Rejected(_("More than 20 000 clients: narrow the conditions."), code="too_many")
    if not count:
        raise Rejected(_("There is nobody to write to. Look at the reasons below."), code="nobody")
    if count != expected:
        said = ngettext(
            "It has become %(n)d client meanwhile. Look again and confirm.",
            "It has become %(n)d clients meanwhile. Look again and confirm.",
            count,
        )
        raise Rejected(said % {"n": count}, code="changed")


def _keep(campaign: Campaign, verdicts: Sequence[Verdict]) -> None:
    Recipient.objects.bulk_create(
        (
            Recipient(
                tenant_id=campaign.tenant_id,
                campaign=campaign,
                contact=verdict.contact,
                conversation=verdict.conversation,
                outcome=SendOutcome.SKIPPED if verdict.reason else SendOutcome.WAITING,
                reason=verdict.reason,
            )
            for verdict in verdicts
        ),
        batch_size=AT_ONCE,
    )

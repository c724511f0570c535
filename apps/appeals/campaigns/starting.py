"""A draft becomes a campaign: who gets it is settled in the moment a person confirms the number."""

from collections.abc import Iterator, Sequence
from itertools import islice

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.appeals.campaigns.audience import MOST, Audience, chosen
from apps.appeals.campaigns.judging import Verdict, judge_all
from apps.appeals.campaigns.pausing import held
from apps.appeals.campaigns.templating import fix
from apps.appeals.models import Campaign, CampaignStatus, Contact, Recipient, SendOutcome
from apps.core.errors import Rejected
from apps.core.models import State
from apps.tenants.models import Member, Tenant

log = structlog.get_logger(__name__)

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
        ids = chosen(row).ids()
        if len(ids) > MOST:
            raise Rejected(_("More than 20 000 clients: narrow the conditions."), code="too_many")
        fix(row)
        count = _keep(row, judge_all(row, ids))
        _insist(count, expected)
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
    kept = (
        "tenant",
        "text",
        "file",
        "template",
        "audience",
        "is_advertising",
        "skip_talking",
        "pace",
        "quiet_from",
        "quiet_until",
    )
    values = {name: getattr(campaign, name) for name in kept}
    with transaction.atomic():
        made = Campaign.objects.create(name=campaign.name, created_by=member, state=State.DONE, **values)
        made.channels.set(campaign.channels.all())
    return made


def _insist(count: int, expected: int) -> None:
    """Whatever was stored by now is taken back with the transaction."""
    if not count:
        raise Rejected(_("There is nobody to write to. Look at the reasons below."), code="nobody")
    if count != expected:
        said = ngettext(
            "It has become %(n)d client meanwhile. Look again and confirm.",
            "It has become %(n)d clients meanwhile. Look again and confirm.",
            count,
        )
        raise Rejected(said % {"n": count}, code="changed")


def _keep(campaign: Campaign, verdicts: Iterator[Verdict]) -> int:
    """A thousand at a time, so that memory holds no more. Returns how many are to be written to."""
    count = 0
    while some := list(islice(verdicts, AT_ONCE)):
        rows = Recipient.objects.bulk_create(_row(campaign, verdict) for verdict in some)
        count += sum(row.outcome == SendOutcome.WAITING for row in rows)
    return count


def _row(campaign: Campaign, verdict: Verdict) -> Recipient:
    return Recipient(
        tenant_id=campaign.tenant_id,
        campaign=campaign,
        contact=verdict.contact,
        conversation=verdict.conversation,
        outcome=SendOutcome.SKIPPED if verdict.reason else SendOutcome.WAITING,
        reason=verdict.reason,
    )

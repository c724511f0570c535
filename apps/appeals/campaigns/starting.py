"""A draft becomes a campaign: who gets it is settled in the moment a person confirms the number."""

from collections.abc import Sequence

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.appeals.campaigns import counting, settling
from apps.appeals.campaigns.audience import MOST, Audience, chosen
from apps.appeals.campaigns.judging import judge_all
from apps.appeals.campaigns.pausing import held
from apps.appeals.campaigns.templating import fix
from apps.appeals.models import Campaign, CampaignStatus, Contact
from apps.core.errors import Rejected
from apps.core.models import State
from apps.tenants.models import Member, Tenant

log = structlog.get_logger(__name__)


def start(*, campaign: Campaign, member: Member | None, expected: int) -> int:
    """Returns how many will be written to. Where they are many a worker settles the list (see `counting`); a
    number that has changed by then makes it a draft again, with that reason.

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
        row.started_by, row.start_problem = member, ""
        if len(ids) > counting.AT_ONCE:
            row.status = CampaignStatus.STARTING
            row.save()
            counting.ask(row, total=len(ids), expected=expected)
            return expected
        count = settling.keep(row, map(settling.told, judge_all(row, ids)))
        _insist(count, expected)
        settling.set_off(row)
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

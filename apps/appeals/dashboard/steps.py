"""What a new organisation does next, in place of figures it can't have yet."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.ai.asking import ready
from apps.appeals.models import Conversation, Target
from apps.channels.models import Channel
from apps.tenants.models import Member, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    title: str
    text: str
    href: str
    is_done: bool


def is_new(tenant: Tenant) -> bool:
    return not Conversation.objects.filter(tenant=tenant).exists()


def steps(tenant: Tenant) -> list[Step]:
    cards = reverse("admin:integrations_cards")
    return [
        Step(
            title=_("Connect a messenger"),
            text=_("Clients' messages from it appear in the conversations by themselves."),
            href=cards,
            is_done=Channel.objects.filter(tenant=tenant).exists(),
        ),
        Step(
            title=_("Connect an AI"),
            text=_("It reads messages, names the device and the repair, and drafts replies."),
            href=cards,
            is_done=ready(tenant) is not None,
        ),
        Step(
            title=_("Add employees"),
            text=_("Operators answer, heads see everybody's figures."),
            href=reverse("admin:tenants_member_changelist"),
            is_done=Member.objects.filter(tenant=tenant).count() > 1,
        ),
        Step(
            title=_("Set the working hours"),
            text=_("With holidays: nights and days off do not count as waiting."),
            href=reverse("admin:tenants_hours"),
            is_done=bool(tenant.working_hours),
        ),
        Step(
            title=_("Set the deadlines"),
            text=_("Who waits too long stands out, and you see how often you are in time."),
            href=reverse("admin:appeals_targets"),
            is_done=Target.objects.filter(tenant=tenant).exists(),
        ),
    ]

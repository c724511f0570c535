"""The approved template that a campaign carries: words for its fields, and whether it may still go."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from apps.appeals.campaigns.wording import Filled, fill
from apps.appeals.models import Campaign, CampaignStatus
from apps.channels import templates
from apps.channels.approving import is_approved, known_now
from apps.channels.contract import FilledTemplate, Template
from apps.channels.models import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """As `Campaign.template` keeps it. `words` are by slot and have the same places as the campaign's text.

    `always`: to everybody of its channel, and not only where nothing else may go. `first`: to clients, too,
    who have a phone and no conversation there.
    """

    channel_id: int
    template: Template
    words: Mapping[str, str] = field(default_factory=dict)
    always: bool = False
    first: bool = False

    @property
    def reads(self) -> str:
        """With its words as their author wrote them, places and all."""
        return templates.reads(templates.fill(self.template, self.words))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The same in this moment. Not approved: withdrawn by its service, or other words than were confirmed."""

    carried: Carried
    channel: Channel
    is_approved: bool

    def filled(self, values: Mapping[str, str]) -> tuple[FilledTemplate, tuple[str, ...]]:
        """For one client; and the places that had neither a value nor a fallback."""
        told: dict[str, Filled] = {key: fill(text, values) for key, text in self.carried.words.items()}
        missing = dict.fromkeys(place for one in told.values() for place in one.missing)
        words = {key: one.text for key, one in told.items()}
        return templates.fill(self.carried.template, words), tuple(missing)


def carried_by(campaign: Campaign) -> Carried | None:
    kept = campaign.template
    return Carried(**{**kept, "template": templates.template_of(kept["template"])}) if kept else None


def standing_of(campaign: Campaign) -> Standing | None:
    """None without a template, or without its channel. A draft follows what is approved now."""
    carried = carried_by(campaign)
    if carried is None:
        return None
    channels = Channel.objects.filter(tenant=campaign.tenant_id).select_related("connection")
    channel = channels.filter(pk=carried.channel_id).first()
    if channel is None:
        return None
    now = known_now(channel, carried.template)
    if now is not None and campaign.status == CampaignStatus.DRAFT:
        carried = replace(carried, template=now)
    return Standing(carried=carried, channel=channel, is_approved=is_approved(now, carried.template))


def fix(campaign: Campaign) -> None:
    """What is confirmed is what is sent: the words of this moment are kept with the campaign."""
    if standing := standing_of(campaign):
        campaign.template = standing.carried.as_json()


def is_marketing(carried: Carried | None) -> bool:
    """By the service's own word: advertising, whatever its author calls it."""
    return carried is not None and carried.template.category == "marketing"


def words_of(campaign: Campaign) -> str:
    """Everything that may have places in it."""
    carried = carried_by(campaign)
    return " ".join((campaign.text, *(carried.words.values() if carried else ())))

"""The page on which a draft gets its approved template, with words for the fields."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.appeals.campaigns.templating import Carried, carried_by
from apps.appeals.campaigns.wording import unknown_places
from apps.appeals.desk.templates import Choice, Field, choices_of
from apps.appeals.models import Campaign, CampaignStatus
from apps.channels.gate import made_at, takes_templates
from apps.channels.models import Channel, KnownTemplate
from apps.channels.starting import starters, starts
from apps.channels.templates import slots, template_of
from apps.core.text import clean
from apps.tenants.addresses import is_id
from apps.tenants.scoped_pages import page

MOST_WORDS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One channel and the templates it has."""

    channel: Channel
    choices: list[Choice]
    starts: bool


def choose(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if campaign.status != CampaignStatus.DRAFT:
        return redirect(campaign)
    if request.method == "POST":
        if problem := _save(request, campaign):
            messages.error(request, problem)
        else:
            return redirect(campaign)
    carried = carried_by(campaign)
    shelves = _shelves(campaign, carried, request.POST)
    return page(
        request,
        "campaigns/template.html",
        title=_("Template of the campaign"),
        campaign=campaign,
        shelves=shelves,
        has_templates=any(shelf.choices for shelf in shelves),
        chosen=_chosen(request, carried, shelves),
        always=_ticked(request, "always", bool(carried and carried.always)),
        first=_ticked(request, "first", bool(carried and carried.first)),
        can_start=any(shelf.starts for shelf in shelves),
        made_at=next((made_at(shelf.channel) for shelf in shelves), ""),
        back=campaign.get_absolute_url(),
    )


def offers(campaign: Campaign) -> bool:
    """Whether the organisation has a channel with templates at all."""
    return bool(_channels(campaign))


def _channels(campaign: Campaign) -> list[Channel]:
    rows = Channel.objects.filter(tenant=campaign.tenant_id).select_related("connection").order_by("name")
    return [channel for channel in rows if takes_templates(channel)]


def _shelves(campaign: Campaign, carried: Carried | None, typed: Mapping[str, Any]) -> list[Shelf]:
    can_start = starters()
    return [
        Shelf(
            channel=channel,
            choices=[_with_words(one, carried, typed) for one in choices_of(channel, _("{name|client}"))],
            starts=channel.connection.connector in can_start and starts(channel),
        )
        for channel in _channels(campaign)
    ]


def _with_words(choice: Choice, carried: Carried | None, typed: Mapping[str, Any]) -> Choice:
    """What was typed just now, or chosen before."""
    is_chosen = carried is not None and carried.template.external_id == choice.template.external_id
    kept = dict(carried.words) if carried and is_chosen else {}
    is_typed = typed.get("template") == str(choice.pk)

    def words(field: Field) -> str:
        known = kept.get(field.slot.key, field.value)
        return str(typed.get(f"value.{field.slot.key}", known)) if is_typed else known

    return replace(choice, fields=[replace(field, value=words(field)) for field in choice.fields])


def _chosen(request: HttpRequest, carried: Carried | None, shelves: list[Shelf]) -> int | None:
    if is_id(request.POST.get("template", "")):
        return int(request.POST["template"])
    kept = carried.template.external_id if carried else None
    pks = [one.pk for shelf in shelves for one in shelf.choices if one.template.external_id == kept]
    return next(iter(pks), None)


def _ticked(request: HttpRequest, name: str, kept: bool) -> bool:
    return bool(request.POST.get(name)) if request.method == "POST" else kept


def _save(request: HttpRequest, campaign: Campaign) -> str:
    """Why it was not kept; empty where it was."""
    if "remove" in request.POST:
        Campaign.objects.filter(pk=campaign.pk, status=CampaignStatus.DRAFT).update(template={})
        return ""
    wanted = request.POST.get("template", "")
    known = KnownTemplate.objects.filter(channel__in=_channels(campaign))
    row = known.filter(pk=int(wanted)).select_related("channel").first() if is_id(wanted) else None
    if row is None:
        return _("This template is not there any more. Choose another.")
    template = template_of(row.content)
    words = {slot.key: _words(request, slot.key) for slot in slots(template)}
    if problem := _problem(words):
        return problem
    carried = Carried(
        channel_id=row.channel_id,
        template=template,
        words=words,
        always=bool(request.POST.get("always")),
        first=bool(request.POST.get("first")),
    )
    kept = Campaign.objects.filter(pk=campaign.pk, status=CampaignStatus.DRAFT)
    kept.update(template=carried.as_json())
    return ""


def _words(request: HttpRequest, key: str) -> str:
    return " ".join(clean(request.POST.get(f"value.{key}", ""), limit=MOST_WORDS).split())


def _problem(words: Mapping[str, str]) -> str:
    if not all(words.values()):
        return _("Fill in every field of the template.")
    strange = [place for one in words.values() for place in unknown_places(one)]
    if strange:
        return _("%(places)s means nothing here. There are {имя}, {устройство}, {организация}.") % {
            "places": ", ".join(strange)
        }
    return ""

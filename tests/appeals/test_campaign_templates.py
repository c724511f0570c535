"""An approved template in a campaign: who gets it, what it says, and what if it is withdrawn."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from apps.appeals.campaigns import pausing
from apps.appeals.campaigns.previewing import preview
from apps.appeals.campaigns.starting import copy
from apps.appeals.campaigns.trying import try_out
from apps.appeals.models import Campaign, Message, Recipient, SendOutcome
from apps.channels.models import Channel, Delivery, KnownTemplate
from apps.tenants.models import Tenant
from tests.appeals.mailing import begin, campaign_of, client_of, outcomes, run_out
from tests.appeals.templated import LONG_AGO, NEWS, TODAY, WORDS, carry, known, lead, person, refresh, texts
from tests.appeals.test_whatsapp import come, meta, number
from tests.channels.test_templates import READY
from tests.peers.whatsapp import WhatsAppPeer
from tests.work import drain

__all__ = ["come", "known", "lead", "meta", "number"]

pytestmark = pytest.mark.django_db


def test_who_wrote_long_ago_gets_the_template_and_who_wrote_today_the_text(
    known: Channel, meta: WhatsAppPeer
) -> None:
    person(known, "Давно Петров")
    person(known, "Сегодня", ago=TODAY)
    campaign = campaign_of(known, "Привет, {имя}!", template=carry(known))
    seen = preview(campaign)
    assert (seen.will, seen.channels[known.pk].by_template) == (2, 1)
    said = {one.client: one.text for one in seen.examples}
    assert said["Сегодня"] == "Привет, Сегодня!"
    assert "Здравствуйте, Давно! Ваш телефон готов" in said["Давно Петров"]

    begin(campaign)
    run_out(campaign)
    assert outcomes(campaign) == {"Давно Петров": "sent", "Сегодня": "sent"}
    assert sorted(texts(meta)) == ["template", "text"]
    as_what = dict(Recipient.objects.values_list("contact__name", "went_as"))
    assert as_what == {"Давно Петров": "template", "Сегодня": "text"}
    shown = Message.objects.get(author="campaign", delivery__template__has_key="template")
    assert shown.text == said["Давно Петров"]
    (sent,) = (one for one in meta.sent if one["type"] == "template")
    (body,) = (one for one in sent["template"]["components"] if one["type"] == "body")
    assert [one["text"] for one in body["parameters"]] == ["Давно", "телефон"]


def test_the_author_may_send_the_template_to_all(known: Channel, meta: WhatsAppPeer) -> None:
    person(known, "Давно")
    person(known, "Сегодня", ago=TODAY)
    campaign = campaign_of(known, "", template=carry(known, always=True))
    begin(campaign)
    run_out(campaign)
    assert texts(meta) == ["template", "template"]


def test_a_client_of_another_channel_gets_the_text(known: Channel, bot: Channel, bot_peer: Any) -> None:
    client_of(bot, "Телеграм")
    campaign = campaign_of(known, "Привет", template=carry(known, always=True))
    begin(campaign)
    run_out(campaign)
    assert [sent["text"] for sent in bot_peer.sent] == ["Привет"]


def test_whoever_lacks_a_value_for_the_template_is_left_out(known: Channel) -> None:
    person(known, "")
    campaign = campaign_of(known, "Привет", template=carry(known, words={**WORDS, "body.1": "{имя}"}))
    seen = preview(campaign)
    assert seen.skipped == {"no_value": 1}
    assert seen.lacking[0].detail == "{имя}"


def test_a_template_that_the_service_calls_marketing_needs_consent_whatever_its_author_says(
    known: Channel,
) -> None:
    person(known, "Иван")
    campaign = campaign_of(known, "Привет", template=carry(known, "news"), is_advertising=False)
    assert preview(campaign).skipped == {"no_consent": 1}


def test_a_template_withdrawn_after_the_start_stops_those_and_they_get_it_once_it_is_back(
    known: Channel, meta: WhatsAppPeer, lead: Client
) -> None:
    person(known, "Давно")
    person(known, "Сегодня", ago=TODAY)
    campaign = campaign_of(known, "Привет", template=carry(known))
    begin(campaign)
    refresh(known, meta, NEWS)
    campaign = run_out(campaign)
    assert outcomes(campaign) == {"Давно": "failed/template_gone", "Сегодня": "sent"}
    assert (campaign.status, texts(meta)) == ("finished", ["text"])
    shown = lead.get(campaign.get_absolute_url()).content.decode()
    assert "1 клиент не получил сообщение: шаблон больше не одобрен" in shown[shown.index("template-gone") :]

    refresh(known, meta, NEWS, READY)
    assert pausing.retry(campaign=campaign, outcomes=[SendOutcome.FAILED]) == 1
    campaign = run_out(campaign)
    assert outcomes(campaign) == {"Давно": "sent", "Сегодня": "sent"}
    assert texts(meta) == ["text", "template"]


def test_other_words_than_were_confirmed_do_not_go(known: Channel, meta: WhatsAppPeer) -> None:
    person(known, "Давно")
    campaign = campaign_of(known, "Привет", template=carry(known, "news"))
    Tenant.objects.update(campaigns_need_consent=False)
    campaign.tenant.refresh_from_db()
    begin(campaign)
    changed = {**NEWS, "components": [{"type": "BODY", "text": "{{1}}, всё подорожало"}]}
    refresh(known, meta, READY, changed)
    run_out(campaign)
    assert outcomes(campaign) == {"Давно": "failed/template_gone"}
    assert meta.sent == []


def test_a_draft_follows_the_words_that_are_approved_now(known: Channel, meta: WhatsAppPeer) -> None:
    person(known, "Давно")
    Tenant.objects.update(campaigns_need_consent=False)
    campaign = campaign_of(known, "Привет", template=carry(known, "news"))
    campaign.tenant.refresh_from_db()
    changed = {**NEWS, "components": [{"type": "BODY", "text": "{{1}}, мы на Ленина, 5"}]}
    refresh(known, meta, READY, changed)
    assert preview(campaign).examples[0].text == "Давно, мы на Ленина, 5"
    begin(campaign)
    run_out(campaign)
    assert Message.objects.get(author="campaign").text == "Давно, мы на Ленина, 5"


def test_a_draft_without_its_template_says_so(known: Channel, meta: WhatsAppPeer, lead: Client) -> None:
    person(known, "Давно")
    campaign = campaign_of(known, "Привет", template=carry(known))
    refresh(known, meta, NEWS)
    assert preview(campaign).skipped == {"template_gone": 1}
    assert "отозвал одобрение" in lead.get(campaign.get_absolute_url()).content.decode()


def test_what_meta_refuses_is_told_and_goes_once_more_as_the_same_template(
    known: Channel, meta: WhatsAppPeer
) -> None:
    chat = person(known, "Давно")
    campaign = campaign_of(known, "Привет " * 900, template=carry(known))
    begin(campaign)
    meta.fail("messages", 400, 132015)
    campaign = run_out(campaign)
    (outcome,) = outcomes(campaign).values()
    assert outcome.startswith("failed/")
    # They write meanwhile: what goes again is what had failed, and no half of a long text with it.
    Message.objects.filter(conversation=chat, author="client").update(sent_at=chat.last_message_at + LONG_AGO)
    pausing.retry(campaign=campaign, outcomes=[SendOutcome.FAILED])
    run_out(campaign)
    assert texts(meta) == ["template"]
    assert Delivery.objects.count() == 1
    assert Recipient.objects.get().went_as == "template"


def test_a_trial_goes_as_the_template_where_the_window_is_closed(known: Channel, meta: WhatsAppPeer) -> None:
    chat = person(known, "Хозяин")
    campaign = campaign_of(known, "Привет", template=carry(known))
    key = uuid.uuid4()
    for _ in range(2):
        try_out(campaign=campaign, conversation=chat, key=key)
    drain()
    assert texts(meta) == ["template"]


def test_a_copy_carries_it_too(known: Channel) -> None:
    campaign = campaign_of(known, "Привет", template=carry(known))
    made = copy(campaign=campaign, member=None)
    assert (made.template, made.is_advertising) == (campaign.template, False)


def test_the_author_chooses_a_template_on_the_drafts_page(known: Channel, lead: Client, shop: Tenant) -> None:
    person(known, "Давно")
    campaign = campaign_of(known, "Привет", is_advertising=False)
    draft = lead.get(campaign.get_absolute_url()).content.decode()
    where = f"/admin/appeals/campaign/{campaign.pk}/template/"
    assert where in draft
    picker = lead.get(where).content.decode()
    assert "order_ready" in picker
    assert 'value="{имя|клиент}"' in picker
    row = KnownTemplate.objects.get(name="order_ready")
    given = {f"value.{key}": words for key, words in WORDS.items()}
    wrong = lead.post(where, {**given, "template": row.pk, "value.body.2": "{фамилия}"}).content.decode()
    assert "{фамилия} здесь ничего не значит" in wrong
    assert 'value="{фамилия}"' in wrong
    empty = lead.post(where, {**given, "template": row.pk, "value.body.2": " "}).content.decode()
    assert "Заполните все поля" in empty
    assert "больше нет" in lead.post(where, {**given, "template": "0"}).content.decode()
    lead.post(where, {**given, "template": row.pk, "always": "1", "first": "1"})
    kept = Campaign.objects.get().template
    assert (kept["channel_id"], kept["words"], kept["always"], kept["first"]) == (known.pk, WORDS, True, True)
    again = lead.get(where).content.decode()
    assert 'value="{устройство|телефон}"' in again
    assert re.search(r'name="first" value="1" checked', again)
    lead.post(where, {"remove": "1"})
    assert Campaign.objects.get().template == {}


def test_a_started_campaign_keeps_its_template(known: Channel, lead: Client) -> None:
    person(known, "Давно")
    campaign = campaign_of(known, "Привет", template=carry(known))
    begin(campaign)
    kept = Campaign.objects.get().template
    lead.post(f"/admin/appeals/campaign/{campaign.pk}/template/", {"remove": "1"})
    assert Campaign.objects.get().template == kept
    assert "order_ready" in lead.get(campaign.get_absolute_url()).content.decode()

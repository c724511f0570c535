"""A campaign to phones that have not written there yet: one conversation for one phone."""

import uuid

import pytest

from apps.appeals.campaigns.audience import Audience
from apps.appeals.campaigns.previewing import preview
from apps.appeals.campaigns.trying import try_out
from apps.appeals.models import Campaign, Contact, Conversation, Identity, Recipient
from apps.channels.models import Channel
from apps.core.errors import Rejected
from apps.tenants.models import Tenant
from tests.appeals.mailing import begin, campaign_of, client_of, outcomes, run_out
from tests.appeals.templated import TODAY, carry, known, lead, person
from tests.appeals.test_whatsapp import Come, come, meta, number
from tests.peers.whatsapp import WhatsAppPeer

__all__ = ["come", "known", "lead", "meta", "number"]

pytestmark = pytest.mark.django_db


def with_phone(tenant: Tenant, name: str, phone: str) -> Contact:
    return Contact.objects.create(tenant=tenant, name=name, phone=phone)


def test_a_campaign_begins_conversations_by_phone_once_for_each(
    known: Channel, bot: Channel, meta: WhatsAppPeer
) -> None:
    chat = client_of(bot, "Иван")
    Contact.objects.filter(pk=chat.contact_id).update(phone="8 (900) 111-22-33")
    with_phone(known.tenant, "Тёзка", "+7 900 111 22 33")
    with_phone(known.tenant, "Без номера", "спросить")
    writes = person(known, "Пишет", ago=TODAY)
    Identity.objects.filter(pk=writes.identity_id).update(external_user_id="79004445566")
    with_phone(known.tenant, "Её телефон", "89004445566")
    campaign = campaign_of(known, "Привет", template=carry(known, first=True))
    campaign.channels.add(known)
    assert begin(campaign) == 2
    run_out(campaign)
    assert outcomes(campaign) == {
        "Иван": "sent",
        "Тёзка": "skipped/other_client",
        "Без номера": "skipped/no_phone",
        "Пишет": "sent",
        "Её телефон": "skipped/other_client",
    }
    assert sorted(one["type"] for one in meta.sent) == ["template", "text"]
    begun = Conversation.objects.get(contact=chat.contact_id, channel=known)
    assert (begun.external_chat_id, begun.identity.external_user_id) == ("79001112233", "79001112233")
    # Nobody said anything that an operator had to see before all else.
    assert begun.last_message_at == begun.contact.created_at
    assert Recipient.objects.get(contact=chat.contact_id).conversation == begun


def test_their_answer_comes_to_the_same_conversation(known: Channel, come: Come, meta: WhatsAppPeer) -> None:
    contact = with_phone(known.tenant, "Иван", "+79009876543")
    campaign = campaign_of(known, "", template=carry(known, first=True))
    begin(campaign)
    run_out(campaign)
    come("text")
    (chat,) = Conversation.objects.all()
    assert chat.contact == contact
    assert list(chat.messages.order_by("pk").values_list("author", flat=True)) == ["campaign", "client"]


def test_without_the_authors_word_nobody_is_begun_with(known: Channel) -> None:
    contact = with_phone(known.tenant, "Иван", "+79009876543")
    listed = Audience(by_list=True, picked=(contact.pk,))
    campaign = campaign_of(known, "Привет", template=carry(known), audience=listed)
    assert preview(campaign).skipped == {"no_conversation": 1}


def test_where_other_channels_were_chosen_nobody_is_begun_with(known: Channel, bot: Channel) -> None:
    with_phone(known.tenant, "Иван", "+79009876543")
    campaign = campaign_of(known, "Привет", template=carry(known, first=True))
    campaign.channels.add(bot)
    assert preview(campaign).skipped == {"no_conversation": 1}


def test_whoever_wrote_between_the_start_and_their_turn_is_written_to_there(
    known: Channel, come: Come, meta: WhatsAppPeer
) -> None:
    """As a client of their own by now: the message of the campaign is not for them."""
    with_phone(known.tenant, "Иван", "+79009876543")
    campaign = campaign_of(known, "", template=carry(known, first=True))
    assert begin(campaign) == 1
    Campaign.objects.update(state="done")
    come("text")
    Campaign.objects.update(state="queued")
    run_out(campaign)
    assert outcomes(campaign) == {"Иван": "skipped/other_client"}
    assert Conversation.objects.count() == Identity.objects.count() == 1


def test_a_phone_of_a_provider_without_templates_is_not_written_to(known: Channel) -> None:
    with_phone(known.tenant, "Иван", "+79009876543")
    campaign = campaign_of(known, "Привет", template=carry(known, first=True))
    known.connection.config["provider"] = "twilio"
    known.connection.save()
    assert preview(campaign).will == 0


def test_a_trial_without_a_conversation_cannot_be_asked_for(known: Channel) -> None:
    chat = person(known, "Хозяин")
    Identity.objects.update(is_reachable=False)
    with pytest.raises(Rejected, match="blocked"):
        try_out(campaign=campaign_of(known, "", template=carry(known)), conversation=chat, key=uuid.uuid4())

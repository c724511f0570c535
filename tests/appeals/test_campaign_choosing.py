"""Who is chosen for a campaign, who of them may be written to, and that the preview tells what happens."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.appeals.campaigns.audience import Audience, chosen
from apps.appeals.campaigns.previewing import preview
from apps.appeals.campaigns.starting import start
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.campaigns.wording import fill, unknown_places
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Campaign,
    Contact,
    Conversation,
    Device,
    Identity,
    Recipient,
)
from apps.channels.models import Channel
from apps.core.errors import Rejected
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.appeals.mailing import begin, campaign_of, client_of, outcomes, run_out
from tests.channels.whatsapp_numbers import make_number
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.django_db


def appeal_of(chat: Conversation, *, device: str = "", **fields: Any) -> Appeal:
    appeal = Appeal.objects.create(
        tenant=chat.tenant, contact=chat.contact, conversation=chat, channel=chat.channel, **fields
    )
    if device:
        Device.objects.create(tenant=chat.tenant, appeal=appeal, brand="Apple", model=device)
    return appeal


def names(campaign: Campaign) -> set[str]:
    return set(chosen(campaign).contacts.values_list("name", flat=True))


def test_conditions_choose_by_the_last_words_and_by_one_and_the_same_appeal(bot: Channel) -> None:
    old = client_of(bot, "Старый", ago=timedelta(days=100))
    new = client_of(bot, "Новый", ago=timedelta(days=2))
    appeal_of(old, device="iPhone 14", status=AppealStatus.REJECTED, rejection_reason="дорого")
    appeal_of(new, device="Galaxy S23", status=AppealStatus.CLOSED)
    appeal_of(new, device="iPhone 12", status=AppealStatus.REJECTED, rejection_reason="передумал")
    day = (timezone.localdate() - timedelta(days=30)).isoformat()

    def found(**conditions: Any) -> set[str]:
        return names(campaign_of(bot, audience=Audience(**conditions)))

    assert found() == {"Старый", "Новый"}
    assert found(wrote_from=day) == {"Новый"}
    assert found(wrote_until=day) == {"Старый"}
    assert found(device="айфон") == {"Старый", "Новый"}
    assert found(statuses=("rejected",), reason="ДОРОГО") == {"Старый"}
    assert found(statuses=("closed",), device="iphone") == set()
    assert found(appealed_until=day) == set()


def test_a_client_who_has_written_since_is_not_among_those_who_wrote_last_before(
    bot: Channel, chat: Channel
) -> None:
    person = client_of(bot, "Оба", ago=timedelta(days=100)).contact
    client_of(chat, contact=person, ago=timedelta(days=1))
    day = (timezone.localdate() - timedelta(days=30)).isoformat()
    assert names(campaign_of(bot, audience=Audience(wrote_until=day))) == set()
    only_there = campaign_of(bot, audience=Audience(wrote_until=day))
    only_there.channels.add(bot)
    assert names(only_there) == {"Оба"}


def test_pasted_phones_and_user_names_find_clients_however_they_are_written(
    bot: Channel, tenant_b: Tenant
) -> None:
    by_phone, by_name = client_of(bot, "Телефон"), client_of(bot, "Имя")
    Contact.objects.filter(pk=by_phone.contact_id).update(phone="+7 (921) 555-35-35")
    Identity.objects.filter(pk=by_name.identity_id).update(username="Petya_77")
    Contact.objects.create(tenant=tenant_b, name="Чужой", phone="+79990001122")
    pasted = "8 921 555 35 35\n@petya_77, +7 999 000-11-22; кто-то ещё\n89215553535"
    found = chosen(campaign_of(bot, audience=Audience(by_list=True, pasted=pasted)))

    assert set(found.contacts.values_list("name", flat=True)) == {"Телефон", "Имя"}
    assert found.unmatched == ("+7 999 000-11-22", "кто-то ещё")


def test_an_empty_list_chooses_nobody_instead_of_everybody(bot: Channel) -> None:
    client_of(bot)
    assert names(campaign_of(bot, audience=Audience(by_list=True))) == set()


def test_picked_clients_of_another_organisation_are_not_chosen(bot: Channel, tenant_b: Tenant) -> None:
    foreign = Contact.objects.create(tenant=tenant_b, name="Чужой")
    assert names(campaign_of(bot, audience=Audience(by_list=True, picked=(foreign.pk,)))) == set()


def test_everybody_who_may_not_be_written_to_is_left_out_with_the_reason(bot: Channel, settings: Any) -> None:
    number = make_number(tenant=bot.tenant)
    client_of(bot, "Можно")
    unsubscribe(contact=client_of(bot, "Отписан").contact, by=None, why="стоп")
    Identity.objects.filter(pk=client_of(bot, "Заблокировал").identity_id).update(is_reachable=False)
    client_of(number, "Давно", ago=timedelta(hours=25))
    client_of(number, "Вовремя", ago=timedelta(hours=23))
    client_of(bot, "Молчал").messages.all().delete()
    talking = client_of(bot, "Говорим", ago=timedelta(hours=2))
    appeal_of(talking, status=AppealStatus.IN_PROGRESS)
    long_ago = client_of(bot, "Говорили")
    appeal_of(long_ago, status=AppealStatus.IN_PROGRESS)
    waiting = client_of(bot, "Ждёт")
    Conversation.objects.filter(pk=waiting.pk).update(waiting_since=timezone.now())
    client_of(bot, "")
    Contact.objects.filter(name="").update(phone="1")
    campaign = campaign_of(bot, "{имя}, мы переехали")
    begin(campaign)

    assert outcomes(campaign) == {
        "Можно": "waiting",
        "Отписан": "skipped/unsubscribed",
        "Заблокировал": "skipped/blocked",
        "Давно": "skipped/window",
        "Вовремя": "waiting",
        "Молчал": "skipped/never_wrote",
        "Говорим": "skipped/talking",
        "Говорили": "waiting",
        "Ждёт": "skipped/talking",
        "": "skipped/no_value",
    }
    bold = campaign_of(bot, "{имя|клиент}, мы переехали", skip_talking=False)
    begin(bold)
    assert {outcomes(bold)[name] for name in ("Говорим", "Ждёт", "")} == {"waiting"}


def test_a_channel_that_is_off_leaves_its_clients_out(bot: Channel) -> None:
    client_of(bot, "Один")
    Connection.objects.filter(channel=bot).update(is_active=False)
    assert preview(campaign_of(bot)).skipped == {"channel_off": 1}


def test_a_text_that_the_service_does_not_carry_leaves_its_clients_out(bot: Channel) -> None:
    client_of(bot, "Один")
    seen = preview(campaign_of(bot, "х" * 4097))
    assert seen.skipped == {"not_carried": 1}
    assert "4096" in seen.lacking[0].detail


def test_a_person_with_two_identities_gets_it_once_where_they_wrote_last(
    bot: Channel, bot_peer: TelegramPeer, chat: Channel
) -> None:
    first = client_of(bot, "Двое", ago=timedelta(days=5))
    last = client_of(bot, contact=first.contact, ago=timedelta(days=1))
    client_of(chat, contact=first.contact, ago=timedelta(days=9))
    campaign = campaign_of(bot)
    assert begin(campaign) == 1
    assert Recipient.objects.get().conversation == last
    run_out(campaign)
    assert [sent["chat_id"] for sent in bot_peer.sent] == [int(last.external_chat_id)]


def test_with_chosen_channels_the_first_that_carries_it_is_taken(bot: Channel, chat: Channel) -> None:
    person = client_of(chat, "Двое", ago=timedelta(days=1)).contact
    blocked = client_of(bot, contact=person, ago=timedelta(days=2))
    open_one = client_of(bot, contact=person, ago=timedelta(days=3))
    Identity.objects.filter(pk=blocked.identity_id).update(is_reachable=False)
    campaign = campaign_of(bot)
    campaign.channels.add(bot)
    begin(campaign)
    assert Recipient.objects.get().conversation == open_one


def test_what_the_preview_counts_is_what_is_sent(bot: Channel, bot_peer: TelegramPeer) -> None:
    for number in range(7):
        client_of(bot, f"Клиент {number}")
    unsubscribe(contact=Contact.objects.get(name="Клиент 3"), by=None, why="")
    campaign = campaign_of(bot, "Привет, {имя}!")
    seen = preview(campaign)
    assert (seen.will, dict(seen.skipped), seen.total) == (6, {"unsubscribed": 1}, 7)
    assert [one.text for one in seen.examples] == ["Привет, Клиент!"] * 5
    assert start(campaign=campaign, member=None, expected=6) == 6
    assert run_out(campaign).status == "finished"
    assert len(bot_peer.sent) == 6


def test_another_number_than_the_confirmed_one_starts_nothing(bot: Channel) -> None:
    client_of(bot)
    campaign = campaign_of(bot)
    client_of(bot)
    with pytest.raises(Rejected, match="changed"):
        start(campaign=campaign, member=None, expected=1)
    assert not Recipient.objects.exists()
    assert start(campaign=campaign, member=None, expected=2) == 2
    with pytest.raises(Rejected, match="started"):
        start(campaign=campaign, member=None, expected=2)
    assert Recipient.objects.count() == 2


def test_nobody_to_write_to_starts_nothing(bot: Channel) -> None:
    with pytest.raises(Rejected, match="nobody"):
        start(campaign=campaign_of(bot), member=None, expected=0)


def test_the_preview_asks_as_often_for_many_clients_as_for_one(bot: Channel) -> None:
    appeal_of(client_of(bot), device="iPhone 14", status=AppealStatus.CLOSED)
    campaign = campaign_of(bot, "{имя}, {устройство|телефон} готов")
    with CaptureQueriesContext(connection) as few:
        preview(read_anew(campaign))
    for number in range(30):
        appeal_of(client_of(bot, f"К{number}"), device="iPhone 14", status=AppealStatus.CLOSED)
    with CaptureQueriesContext(connection) as many:
        assert preview(read_anew(campaign)).will == 31
    assert len(many) == len(few)


def read_anew(campaign: Campaign) -> Campaign:
    """Read anew, without what an earlier look has kept on it."""
    return Campaign.objects.get(pk=campaign.pk)


@pytest.mark.parametrize(
    ("text", "name", "said", "missing"),
    [
        ("Привет, {имя}!", "Иван", "Привет, Иван!", ()),
        ("Привет, { Имя }!", "Иван", "Привет, Иван!", ()),
        ("Привет, {имя|друг}!", "", "Привет, друг!", ()),
        ("Привет{имя|}!", "", "Привет!", ()),
        ("Привет, {имя}!", " ", "Привет, !", ("{имя}",)),
        ("Цена { и }", "Иван", "Цена ", ("{ и }",)),
    ],
)
def test_places_in_the_text_are_filled_or_named(
    text: str, name: str, said: str, missing: tuple[str, ...]
) -> None:
    filled = fill(text, {"name": name})
    assert (filled.text, filled.missing) == (said, missing)


def test_words_in_braces_that_mean_nothing_are_found() -> None:
    assert unknown_places("{имя} {фамилия} {name|x} {}") == ["{фамилия}", "{}"]


def test_an_audience_survives_its_storage(bot: Channel) -> None:
    audience = Audience(by_list=True, picked=(1, 2), pasted="x", statuses=("closed",))
    assert Audience.of(read_anew(campaign_of(bot, audience=audience))) == audience

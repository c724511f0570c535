"""Consent to advertising: noted, taken back, proved; and that campaigns heed it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.appeals import consent
from apps.appeals.campaigns.previewing import preview
from apps.appeals.campaigns.trying import try_out
from apps.appeals.campaigns.unsubscribing import subscribe_again, unsubscribe
from apps.appeals.models import Consent, ConsentWay, Contact
from apps.channels.models import Channel
from apps.core.errors import Rejected
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.mailing import agree, begin, campaign_of, client_of, outcomes, run_out
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.django_db


def words_of(contact: Contact) -> list[tuple[bool, str]]:
    """Oldest first."""
    rows = consent.history_of(contact).order_by("pk")
    return [(one.is_given, one.way) for one in rows]


def fresh(contact: Contact) -> Contact:
    return Contact.objects.get(pk=contact.pk)


def test_what_is_in_force_stands_on_the_client_and_every_word_stays(bot: Channel, anna: Member) -> None:
    contact = client_of(bot).contact
    assert agree(contact, way=ConsentWay.PAPER, by=anna, note="Папка 7").noted == 1
    assert agree(contact).known == 1
    assert consent.is_in_force(fresh(contact))
    assert consent.withdraw(contact=contact, way=ConsentWay.WORDS, by=anna, note="звонил")
    assert not consent.withdraw(contact=contact, way=ConsentWay.WORDS, by=anna)
    agree(contact, way=ConsentWay.FORM)

    assert words_of(contact) == [(True, "paper"), (False, "words"), (True, "form")]
    first = Consent.objects.earliest("pk")
    assert (first.by, first.note, first.tenant) == (anna, "Папка 7", bot.tenant)
    assert fresh(contact).agreed_way == "form"


def test_an_old_list_brings_nobody_back_who_has_said_no_since(bot: Channel) -> None:
    took_back, stopped = client_of(bot).contact, client_of(bot).contact
    agree(took_back)
    consent.withdraw(contact=took_back, way=ConsentWay.WORDS, by=None)
    unsubscribe(contact=stopped, by=None, why="стоп", way=ConsentWay.STOP)
    old = timezone.now() - timedelta(days=90)
    for contact in (took_back, stopped):
        assert agree(contact, way=ConsentWay.IMPORTED, at=old).refused == 1
        assert not consent.is_in_force(fresh(contact))
    with pytest.raises(Rejected, match="future"):
        agree(took_back, at=timezone.now() + timedelta(days=1))


def test_whoever_wants_no_campaigns_has_agreed_to_none_until_they_agree_anew(bot: Channel) -> None:
    contact = client_of(bot).contact
    agree(contact)
    unsubscribe(contact=contact, by=None, why="стоп", way=ConsentWay.STOP)
    assert words_of(contact)[-1] == (False, "stop")
    subscribe_again(contact=contact, by=None)
    assert not consent.is_in_force(fresh(contact))
    assert not Contact.objects.filter(consent.in_force()).exists()


def test_another_organisations_client_is_not_touched(bot: Channel, tenant_b: Tenant) -> None:
    foreign = Contact.objects.create(tenant=tenant_b, name="Чужой")
    noted = consent.agree(contacts=[foreign.pk], tenant_id=bot.tenant_id, way=ConsentWay.WORDS, by=None)
    assert noted.noted == 0
    assert not Consent.objects.exists()


def test_thousands_are_noted_with_a_handful_of_queries(bot: Channel) -> None:
    def queries(count: int) -> int:
        made = Contact.objects.bulk_create(Contact(tenant=bot.tenant) for _ in range(count))
        with CaptureQueriesContext(connection) as asked:
            noted = consent.agree(
                contacts=[one.pk for one in made], tenant_id=bot.tenant_id, way=ConsentWay.IMPORTED, by=None
            )
        assert noted.noted == count
        return len(asked)

    assert queries(1) == queries(400)


def test_advertising_goes_only_to_those_who_agreed(bot: Channel, bot_peer: TelegramPeer) -> None:
    agree(client_of(bot, "Согласна").contact)
    client_of(bot, "Молчит")
    campaign = campaign_of(bot, is_advertising=True)
    assert preview(campaign).skipped == {"no_consent": 1}
    begin(campaign)
    run_out(campaign)
    assert outcomes(campaign) == {"Согласна": "sent", "Молчит": "skipped/no_consent"}
    assert len(bot_peer.sent) == 1


def test_news_that_are_no_advertising_need_none_nor_does_an_organisation_that_decided_so(
    bot: Channel,
) -> None:
    client_of(bot, "Молчит")
    assert preview(campaign_of(bot, is_advertising=False)).will == 1
    Tenant.objects.update(campaigns_need_consent=False)
    bot.tenant.refresh_from_db()
    assert preview(campaign_of(bot, is_advertising=True)).will == 1


def test_consent_taken_back_after_the_start_counts(bot: Channel, bot_peer: TelegramPeer) -> None:
    contact = client_of(bot, "Передумал").contact
    agree(contact)
    campaign = campaign_of(bot, is_advertising=True)
    begin(campaign)
    consent.withdraw(contact=contact, way=ConsentWay.WORDS, by=None)
    run_out(campaign)
    assert outcomes(campaign) == {"Передумал": "skipped/no_consent"}
    assert bot_peer.sent == []


def test_a_trial_to_oneself_needs_none(bot: Channel) -> None:
    chat = client_of(bot, "Хозяин")
    try_out(campaign=campaign_of(bot, is_advertising=True), conversation=chat, key=uuid.uuid4())
    assert chat.messages.filter(author="campaign").count() == 1


def test_an_operator_notes_and_takes_back_at_the_clients_card(
    bot: Channel, desk: Client, page: Any, anna: Member
) -> None:
    chat = client_of(bot)
    give = f"/admin/desk/{chat.pk}/contact/consent/"
    assert "Согласия на рекламу нет" in page(chat)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert desk.post(give, {"way": "paper", "day": yesterday, "note": "Папка 7"}).json() == {"ok": True}
    shown = page(chat)
    assert "на бумаге" in shown[shown.index('id="agreed"') :]
    assert "Папка 7" in shown
    assert Consent.objects.get().by == anna
    assert desk.post(f"{give}withdraw/", {"note": "просил"}).json() == {"ok": True}
    shown = page(chat)
    assert "Согласия на рекламу нет" in shown
    assert "согласие отозвано" in shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"way": "imported"}, "Выберите, как клиент дал согласие"),
        ({"way": ""}, "Выберите, как клиент дал согласие"),
        ({"way": "words", "day": "вчера"}, "Укажите день"),
        ({"way": "words", "day": "2999-01-01"}, "в будущем"),
    ],
)
def test_what_is_wrong_with_a_note_is_told(
    bot: Channel, desk: Client, given: dict[str, str], said: str
) -> None:
    chat = client_of(bot)
    answer = desk.post(f"/admin/desk/{chat.pk}/contact/consent/", given).json()
    assert said in answer["error"]
    assert not Consent.objects.exists()


def test_a_day_before_the_last_no_is_refused_at_the_card(bot: Channel, desk: Client) -> None:
    chat = client_of(bot)
    agree(chat.contact)
    consent.withdraw(contact=chat.contact, way=ConsentWay.WORDS, by=None)
    given = {"way": "paper", "day": (timezone.localdate() - timedelta(days=9)).isoformat()}
    answer = desk.post(f"/admin/desk/{chat.pk}/contact/consent/", given).json()
    assert "последнее слово" in answer["error"]


@pytest.fixture
def lead(shop: Tenant) -> Client:
    member = add_member(tenant=shop, username="lead", password="pass-word-1", role=Role.HEAD, name="Ольга")
    client = Client()
    client.force_login(member.user)
    return client


def test_a_list_and_the_picked_are_noted_at_once(bot: Channel, lead: Client, tenant_b: Tenant) -> None:
    picked, pasted, stopped = (client_of(bot, name).contact for name in ("Выбран", "Список", "Стоп"))
    Contact.objects.filter(pk=pasted.pk).update(phone="+7 921 555-35-35")
    unsubscribe(contact=stopped, by=None, why="")
    foreign = Contact.objects.create(tenant=tenant_b, name="Чужой")
    asked = lead.post(
        "/admin/appeals/contact/", {"action": "agree", "_selected_action": [picked.pk, stopped.pk]}
    )
    where = asked["Location"]
    assert "Выбрано 2 клиента" in lead.get(where).content.decode()
    given = {"pasted": "8 921 555 35 35\n+7 000 000-00-00", "way": "imported", "note": "Анкеты 2025 года"}
    done = lead.post(
        f"{where}&picked={foreign.pk}", {**given, "day": timezone.localdate().isoformat()}, follow=True
    ).content.decode()
    assert "Отмечено у 2 клиентов" in done
    assert "потому что с тех пор отказались: 1" in done
    assert "+7 000 000-00-00" in done
    assert set(Consent.objects.values_list("contact__name", "way", "note")) == {
        ("Выбран", "imported", "Анкеты 2025 года"),
        ("Список", "imported", "Анкеты 2025 года"),
    }


def test_the_list_of_clients_is_filtered_by_consent_and_the_card_shows_its_history(
    bot: Channel, lead: Client
) -> None:
    yes, back = client_of(bot, "Согласна").contact, client_of(bot, "Отозвал").contact
    client_of(bot, "Молчит")
    agree(yes, note="Папка 7")
    agree(back)
    consent.withdraw(contact=back, way=ConsentWay.WORDS, by=None)

    def found(value: str) -> set[str]:
        rows = lead.get(f"/admin/appeals/contact/?consent={value}").context["cl"].queryset
        return set(rows.values_list("name", flat=True))

    assert found("yes") == {"Согласна"}
    assert found("no") == {"Отозвал", "Молчит"}
    assert found("withdrawn") == {"Отозвал"}
    assert "Папка 7" in lead.get(f"/admin/appeals/contact/{yes.pk}/change/").content.decode()


def test_operators_note_no_lists(desk: Client, bot: Channel) -> None:
    assert desk.get("/admin/appeals/contact/consents/").status_code == 403

"""The pages of campaigns: made, previewed, confirmed by number, watched, exported; for leaders alone."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.appeals.campaigns.audience import Audience
from apps.appeals.models import Campaign, Contact, Message, Recipient, SendOutcome
from apps.channels.models import Channel
from apps.core.spreadsheets import harmless
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role
from tests.appeals.mailing import begin, campaign_of, client_of, one_round, run_out
from tests.peers.telegram import TelegramPeer
from tests.work import drain

pytestmark = pytest.mark.django_db
LIST = "/admin/appeals/campaign/"
FORM = {
    "name": "Переезд",
    "text": "{имя|клиент}, мы переехали",
    "source": "conditions",
    "pace": "300",
    "quiet_from": "00:00",
    "quiet_until": "00:00",
    "skip_talking": "on",
}


@pytest.fixture
def leader(shop: Any) -> Member:
    return add_member(tenant=shop, username="lead", password="pass-word-1", role=Role.HEAD, name="Ольга")


@pytest.fixture
def lead(leader: Member) -> Client:
    client = Client()
    client.force_login(leader.user)
    return client


def page_of(campaign: Campaign) -> str:
    return f"{LIST}{campaign.pk}/page/"


def act(client: Client, campaign: Campaign, what: str, **values: Any) -> Any:
    return client.post(f"{LIST}{campaign.pk}/do/", {"act": what, **values}, follow=True)


def test_from_the_form_through_the_preview_to_the_last_message(
    lead: Client, leader: Member, bot: Channel, bot_peer: TelegramPeer
) -> None:
    client_of(bot, "Иван Петров")
    client_of(bot, "")
    made = lead.post(f"{LIST}add/", {**FORM, "channels": [bot.pk]}, follow=True)
    campaign = Campaign.objects.get()
    assert (campaign.created_by, campaign.tenant, campaign.status) == (leader, bot.tenant, "draft")
    assert list(campaign.channels.all()) == [bot]
    assert made.redirect_chain[-1][0] == page_of(campaign)
    shown = made.content.decode()
    assert "Иван, мы переехали" in shown
    assert "клиент, мы переехали" in shown
    assert "Отправить 2 клиентам" in shown

    asked = act(lead, campaign, "start", count="2").content.decode()
    assert "Отправить 2 клиентам?" in asked
    assert Campaign.objects.get().status == "draft"
    act(lead, campaign, "start", count="2", confirmed="1")
    campaign = run_out(Campaign.objects.get())
    assert (campaign.status, campaign.started_by) == ("finished", leader)
    assert sorted(sent["text"] for sent in bot_peer.sent) == ["Иван, мы переехали", "клиент, мы переехали"]
    assert "2 из 2" in lead.get(page_of(campaign)).content.decode()


def test_a_number_that_has_changed_is_asked_about_anew(lead: Client, bot: Channel) -> None:
    client_of(bot)
    campaign = campaign_of(bot)
    client_of(bot)
    answer = act(lead, campaign, "start", count="1", confirmed="1")
    assert "Пока вы смотрели, стало 2 клиента" in answer.content.decode()
    assert Campaign.objects.get().status == "draft"


def test_the_form_says_what_is_wrong(lead: Client, bot: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any, **_named: Any) -> str:
        raise OSError("no space left")

    strange = lead.post(f"{LIST}add/", {**FORM, "text": "Привет, {фамилия}"}).content.decode()
    assert "{фамилия} здесь ничего не значит" in strange
    assert (
        "Напишите текст или выберите файл" in lead.post(f"{LIST}add/", {**FORM, "text": " "}).content.decode()
    )
    empty = {**FORM, "attachment": SimpleUploadedFile("a.txt", b"")}
    assert lead.post(f"{LIST}add/", empty).status_code == 200
    monkeypatch.setattr(default_storage, "save", full)
    away = {**FORM, "attachment": SimpleUploadedFile("a.txt", b"text")}
    assert "Хранилище сейчас не принимает файлы" in lead.post(f"{LIST}add/", away).content.decode()
    assert not Campaign.objects.exists()


def test_the_form_shows_again_what_was_entered(lead: Client, bot: Channel) -> None:
    entered = {
        **FORM,
        "device": "iPhone",
        "statuses": ["closed"],
        "wrote_from": "01.11.2026",
        "reason": "дорого",
    }
    lead.post(f"{LIST}add/", entered)
    campaign = Campaign.objects.get()
    assert Audience.of(campaign) == Audience(
        device="iPhone", statuses=("closed",), wrote_from="2026-11-01", reason="дорого"
    )
    form = lead.get(f"{LIST}{campaign.pk}/change/").content.decode()
    assert re.search(r'name="device" value="iPhone"', form)
    assert re.search(r'value="01.11.2026"', form)


def test_a_file_goes_to_everybody_with_the_text_under_it(
    lead: Client, bot: Channel, bot_peer: TelegramPeer
) -> None:
    client_of(bot)
    client_of(bot)
    upload = SimpleUploadedFile("price.pdf", b"%PDF-1.4 prices", content_type="application/pdf")
    lead.post(f"{LIST}add/", {**FORM, "text": "Наши цены", "attachment": upload})
    campaign = Campaign.objects.get()
    begin(campaign)
    run_out(campaign)
    assert [(sent["caption"], sent["document"].content) for sent in bot_peer.sent] == [
        ("Наши цены", b"%PDF-1.4 prices")
    ] * 2
    assert Message.objects.filter(author="campaign", attachments__name="price.pdf").count() == 2
    lead.post(f"{LIST}{campaign.pk}/do/", {"act": "copy"})
    copied = Campaign.objects.latest("pk")
    lead.post(f"{LIST}{copied.pk}/change/", {**FORM, "no_attachment": "on"})
    copied.refresh_from_db()
    assert copied.file == {}


def test_a_campaign_to_picked_clients_and_lines_that_nobody_was_found_by(lead: Client, bot: Channel) -> None:
    first = client_of(bot, "Первый").contact
    client_of(bot, "Второй")
    answer = lead.post(
        "/admin/appeals/contact/", {"action": "write_campaign", "_selected_action": [first.pk]}, follow=True
    )
    campaign = Campaign.objects.get()
    assert answer.redirect_chain[-1][0] == f"{LIST}{campaign.pk}/change/"
    lead.post(f"{LIST}{campaign.pk}/change/", {**FORM, "source": "list", "pasted": "+7 999 000 11 22"})
    shown = lead.get(page_of(campaign)).content.decode()
    assert "Отправить 1 клиенту" in shown
    assert "+7 999 000 11 22" in shown[shown.index('id="unmatched"') :]
    assert "1 клиент выбран вручную" in shown


def test_operators_neither_see_nor_start_campaigns(desk: Client, bot: Channel) -> None:
    person = client_of(bot, "Клиент").contact
    campaign = campaign_of(bot)
    for address in (LIST, f"{LIST}add/", page_of(campaign), f"{LIST}{campaign.pk}/export/"):
        assert desk.get(address).status_code == 403, address
    assert act(desk, campaign, "start", count="1", confirmed="1").status_code == 403
    assert "Рассылки" not in desk.get("/admin/desk/").content.decode()
    desk.post("/admin/appeals/contact/", {"action": "write_campaign", "_selected_action": [person.pk]})
    assert Campaign.objects.count() == 1


def test_pause_resume_and_stop_ask_where_it_cannot_be_undone(lead: Client, bot: Channel) -> None:
    client_of(bot)
    campaign = campaign_of(bot)
    begin(campaign)
    assert "Приостановлена вручную" in act(lead, campaign, "pause").content.decode()
    act(lead, campaign, "resume")
    assert Campaign.objects.get().status == "sending"
    assert "Остановить рассылку?" in act(lead, campaign, "stop").content.decode()
    assert Campaign.objects.get().status == "sending"
    act(lead, campaign, "stop", confirmed="1")
    assert Campaign.objects.get().status == "stopped"
    assert "уже изменилось" in act(lead, campaign, "resume").content.decode()


def test_what_was_sent_out_is_neither_edited_nor_deleted(lead: Client, bot: Channel) -> None:
    client_of(bot)
    campaign = campaign_of(bot)
    begin(campaign)
    answer = lead.get(f"{LIST}{campaign.pk}/change/")
    assert (answer.status_code, answer["Location"]) == (302, page_of(campaign))
    lead.post(f"{LIST}{campaign.pk}/change/", {**FORM, "text": "Другой текст"})
    lead.post(f"{LIST}{campaign.pk}/delete/", {"post": "yes"})
    lead.post(LIST, {"action": "delete_selected", "_selected_action": [campaign.pk], "post": "yes"})
    assert Campaign.objects.get().text == "Мы переехали"


def test_failed_ones_are_sent_again_from_the_page(lead: Client, bot: Channel, bot_peer: TelegramPeer) -> None:
    client_of(bot, "Не дошло")
    bot_peer.fail("sendMessage", 400, "Bad Request: message is too long")
    campaign = campaign_of(bot)
    begin(campaign)
    run_out(campaign)
    shown = lead.get(page_of(campaign)).content.decode()
    assert "Отправить ещё раз недоставленные (1)" in shown
    act(lead, campaign, "retry", outcome="failed", confirmed="1")
    run_out(campaign)
    assert Recipient.objects.get().outcome == "sent"
    assert act(lead, campaign, "retry", outcome="read").status_code == 404


def test_a_trial_goes_to_a_conversation_of_ones_own(
    lead: Client, bot: Channel, bot_peer: TelegramPeer, tenant_b: Any
) -> None:
    chat = client_of(bot, "Хозяйка")
    campaign = campaign_of(bot)
    asked = act(lead, campaign, "try", conversation=chat.pk).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', asked)
    assert key is not None
    assert bot_peer.sent == []
    for _ in range(2):
        act(lead, campaign, "try", conversation=chat.pk, key=key[1], confirmed="1")
    drain()
    assert len(bot_peer.sent) == 1
    type(chat).objects.filter(pk=chat.pk).update(tenant=tenant_b)
    assert act(lead, campaign, "try", conversation=chat.pk).status_code == 404


def test_the_live_page_answers_only_when_something_has_changed(lead: Client, bot: Channel) -> None:
    client_of(bot, "Иван")
    campaign = campaign_of(bot)
    begin(campaign)
    page = lead.get(page_of(campaign)).content.decode()
    stamp = re.search(r'data-stamp="([^"]+)"', page)
    assert stamp is not None
    live = f"{LIST}{campaign.pk}/live/"
    assert lead.get(live, {"stamp": stamp[1]}).status_code == 204
    one_round(campaign)
    fresh = lead.get(live, {"stamp": stamp[1]}).json()
    assert "1 из 1" in fresh["progress"]
    assert "Иван" in fresh["recipients"]


def test_recipients_are_found_by_outcome_and_name(lead: Client, bot: Channel) -> None:
    for name in ("Анна", "Борис"):
        client_of(bot, name)
    campaign = campaign_of(bot)
    begin(campaign)
    Recipient.objects.filter(contact__name="Анна").update(outcome=SendOutcome.READ)

    def listed(**query: str) -> str:
        return str(lead.get(f"{LIST}{campaign.pk}/live/", query).json()["recipients"])

    assert "Анна" in listed(outcome="read")
    assert "Борис" not in listed(outcome="read")
    assert "Анна" not in listed(q="бор")
    assert "Борис" in listed(outcome="nonsense", page="9" * 30)


def test_the_table_to_download_holds_every_recipient_and_no_formula(lead: Client, bot: Channel) -> None:
    client_of(bot, '=HYPERLINK("http://evil")')
    client_of(bot, "Иван; Пётр")
    Contact.objects.filter(name="Иван; Пётр").update(phone="+79215553535")
    campaign = campaign_of(bot)
    begin(campaign)
    run_out(campaign)
    answer = lead.get(f"{LIST}{campaign.pk}/export/")
    text = b"".join(answer).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0][:4] == ["клиент", "телефон", "канал", "итог"]
    assert [row[0] for row in rows[1:]] == ['\'=HYPERLINK("http://evil")', "Иван; Пётр"]
    assert [row[1] for row in rows[1:]] == ["", "'+79215553535"]
    assert {row[3] for row in rows[1:]} == {"отправлено"}


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", " =1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("Иван") == "Иван"


def test_the_list_counts_without_asking_for_each_campaign(lead: Client, bot: Channel) -> None:
    client_of(bot)
    begin(campaign_of(bot, name="Первая"))
    lead.get(LIST)
    with CaptureQueriesContext(connection) as few:
        lead.get(LIST)
    for number in range(6):
        begin(campaign_of(bot, name=f"Ещё {number}"))
    with CaptureQueriesContext(connection) as many:
        shown = lead.get(LIST).content.decode()
    assert len(many) == len(few)
    assert "0 из 1" in shown


def test_the_page_asks_as_often_for_many_recipients_as_for_one(lead: Client, bot: Channel) -> None:
    def queries(count: int) -> int:
        for _ in range(count):
            client_of(bot)
        campaign = campaign_of(bot)
        begin(campaign)
        lead.get(page_of(campaign))
        with CaptureQueriesContext(connection) as asked:
            lead.get(page_of(campaign))
        return len(asked)

    assert queries(1) == queries(40)


def test_an_empty_list_says_what_campaigns_are_for(lead: Client) -> None:
    assert "Рассылок пока нет" in lead.get(LIST).content.decode()


def test_a_draft_that_nobody_would_get_says_why(lead: Client, bot: Channel) -> None:
    campaign = campaign_of(bot)
    assert "не подходит ни один клиент" in lead.get(page_of(campaign)).content.decode()
    Contact.objects.filter(pk=client_of(bot).contact_id).update(unsubscribed_at=timezone.now())
    shown = lead.get(page_of(campaign)).content.decode()
    assert "Никто не получит" in shown
    assert "Просил не писать рассылки" in shown
    assert 'value="start"' not in shown


def test_the_contacts_list_takes_the_chosen_off_campaigns(desk: Client, bot: Channel, anna: Member) -> None:
    person = client_of(bot).contact
    desk.post("/admin/appeals/contact/", {"action": "unsubscribe", "_selected_action": [person.pk]})
    person.refresh_from_db()
    assert (person.unsubscribed_at is not None, person.unsubscribed_by) == (True, anna)
    assert "не писать с" in desk.get(f"/admin/appeals/contact/{person.pk}/change/").content.decode()


def test_a_scheduled_campaign_says_when_it_begins(lead: Client, bot: Channel) -> None:
    client_of(bot)
    campaign = campaign_of(bot, start_at=timezone.now() + timedelta(hours=5))
    begin(campaign)
    assert "Начнётся" in lead.get(page_of(campaign)).content.decode()

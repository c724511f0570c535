"""What follows when clients answer a campaign: an appeal that says so, or no more campaigns."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.answering import answer
from apps.appeals.campaigns.unsubscribing import asks_to_stop
from apps.appeals.desk import corrections
from apps.appeals.models import Appeal, Author, Contact, Conversation, Message
from apps.channels.models import Channel
from tests.appeals.mailing import begin, campaign_of, one_round
from tests.channels.bots import post, update
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def writes(bot: Channel) -> Callable[..., Conversation]:
    """The client of the fixture writes something more."""
    numbers = iter(range(100, 200))

    def write(text: str, **fields: Any) -> Conversation:
        number = next(numbers)
        body = json.loads(update("text"))
        body["update_id"] += number
        body["message"].update({"text": text, "message_id": number, **fields})
        assert post(f"/webhook/telegram/{bot.public_id}", json.dumps(body)).status_code == 200
        drain()
        close_windows()
        drain()
        return Conversation.objects.get()

    return write


def mail(bot: Channel, **fields: Any) -> None:
    campaign = campaign_of(bot, skip_talking=False, **fields)
    assert begin(campaign) == 1
    one_round(campaign)


def close_appeals() -> None:
    Appeal.objects.update(status="closed")


def test_an_answer_to_a_campaign_opens_an_appeal_that_names_it(bot: Channel, writes: Any, page: Any) -> None:
    writes("Здравствуйте")
    close_appeals()
    mail(bot, name="Скидка на батареи")
    chat = writes("А для iPhone 14?")

    newest = Appeal.objects.latest("pk")
    assert (Appeal.objects.count(), newest.status) == (2, "new")
    assert newest.campaign == Message.objects.get(author="campaign").campaign
    shown = page(chat)
    assert "Скидка на батареи" in shown[shown.index('id="answers-campaign"') :]


def test_an_open_appeal_goes_on_and_names_the_campaign(bot: Channel, writes: Any) -> None:
    writes("Здравствуйте")
    mail(bot)
    writes("Куда переехали?")
    appeal = Appeal.objects.get()
    assert appeal.campaign is not None


def test_words_that_answer_an_operator_or_come_much_later_are_about_no_campaign(
    bot: Channel, writes: Any, anna: Any
) -> None:
    chat = writes("Здравствуйте")
    mail(bot)
    answer(conversation=chat, member=anna, text="Добрый день!", key=uuid.uuid4())
    drain()
    writes("Спасибо")
    assert Appeal.objects.get().campaign is None

    mail(bot)
    Message.objects.filter(author="campaign").update(sent_at=timezone.now() - timedelta(days=8))
    writes("Ещё вопрос")
    assert Appeal.objects.get().campaign is None


def test_a_reply_to_the_campaigns_own_message_names_it_whatever_was_said_between(
    bot: Channel, writes: Any, anna: Any
) -> None:
    chat = writes("Здравствуйте")
    mail(bot)
    ours = Message.objects.get(author="campaign").delivery
    assert ours is not None
    answer(conversation=chat, member=anna, text="Добрый день!", key=uuid.uuid4())
    drain()
    quoted = {"message_id": int(ours.external_message_id), "date": 1, "chat": {"id": 1, "type": "private"}}
    writes("Это ещё в силе?", reply_to_message=quoted)
    assert Message.objects.latest("pk").reply_to == ours.external_message_id
    assert Appeal.objects.get().campaign is not None


@pytest.mark.parametrize("word", ["стоп", "СТОП!", " Stop. ", "отписаться", "Отписаться."])
def test_the_word_alone_after_a_campaign_unsubscribes_and_everybody_sees_it(
    bot: Channel, writes: Any, page: Any, word: str
) -> None:
    writes("Здравствуйте")
    mail(bot)
    chat = writes(word)
    contact = Contact.objects.get()
    assert (contact.unsubscribed_at is not None, contact.unsubscribed_by) == (True, None)
    assert contact.unsubscribed_why == word.strip()
    shown = page(chat)
    assert word.strip() in shown[shown.index('id="unsubscribed"') :]
    assert Message.objects.filter(author=Author.CLIENT, text=word).exists()


@pytest.mark.parametrize("text", ["Стоп, а сколько стоит?", "не стоп", "стопка", "stop it", ""])
def test_other_words_unsubscribe_nobody(text: str) -> None:
    assert not asks_to_stop(text)


def test_the_word_to_an_operator_or_without_a_campaign_unsubscribes_nobody(
    bot: Channel, writes: Any, anna: Any
) -> None:
    chat = writes("Здравствуйте")
    writes("стоп")
    assert Contact.objects.get().unsubscribed_at is None
    mail(bot)
    answer(conversation=chat, member=anna, text="Снимаем стекло?", key=uuid.uuid4())
    drain()
    writes("Стоп")
    assert Contact.objects.get().unsubscribed_at is None


def test_an_employee_notes_that_a_client_wants_none_and_that_they_want_them_again(
    bot: Channel, writes: Any, desk: Client, page: Any, anna: Any
) -> None:
    chat = writes("Здравствуйте")
    off = f"/admin/desk/{chat.pk}/contact/campaigns/off/"
    assert desk.post(off, {"why": "просил по телефону"}).json() == {"ok": True}
    contact = Contact.objects.get()
    assert (contact.unsubscribed_by, contact.unsubscribed_why) == (anna, "просил по телефону")
    assert "просил по телефону" in page(chat)
    desk.post(off, {"why": "ещё раз"})
    assert Contact.objects.get().unsubscribed_why == "просил по телефону"
    assert desk.post(f"/admin/desk/{chat.pk}/contact/campaigns/on/").json() == {"ok": True}
    assert Contact.objects.get().unsubscribed_at is None
    assert contact.history.filter(unsubscribed_at__isnull=False).exists()


def test_correcting_a_client_does_not_bring_campaigns_back(
    bot: Channel, writes: Any, desk: Client, monkeypatch: Any
) -> None:
    chat = writes("Здравствуйте")
    filled = corrections._filled

    def meanwhile(*args: Any) -> Any:
        form = filled(*args)
        Contact.objects.update(unsubscribed_at=timezone.now())
        return form

    monkeypatch.setattr(corrections, "_filled", meanwhile)
    assert desk.post(f"/admin/desk/{chat.pk}/contact/", {"name": "Пётр"}).json() == {"ok": True}
    contact = Contact.objects.get()
    assert (contact.name, contact.unsubscribed_at is not None) == ("Пётр", True)


def test_the_feed_shows_whose_words_they_are_and_offers_no_second_sending(
    bot: Channel, bot_peer: Any, writes: Any, page: Any, desk: Client
) -> None:
    chat = writes("Здравствуйте")
    bot_peer.fail("sendMessage", 400, "Bad Request: message is too long")
    mail(bot, name="Скидка на батареи")
    shown = page(chat)
    assert "Рассылка: <bdi>Скидка на батареи</bdi>" in shown.replace("\n", "")
    assert "/resend/" not in shown
    delivery = Message.objects.get(author="campaign").delivery
    assert delivery is not None
    assert desk.post(f"/admin/desk/{chat.pk}/resend/{delivery.pk}/").status_code == 404
    assert "Рассылка:" in desk.get("/admin/desk/").content.decode()

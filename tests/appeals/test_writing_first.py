"""An operator writes first, to the phone on a client's card; and the reason is said where it can't be."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.test import Client

from apps.appeals import answering, people
from apps.appeals.beginning import write_first
from apps.appeals.models import Contact, Conversation, Identity, Message
from apps.channels.contract import Sender
from apps.channels.models import Channel, KnownTemplate
from apps.channels.templates import fill, template_of
from apps.core.errors import Rejected
from apps.integrations.connecting import connect
from apps.tenants.models import Member, Tenant
from tests.appeals.mailing import client_of
from tests.appeals.templated import known, refresh
from tests.appeals.test_whatsapp import Come, come, meta, number
from tests.channels.whatsapp_numbers import make_number
from tests.peers.whatsapp import WhatsAppPeer
from tests.work import drain

__all__ = ["come", "known", "meta", "number"]

Page = Callable[[Conversation], str]
pytestmark = pytest.mark.django_db
VALUES = {"header.1": "№17", "body.1": "Иван", "body.2": "iPhone 14", "button1.1": "17"}
PHONE, DIGITS = "8 (900) 987-65-43", "79009876543"


@pytest.fixture
def chat_of_bot(bot: Channel) -> Conversation:
    """A client of another channel, whose phone is known."""
    chat = client_of(bot, "Иван Петров")
    Contact.objects.filter(pk=chat.contact_id).update(phone=PHONE)
    return Conversation.objects.select_related("contact").get(pk=chat.pk)


def address(chat: Conversation, channel: Channel) -> str:
    return f"/admin/desk/clients/{chat.contact_id}/write/{channel.pk}/"


def form(**given: str) -> dict[str, str]:
    row = KnownTemplate.objects.get(name="order_ready")
    values = {f"value.{key}": value for key, value in VALUES.items()}
    return {**values, "template": str(row.pk), "key": str(uuid.uuid4()), **given}


def ways(page: Page, chat: Conversation) -> str:
    shown = page(chat)
    return shown[shown.index('id="ways"') :] if 'id="ways"' in shown else ""


def test_from_the_card_by_a_template_into_a_conversation_that_their_answer_comes_to(
    known: Channel, chat_of_bot: Conversation, desk: Client, page: Page, meta: WhatsAppPeer, come: Come
) -> None:
    assert address(chat_of_bot, known) in ways(page, chat_of_bot)
    picker = desk.get(address(chat_of_bot, known)).content.decode()
    assert "order_ready" in picker
    assert 'value="Иван Петров"' in picker
    assert Conversation.objects.count() == 1
    sent = form()
    for _ in range(2):
        answer = desk.post(address(chat_of_bot, known), sent)
    drain()
    begun = Conversation.objects.get(channel=known)
    assert answer["Location"] == f"/admin/desk/{begun.pk}/"
    assert [(one["type"], one["to"]) for one in meta.sent] == [("template", DIGITS)]
    assert begun.contact_id == chat_of_bot.contact_id
    assert "Клиент сюда ещё не писал" in page(begun)
    assert f"/admin/desk/{begun.pk}/" in ways(page, chat_of_bot)
    come("text")
    # By when they came: the body of the test has a moment of its own.
    came = begun.messages.order_by("received_at")
    assert list(came.values_list("author", flat=True)) == ["operator", "client"]
    assert "Клиент сюда ещё не писал" not in page(begun)


def test_before_they_have_answered_only_a_template_goes(
    known: Channel, chat_of_bot: Conversation, desk: Client, anna: Member
) -> None:
    desk.post(address(chat_of_bot, known), form())
    begun = Conversation.objects.get(channel=known)
    with pytest.raises(Rejected, match="ещё не писал"):
        answering.answer(conversation=begun, member=anna, text="Вы тут?", key=uuid.uuid4())
    assert begun.messages.count() == 1


def test_what_cannot_go_begins_nothing(
    known: Channel, chat_of_bot: Conversation, desk: Client, meta: WhatsAppPeer
) -> None:
    where = address(chat_of_bot, known)
    assert "Заполните" in desk.post(where, form(**{"value.body.2": " "})).content.decode()
    assert "больше нет" in desk.post(where, form(template="0")).content.decode()
    assert "устарела" in desk.post(where, form(key="x")).content.decode()
    assert not Conversation.objects.filter(channel=known).exists()
    assert not Identity.objects.filter(channel=known).exists()


@pytest.mark.parametrize(
    ("phone", "said"), [("", "Сначала впишите телефон"), ("добавочный 12", "записан так")]
)
def test_a_phone_that_cannot_be_written_to_is_told(
    known: Channel, chat_of_bot: Conversation, desk: Client, page: Page, phone: str, said: str
) -> None:
    Contact.objects.update(phone=phone)
    assert said in ways(page, chat_of_bot)
    assert said in desk.get(address(chat_of_bot, known)).content.decode()
    assert desk.post(address(chat_of_bot, known), form()).status_code == 200
    assert not Conversation.objects.filter(channel=known).exists()


def test_without_templates_or_with_the_channel_off_the_reason_is_said(
    known: Channel, chat_of_bot: Conversation, page: Page, meta: WhatsAppPeer
) -> None:
    refresh(known, meta)
    assert "только одобренный шаблон, а их пока нет" in ways(page, chat_of_bot)
    Channel.objects.filter(pk=known.pk).update(is_active=False)
    assert "Этот канал" in ways(page, chat_of_bot)


def test_without_a_channel_that_can_it_is_said_which_could(
    bot: Channel, chat_of_bot: Conversation, page: Page
) -> None:
    assert "Умеют: WhatsApp" in ways(page, chat_of_bot)
    Contact.objects.update(phone="")
    assert ways(page, chat_of_bot) == ""


def test_a_phone_that_writes_as_another_client_leads_to_that_conversation(
    known: Channel, chat_of_bot: Conversation, desk: Client, page: Page, come: Come
) -> None:
    come("text")
    theirs = Conversation.objects.get(channel=known)
    assert theirs.contact_id != chat_of_bot.contact_id
    assert f"/admin/desk/{theirs.pk}/" in ways(page, chat_of_bot)
    assert desk.get(address(chat_of_bot, known))["Location"] == f"/admin/desk/{theirs.pk}/"
    assert desk.post(address(chat_of_bot, known), form())["Location"] == f"/admin/desk/{theirs.pk}/"
    assert not Message.objects.filter(conversation=theirs, author="operator").exists()


def test_a_provider_without_a_window_begins_with_words(
    shop: Tenant, bot: Channel, chat_of_bot: Conversation, desk: Client, meta: WhatsAppPeer
) -> None:
    channel = make_number(
        tenant=shop,
        base_url=meta.url,
        provider="green_api",
        green_instance_id="1101000001",
        green_api_token="abc",
    )
    assert "textarea" in desk.get(address(chat_of_bot, channel)).content.decode()
    desk.post(address(chat_of_bot, channel), {"key": str(uuid.uuid4()), "text": "Батарея пришла"})
    begun = Conversation.objects.get(channel=channel)
    assert begun.messages.get().text == "Батарея пришла"


def test_nobody_elses_client_or_channel_is_written_to(
    known: Channel, chat_of_bot: Conversation, desk: Client, tenant_b: Tenant
) -> None:
    foreign = Contact.objects.create(tenant=tenant_b, phone=PHONE)
    connection = connect(tenant=tenant_b, connector="webchat", key="site", name="Чужой", values={})
    channel = Channel.objects.get(connection=connection)
    for contact, where in ((foreign.pk, known.pk), (chat_of_bot.contact_id, channel.pk)):
        there = f"/admin/desk/clients/{contact}/write/{where}/"
        assert desk.get(there).status_code == 404
        assert desk.post(there, form()).status_code == 404


def test_the_panel_costs_the_same_however_many_conversations_a_client_has(
    known: Channel, chat_of_bot: Conversation, desk: Client, django_assert_max_num_queries: Any
) -> None:
    there = f"/admin/desk/{chat_of_bot.pk}/"
    desk.get(there)
    with django_assert_max_num_queries(60) as few:
        desk.get(there)
    for _ in range(20):
        client_of(chat_of_bot.channel, contact=chat_of_bot.contact)
    with django_assert_max_num_queries(len(few)):
        desk.get(there)


@pytest.mark.django_db(transaction=True)
def test_operators_and_the_client_at_the_same_moment_make_one_conversation(
    known: Channel, anna: Member
) -> None:
    contact = Contact.objects.create(tenant=known.tenant, name="Иван", phone=PHONE)
    template = fill(template_of(KnownTemplate.objects.get(name="order_ready").content), VALUES)
    together, ended = threading.Barrier(8, timeout=60), []

    def operator() -> None:
        together.wait()
        try:
            write_first(contact=contact, channel=known, member=anna, key=uuid.uuid4(), template=template)
            ended.append("sent")
        except Rejected as refused:
            ended.append(refused.code)

    def client() -> None:
        together.wait()
        sender = Sender(external_user_id=DIGITS, external_chat_id=DIGITS, name="Иван", phone=f"+{DIGITS}")
        with transaction.atomic():
            people.conversation_of(channel=known, sender=sender)
        ended.append("wrote")

    def alone(task: Callable[[], None]) -> None:
        try:
            task()
        finally:
            database.close()

    tasks = [threading.Thread(target=alone, args=(one,)) for one in [operator] * 4 + [client] * 4]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join(timeout=120)
    assert ended.count("wrote") == 4
    (found,) = Conversation.objects.all()
    assert Identity.objects.count() == 1
    # Whoever was first has the conversation; all the others join it, or are told.
    if found.contact_id == contact.pk:
        assert ended.count("sent") == found.messages.count() == 4
    else:
        assert ended.count("taken") == 4

"""An operator and the approved templates: what the picker shows, what is sent, what is said when it can't."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.appeals.models import AppealStatus, Conversation, Draft, DraftFate, Message
from apps.appeals.prefilling import prefilled
from apps.channels.connectors.whatsapp.templates import read
from apps.channels.models import Channel, Delivery, KnownTemplate, Receipt
from apps.channels.templates import slots
from apps.core.models import State
from apps.integrations.checking import check_connection
from apps.tenants.models import Tenant
from tests.appeals.test_whatsapp import Come, come, meta, number, write
from tests.channels.test_templates import LONG_AGO, NAMED, READY
from tests.peers.whatsapp import WhatsAppPeer, template
from tests.work import close_windows, drain

__all__ = ["come", "meta", "number"]

Page = Callable[[Conversation], str]
pytestmark = pytest.mark.django_db


@pytest.fixture
def silent(come: Come, meta: WhatsAppPeer, number: Channel) -> Conversation:
    """A client who wrote long ago, at a number with two templates."""
    meta.templates = [READY, NAMED]
    check_connection(connection=number.connection)
    come("text", timestamp=str(int((timezone.now() - LONG_AGO).timestamp())))
    close_windows()
    drain()
    return Conversation.objects.get()


def address(conversation: Conversation, rest: str = "") -> str:
    return f"/admin/desk/{conversation.pk}/{rest}"


def send(desk: Client, conversation: Conversation, name: str = "order_ready", **given: str) -> Any:
    values = {"header.1": "№17", "body.1": "Иван", "body.2": "iPhone 14", "button1.1": "17"}
    row = KnownTemplate.objects.get(name=name)
    data = {f"value.{key}": value for key, value in values.items()}
    data |= {"template": str(row.pk), "key": str(uuid.uuid4()), "seen": "9999999"} | given
    answer = desk.post(address(conversation, "templates/send/"), data).json()
    drain()
    return answer


def test_who_cannot_write_is_shown_the_way_out_before_they_write(
    silent: Conversation, page: Page, desk: Client
) -> None:
    shown = page(silent)
    assert "одобренный шаблон" in shown
    assert "data-templates-open" in shown
    picker = look(desk, silent)
    assert "order_ready" in picker
    # The client's name stands already where a greeting wants it, and what was seen as an example is told.
    assert 'value="Иван Петров"' in picker
    assert "например: iPhone 14" in picker


def test_a_template_is_sent_and_is_a_message_like_any_other(
    silent: Conversation, desk: Client, page: Page, meta: WhatsAppPeer
) -> None:
    assert send(desk, silent)["ok"]
    assert [one["type"] for one in meta.sent] == ["template"]
    message = Message.objects.exclude(delivery=None).get()
    assert message.text.startswith("Заказ №17\n\nЗдравствуйте, Иван!")
    assert message.appeal is not None
    assert message.appeal.status == AppealStatus.IN_PROGRESS
    silent.refresh_from_db()
    assert silent.waiting_since is None
    assert 'title="order_ready"' in page(silent)


def test_the_same_form_twice_is_one_message(silent: Conversation, desk: Client, meta: WhatsAppPeer) -> None:
    key = str(uuid.uuid4())
    assert send(desk, silent, key=key)["ok"]
    assert send(desk, silent, key=key)["ok"]
    assert len(meta.sent) == 1
    changed = send(desk, silent, key=key, **{"value.body.1": "Пётр"})
    assert changed["code"] == "sent_before"


def test_a_draft_no_longer_fits_once_a_template_went(silent: Conversation, desk: Client) -> None:
    appeal = silent.appeals.get()
    draft = Draft.objects.create(
        tenant=silent.tenant,
        appeal=appeal,
        answers=silent.messages.get(),
        text="Да",
        fate=DraftFate.WAITING,
        state=State.DONE,
    )
    send(desk, silent)
    draft.refresh_from_db()
    assert draft.fate == DraftFate.OUTDATED


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"value.body.2": " "}, "Заполните"),
        ({"template": "0"}, "больше нет"),
        ({"template": "x"}, "больше нет"),
        ({"key": "x"}, "устарела"),
        ({"value.body.2": "ы" * 1100}, "символов"),
    ],
)
def test_what_cannot_go_is_told_and_nothing_is_sent(
    silent: Conversation, desk: Client, meta: WhatsAppPeer, given: dict[str, str], said: str
) -> None:
    answer = send(desk, silent, **given)
    assert not answer["ok"]
    assert said in answer["error"]
    assert meta.sent == []


def test_inside_the_window_one_may_be_sent_as_well(come: Come, desk: Client, meta: WhatsAppPeer) -> None:
    meta.templates = [READY]
    check_connection(connection=Channel.objects.get().connection)
    come("text")
    assert send(desk, Conversation.objects.get())["ok"]
    write(desk, "И ещё словами")
    drain()
    assert [one["type"] for one in meta.sent] == ["template", "text"]


def test_another_numbers_template_is_not_there(silent: Conversation, desk: Client) -> None:
    """Nor another organisation's."""
    row = KnownTemplate.objects.get(name="order_ready")
    stranger = Tenant.objects.create(slug="other", name="Чужие")
    connection = silent.channel.connection
    connection.pk = None
    connection.tenant, connection.key = stranger, "wa2"
    connection.save()
    row.channel = Channel.objects.create(tenant=stranger, connection=connection, key="wa2", name="x")
    row.tenant = stranger
    row.save()
    answer = desk.post(
        address(silent, "templates/send/"), {"template": str(row.pk), "key": str(uuid.uuid4())}
    ).json()
    assert not answer["ok"]
    other = Conversation.objects.create(
        tenant=stranger,
        channel=row.channel,
        identity=silent.identity,
        contact=silent.contact,
        external_chat_id="1",
    )
    for rest in ("templates/", "templates/send/", "templates/refresh/", "seen/"):
        ask = desk.get if rest == "templates/" else desk.post
        assert ask(address(other, rest)).status_code == 404


def test_without_templates_it_is_said_where_they_are_made(
    come: Come, desk: Client, meta: WhatsAppPeer, number: Channel
) -> None:
    come("text")
    conversation = Conversation.objects.get()
    empty = look(desk, conversation)
    assert "WhatsApp Manager" in empty
    assert "Обновить" in empty

    meta.templates = [READY]
    desk.post(address(conversation, "templates/refresh/"))
    assert "data-refreshing" in look(desk, conversation)
    drain()
    assert "order_ready" in look(desk, conversation)


def test_a_list_that_could_not_be_fetched_says_why(
    silent: Conversation, desk: Client, meta: WhatsAppPeer
) -> None:
    meta.fail("templates", 403, 10)
    desk.post(address(silent, "templates/refresh/"))
    drain()
    shown = look(desk, silent)
    assert "Не удалось получить шаблоны" in shown
    assert "Meta Business" in shown
    assert "order_ready" in shown  # what was known still goes


def test_a_template_with_a_picture_is_shown_with_the_reason_it_cannot_go(
    silent: Conversation, desk: Client, meta: WhatsAppPeer
) -> None:
    meta.templates = [template("pic", "ru", BODY={"text": "Скидка"}, HEADER={"format": "IMAGE"})]
    desk.post(address(silent, "templates/refresh/"))
    drain()
    assert "отправьте его из самого сервиса" in look(desk, silent)
    assert "картинка" in send(desk, silent, name="pic")["error"]


def test_the_page_asks_nothing_of_templates_and_marks(silent: Conversation, desk: Client) -> None:
    """What they need is asked for by the browser, apart."""
    look(desk, silent)
    with CaptureQueriesContext(database) as caught:
        desk.get(address(silent))
    own = ("channels_knowntemplate", "channels_templatelist", "channels_receipt")
    asked = [one["sql"] for one in caught.captured_queries]
    assert asked
    assert not [sql for sql in asked if any(table in sql for table in own)]


def test_the_picker_costs_the_same_however_many_there_are(
    silent: Conversation,
    desk: Client,
    meta: WhatsAppPeer,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    look(desk, silent)
    with django_assert_max_num_queries(12) as few:
        look(desk, silent)
    as_few = len(few)
    meta.templates = [template(f"t{n}", "ru", BODY={"text": "{{1}}"}) for n in range(40)]
    desk.post(address(silent, "templates/refresh/"))
    drain()
    with django_assert_max_num_queries(as_few):
        look(desk, silent)


def look(desk: Client, conversation: Conversation) -> str:
    return desk.get(address(conversation, "templates/")).content.decode()


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("Здравствуйте, {{1}}! Готово.", True),
        ("Добрый день {{1}}", True),
        ("Dear {{1}}, it is ready", True),
        ("Ваш {{1}} готов", False),
        ("{{customer_name}}, приходите", True),
        ("{{first_name}}", True),
        ("{{shop_name}}", False),
        ("{{device}}", False),
    ],
)
def test_the_clients_name_stands_where_it_fits(text: str, fits: bool) -> None:
    one = read(template("a", "ru", BODY={"text": text}))
    assert one is not None
    assert prefilled(one, slots(one)[0], name="Иван") == ("Иван" if fits else "")
    assert prefilled(one, slots(one)[0], name="") == ""


# --- what was seen


def test_what_an_operator_saw_is_marked_and_what_they_did_not_see_is_not(
    come: Come, desk: Client, meta: WhatsAppPeer, page: Page
) -> None:
    come("text", id="wamid.A")
    first = Message.objects.get()
    come("text", id="wamid.B")
    assert f"/admin/desk/{first.conversation_id}/seen/" in page(first.conversation)
    assert meta.read == []  # a page is asked for by programs, too
    desk.post(address(first.conversation, "seen/"), {"seen": str(first.pk)})
    drain()
    assert meta.read == ["wamid.A"]


def test_an_answer_marks_what_was_before_the_operators_eyes(
    come: Come, desk: Client, meta: WhatsAppPeer
) -> None:
    come("text", id="wamid.A")
    write(desk, "Да")
    drain()
    assert meta.read == ["wamid.A"]


def test_whoever_looks_after_the_system_reads_unseen(come: Come, meta: WhatsAppPeer, page: Page) -> None:
    come("text", id="wamid.A")
    message = Message.objects.get()
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    assert "/seen/" not in root.get(address(message.conversation)).content.decode()
    root.post(address(message.conversation, "seen/"), {"seen": str(message.pk)})
    assert not Receipt.objects.exists()


def test_switched_off_in_the_channel_no_page_tells_of_it(
    come: Come, desk: Client, number: Channel, page: Page
) -> None:
    come("text", id="wamid.A")
    Channel.objects.update(shows_reading=False)
    conversation = Conversation.objects.get()
    assert "/seen/" not in page(conversation)
    desk.post(address(conversation, "seen/"), {"seen": "99999999"})
    write(desk, "Да")
    assert not Receipt.objects.exists()


def test_a_failed_message_shows_its_reason_and_each_try(
    come: Come, desk: Client, page: Page, meta: WhatsAppPeer
) -> None:
    come("text")
    write(desk, "Да")
    drain()
    come("status_failed", id="wamid.SENT1", errors=[{"code": 131016}])
    Delivery.objects.get().tries.update(request_id="req-77")
    shown = page(Conversation.objects.get())
    assert "из-за собственного сбоя" in shown
    assert "принято сервисом" in shown
    assert "req-77" in shown

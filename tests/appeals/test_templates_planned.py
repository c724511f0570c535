"""An approved template for later: sent at its time, unless the client writes or it is withdrawn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Conversation, Message, PlannedAnswer
from apps.channels.models import KnownTemplate
from apps.integrations.checking import check_connection
from tests.appeals.composing import back, its_time_comes, on_the_wall
from tests.appeals.test_templates import send, silent
from tests.appeals.test_whatsapp import Come, come, meta, number
from tests.channels.test_templates import NAMED, READY
from tests.peers.whatsapp import WhatsAppPeer
from tests.work import drain

__all__ = ["come", "meta", "number", "silent"]

pytestmark = pytest.mark.django_db
WORDS = "Здравствуйте, Иван!"


def plan(desk: Client, chat: Conversation, **given: str) -> PlannedAnswer:
    assert send(desk, chat, at=on_the_wall(chat.tenant, ahead=timedelta(hours=2)), **given) == {"ok": True}
    return PlannedAnswer.objects.get()


def ours() -> list[Message]:
    return list(Message.objects.exclude(delivery=None))


def listed(desk: Client) -> str:
    return str(desk.get("/admin/desk/planned/").content.decode())


def test_it_goes_at_its_time_though_the_window_is_closed(
    silent: Conversation, desk: Client, meta: WhatsAppPeer, page: Callable[[Conversation], str]
) -> None:
    planned = plan(desk, silent)
    assert (planned.is_scheduled, meta.sent) == (True, [])
    assert WORDS in listed(desk)
    assert "order_ready" in listed(desk)
    assert WORDS in page(silent)
    with time_machine.travel(planned.send_at + timedelta(seconds=1)):
        drain()
    assert [one["type"] for one in meta.sent] == ["template"]
    assert ours()[0].text.startswith("Заказ №17")
    assert WORDS not in listed(desk)


def test_the_client_writes_before_it_and_it_is_cancelled(
    silent: Conversation, desk: Client, come: Come, meta: WhatsAppPeer
) -> None:
    plan(desk, silent)
    come("text", id="wamid.SECOND", timestamp=str(int(timezone.now().timestamp())))
    its_time_comes()
    drain()
    assert meta.sent == []
    assert PlannedAnswer.objects.get().fate == "client_wrote"
    assert "клиент написал раньше" in listed(desk)


@pytest.mark.parametrize("now_has", [[NAMED], [READY | {"language": "en"}, NAMED]])
def test_withdrawn_or_changed_meanwhile_it_is_not_sent_and_says_why(
    silent: Conversation, desk: Client, meta: WhatsAppPeer, now_has: list[dict[str, Any]]
) -> None:
    planned = plan(desk, silent)
    meta.templates = now_has
    check_connection(connection=silent.channel.connection)
    drain()
    its_time_comes()
    drain()
    assert (meta.sent, ours()) == ([], [])
    assert "отозвал или изменил этот шаблон" in listed(desk)
    # Approved again, it goes by a person's wish.
    meta.templates = [READY, NAMED]
    check_connection(connection=silent.channel.connection)
    drain()
    desk.post(f"/admin/desk/{silent.pk}/planned/{planned.pk}/now/")
    drain()
    assert len(meta.sent) == 1


def test_taken_back_it_has_its_words_and_its_time(silent: Conversation, desk: Client) -> None:
    planned = plan(desk, silent, anyway="1")
    content = back(desk, planned)["content"]
    row = KnownTemplate.objects.get(name="order_ready")
    assert content["template"]["row"] == row.pk
    assert content["template"]["values"]["body.1"] == "Иван"
    assert (content["anyway"], content["text"]) == (True, "")
    assert content["at"] == on_the_wall(silent.tenant, ahead=timedelta(hours=2))


def test_a_time_that_has_passed_plans_nothing(silent: Conversation, desk: Client) -> None:
    answer = send(desk, silent, at=on_the_wall(silent.tenant, ahead=-timedelta(hours=1)))
    assert "в будущем" in answer["error"]
    assert not PlannedAnswer.objects.exists()

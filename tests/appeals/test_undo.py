"""An answer waits for some seconds in which it can be taken back; then it goes, whatever the browser does."""

import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.appeals.models import (
    Appeal,
    Author,
    Conversation,
    Draft,
    DraftFate,
    Message,
    PlannedAnswer,
    PlannedFate,
    Upload,
)
from apps.appeals.planned.taking_back import client_wrote
from apps.channels.models import Channel, Delivery
from apps.core.models import State
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from tests.appeals.composing import back, its_time_comes, let_undo, put, send
from tests.work import drain

Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(shop: Tenant, routed: Routed) -> Conversation:
    let_undo(shop)
    return routed("Здравствуйте!")


def ours() -> list[str]:
    return list(Message.objects.filter(author=Author.OPERATOR).order_by("pk").values_list("text", flat=True))


def test_nothing_goes_before_its_seconds_are_over_and_then_it_goes_by_itself(
    talk: Conversation, desk: Client
) -> None:
    assert send(desk, talk, "Да, есть") == {"ok": True}
    drain()
    assert Delivery.objects.count() == 0
    its_time_comes()
    drain()

    assert ours() == ["Да, есть"]
    assert Delivery.objects.get().state == State.DONE
    assert PlannedAnswer.objects.get().fate == PlannedFate.SENT


def test_taken_back_it_is_handed_to_the_composer_and_nothing_is_sent(
    talk: Conversation, desk: Client
) -> None:
    send(desk, talk, "Да, есть")
    answer = back(desk, PlannedAnswer.objects.get())
    its_time_comes()
    drain()

    assert (answer["ok"], answer["content"]["text"]) == (True, "Да, есть")
    assert (Delivery.objects.count(), ours()) == (0, [])
    assert Conversation.objects.get(pk=talk.pk).waiting_since is not None


def test_after_it_went_that_is_said(talk: Conversation, desk: Client) -> None:
    send(desk, talk, "Да, есть")
    its_time_comes()
    drain()
    answer = back(desk, PlannedAnswer.objects.get())

    assert (answer["ok"], answer["code"]) == (False, "sent")
    assert ours() == ["Да, есть"]


def test_answers_go_in_the_order_in_which_they_were_written(
    talk: Conversation, desk: Client, shop: Tenant
) -> None:
    send(desk, talk, "Первое")
    let_undo(shop, 0)
    send(desk, talk, "Второе")  # must not overtake
    drain()
    assert ours() == []
    its_time_comes()
    drain()

    assert ours() == ["Первое", "Второе"]


def test_one_taken_back_does_not_hold_up_the_next(talk: Conversation, desk: Client) -> None:
    send(desk, talk, "Первое")
    send(desk, talk, "Второе")
    back(desk, PlannedAnswer.objects.order_by("pk")[0])
    PlannedAnswer.objects.filter(text="Второе").update(due_at=talk.last_message_at)
    drain()

    assert ours() == ["Второе"]


def test_the_same_form_sent_twice_is_one_answer(talk: Conversation, desk: Client) -> None:
    key = str(uuid.uuid4())
    for _again in range(2):
        assert send(desk, talk, "Да, есть", key=key) == {"ok": True}
    its_time_comes()
    drain()
    assert send(desk, talk, "Да, есть", key=key) == {"ok": True}
    drain()

    assert ours() == ["Да, есть"]


def test_changed_words_under_a_used_key_are_refused_not_swallowed(talk: Conversation, desk: Client) -> None:
    key = str(uuid.uuid4())
    send(desk, talk, "Да", key=key)
    assert send(desk, talk, "Нет", key=key)["code"] == "sent_before"
    back(desk, PlannedAnswer.objects.get())
    assert send(desk, talk, "Да", key=key)["code"] == "sent_before"


def test_a_channel_has_seconds_of_its_own(talk: Conversation, desk: Client, chat: Channel) -> None:
    Channel.objects.filter(pk=chat.pk).update(undo_seconds=0)
    send(desk, talk, "Сразу")

    assert ours() == ["Сразу"]


def test_what_can_not_go_is_said_at_once(talk: Conversation, desk: Client) -> None:
    assert send(desk, talk, "   ")["ok"] is False
    assert PlannedAnswer.objects.count() == 0


def test_a_draft_comes_back_as_a_draft_and_is_sent_by_one_colleague_alone(
    talk: Conversation, desk: Client
) -> None:
    draft = Draft.objects.create(
        tenant=talk.tenant,
        appeal=Appeal.objects.get(),
        answers=Message.objects.get(),
        text="Приезжайте, посмотрим",
        fate=DraftFate.WAITING,
        state=State.DONE,
    )
    send(desk, talk, "Приезжайте, посмотрим", draft=str(draft.pk))
    assert "Приезжайте, посмотрим" not in desk.get(f"/admin/desk/{talk.pk}/live/?stamp=").json()["draft"]
    assert send(desk, talk, "Приезжайте, посмотрим", draft=str(draft.pk))["code"] == "draft_sent"
    assert back(desk, PlannedAnswer.objects.get())["content"]["draft"] == draft.pk
    send(desk, talk, "Приезжайте, посмотрим", draft=str(draft.pk))
    its_time_comes()
    drain()

    draft.refresh_from_db()
    assert draft.fate == DraftFate.ACCEPTED


def test_the_clients_words_within_the_seconds_do_not_stop_it_and_still_wait(
    talk: Conversation, desk: Client, visit: Callable[..., str]
) -> None:
    seen = Message.objects.latest("pk")
    send(desk, talk, "Да, есть", seen=str(seen.pk))
    later = Message.objects.create(
        tenant=talk.tenant, conversation=talk, author=Author.CLIENT, text="И когда?", sent_at=seen.sent_at
    )
    client_wrote(talk)
    its_time_comes()
    drain()

    assert ours() == ["Да, есть"]
    assert Conversation.objects.get(pk=talk.pk).waiting_since == later.received_at


def test_only_its_author_takes_it_back(talk: Conversation, desk: Client, shop: Tenant) -> None:
    send(desk, talk, "Да, есть")
    add_member(tenant=shop, username="boris", role=Role.OPERATOR, name="Борис")
    other = Client()
    other.force_login(User.objects.get(username="boris"))
    answer = back(other, PlannedAnswer.objects.get())

    assert answer["code"] == "not_yours"
    assert "data-undo" in desk.get(f"/admin/desk/{talk.pk}/").content.decode()
    assert "data-undo" not in other.get(f"/admin/desk/{talk.pk}/").content.decode()


def test_files_come_back_with_the_words(arrive: Callable[..., None], shop: Tenant, desk: Client) -> None:
    let_undo(shop)
    arrive("text")
    chat = Conversation.objects.get()
    files = [put(desk, chat, name)["id"] for name in ("один.jpg", "два.jpg")]
    send(desk, chat, "Вот", uploads=files)
    content = back(desk, PlannedAnswer.objects.get())["content"]
    assert [file["id"] for file in content["files"]] == files
    send(desk, chat, "Вот", uploads=files[::-1])
    its_time_comes()
    drain()

    assert list(Upload.objects.filter(used_at=None)) == []
    names = (
        Message.objects.filter(author=Author.OPERATOR).order_by("pk").values_list("attachments__name", "text")
    )
    assert list(names) == [("два.jpg", ""), ("один.jpg", "Вот")]

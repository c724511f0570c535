"""What the operators' pages show, and that they go on showing what is true."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.appeals.desk import feed, rows
from apps.appeals.models import (
    Appeal,
    Attachment,
    Author,
    Batch,
    Contact,
    Conversation,
    Device,
    Message,
    Repair,
)
from apps.channels.connectors import webchat
from apps.channels.models import Delivery
from apps.core.models import State
from tests.work import drain

Visit = Callable[..., str]
Routed = Callable[..., Conversation]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db


def said(conversation: Conversation, text: str = "", **fields: Any) -> Message:
    given = {"author": Author.CLIENT, "sent_at": timezone.now(), **fields}
    return Message.objects.create(tenant=conversation.tenant, conversation=conversation, text=text, **given)


def test_a_long_message_is_folded_and_whole_inside(routed: Routed, page: Page) -> None:
    conversation = routed("Коротко")
    assert '<details class="bubble-whole"' not in page(conversation)
    said(conversation, "слово " * 20_000 + "последнее")

    shown = page(conversation)
    folded = shown[shown.index('<details class="bubble-whole"') :]
    assert len(folded[: folded.index("</summary>")]) < 4000
    assert "последнее" in folded[: folded.index("</details>")]


def test_the_composer_knows_the_channels_limit_and_the_server_refuses_beyond(
    routed: Routed, desk: Client, page: Page
) -> None:
    conversation = routed("Здравствуйте!")
    limit = webchat.LIMITS.text
    assert f'data-limit="{limit}"' in page(conversation)

    refused = write(desk, conversation, "x" * (limit + 1))
    assert str(limit) in refused["error"]
    assert write(desk, conversation, "\r\n".join(["x" * (limit // 2 - 1)] * 2)) == {"ok": True}
    assert Delivery.objects.count() == 1


def test_older_messages_are_all_found_though_many_bear_one_second(
    routed: Routed, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "SHOWN", 3)
    conversation = routed("0")
    second = timezone.now()
    for number in range(1, 8):
        said(conversation, str(number), sent_at=second)
    seen: list[str] = []
    address = f"/admin/desk/{conversation.pk}/"
    context = desk.get(address).context
    while True:
        seen = [message.text for message in context["feed"]] + seen
        if not context["has_older"]:
            break
        context = desk.get(f"{address}?before={context['feed'][0].pk}").context

    assert seen == [str(number) for number in range(8)]


@pytest.mark.parametrize("value", ["nonsense", "9" * 5000, "-1", "\u0663", "2026-01-01"])
def test_a_mistyped_address_breaks_no_page(routed: Routed, desk: Client, value: str) -> None:
    conversation = routed("Здравствуйте!")
    assert desk.get(f"/admin/desk/{conversation.pk}/", {"before": value}).status_code == 200
    assert desk.get("/admin/desk/", {"n": value, "q": value, "view": value}).status_code == 200
    assert desk.get("/admin/desk/", {"q": "a\x00b"}).status_code < 500
    assert write(desk, conversation, "Да", draft=value, seen=value) == {"ok": True}


def listed(desk: Client, address: str, query: dict[str, str] | None = None) -> list[int]:
    return [one.pk for one in desk.get(address, query).context["look"].chosen]


def test_an_appeal_is_found_by_its_number(routed: Routed, desk: Client) -> None:
    first, _second = routed("Здравствуйте!"), routed("Добрый день!")
    number = Appeal.objects.get(conversation=first).pk

    assert listed(desk, "/admin/desk/", {"q": f"№{number}"}) == [first.pk]


def test_who_waits_longest_is_first_among_those_who_wait(routed: Routed, desk: Client) -> None:
    first, second = routed("Раньше"), routed("Позже")
    Conversation.objects.filter(pk=first.pk).update(last_message_at=timezone.now())

    assert listed(desk, "/admin/desk/") == [first.pk, second.pk]
    assert listed(desk, "/admin/desk/?view=waiting") == [first.pk, second.pk]
    Conversation.objects.filter(pk=second.pk).update(waiting_since=timezone.now() - timedelta(hours=1))
    assert listed(desk, "/admin/desk/?view=waiting") == [second.pk, first.pk]


def test_a_picture_without_words_is_named_in_the_list(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    message = said(conversation)
    Attachment.objects.create(tenant=conversation.tenant, message=message, kind="image", ref="x")

    words = desk.get("/admin/desk/").content.decode()
    assert "Здравствуйте!" not in words
    assert "Фото" in words or "Изображение" in words or "Картинка" in words or "Picture" in words


def test_the_list_reads_no_more_of_a_long_message_than_it_shows(routed: Routed) -> None:
    chat = routed("Здравствуйте!")
    said(chat, "я" * 100_000)

    chosen = rows.chosen_by(Conversation.objects.all(), None, query="", most=1)
    assert len(rows._details(chosen)[chat.pk].last.head) == rows.HEAD


def test_what_changes_while_the_list_is_read_is_found_by_the_next_look(
    routed: Routed, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = routed("Здравствуйте!")
    details = rows._with_details

    def then_something_changes(chats: Any) -> Any:
        found = details(chats)
        list(found)
        Conversation.objects.filter(pk=conversation.pk).update(revision=999)
        return found

    monkeypatch.setattr(rows, "_with_details", then_something_changes)
    stamp = desk.get("/admin/desk/").context["look"].stamp
    assert desk.get(f"/admin/desk/live/?stamp={stamp}").status_code == 200


def test_a_status_that_came_while_the_page_was_read_is_found_by_the_next_look(
    routed: Routed, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = routed("Здравствуйте!")
    write(desk, conversation, "Да")
    drain()
    read = feed.read

    def then_it_is_read(*args: Any, **kwargs: Any) -> Any:
        shown = read(*args, **kwargs)
        Delivery.objects.update(read_at=timezone.now())
        return shown

    monkeypatch.setattr(feed, "read", then_it_is_read)
    stamp = desk.get(f"/admin/desk/{conversation.pk}/").context["stamp"]
    assert desk.get(f"/admin/desk/{conversation.pk}/live/?stamp={stamp}").status_code == 200


def test_a_try_that_is_put_off_is_seen(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    write(desk, conversation, "Да")
    stamp = desk.get(f"/admin/desk/{conversation.pk}/").context["stamp"]
    later = timezone.now() + timedelta(minutes=2)
    Delivery.objects.update(due_at=later, failures=1, attempts=1, error_code="transient", error_text="…")

    parts = desk.get(f"/admin/desk/{conversation.pk}/live/?stamp={stamp}").json()
    assert "hourglass_top" in parts["feed"]


def test_a_batch_that_could_not_be_sorted_says_so(visit: Visit, desk: Client) -> None:
    visit("Здравствуйте!")
    drain()
    Batch.objects.update(state=State.FAILED, error_code="internal")
    shown = desk.get(f"/admin/desk/{Conversation.objects.get().pk}/live/?stamp=").json()

    assert 'role="alert"' in shown["window"]


def test_a_corrected_name_is_seen_in_all_the_clients_conversations(routed: Routed, desk: Client) -> None:
    first, second = routed("Здравствуйте!"), routed("Добрый день!")
    Conversation.objects.filter(pk=second.pk).update(contact=first.contact)
    stamp = desk.get(f"/admin/desk/{second.pk}/").context["stamp"]
    desk.post(f"/admin/desk/{first.pk}/contact/", {"name": "Иван"})

    assert desk.get(f"/admin/desk/{second.pk}/live/?stamp={stamp}").status_code == 200
    assert Contact.objects.filter(name="Иван").count() == 1


def test_a_conversations_page_costs_the_same_queries_however_much_is_in_it(
    routed: Routed, desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = routed("Здравствуйте!")
    fill(desk, conversation)
    address = f"/admin/desk/{conversation.pk}/"
    desk.get(address)
    with django_assert_max_num_queries(40) as once:
        desk.get(address)
    as_once = len(once)
    for _more in range(4):
        fill(desk, conversation)
    with django_assert_max_num_queries(as_once):
        desk.get(address)


def fill(desk: Client, conversation: Conversation) -> None:
    """One of everything that a page shows."""
    write(desk, conversation, "Да")
    drain()
    message = said(conversation, "Ещё")
    Attachment.objects.create(tenant=conversation.tenant, message=message, kind="image", ref="x")
    device = Device.objects.create(tenant=conversation.tenant, appeal=Appeal.objects.get(), model="14")
    repair = Repair.objects.create(tenant=conversation.tenant, device=device, repair_type="Замена")
    repair.parts.create(tenant=conversation.tenant, name="Аккумулятор")


def write(desk: Client, conversation: Conversation, text: str, **fields: str) -> Any:
    data = {"text": text, "key": str(uuid.uuid4()), **fields}
    return desk.post(f"/admin/desk/{conversation.pk}/answer/", data).json()

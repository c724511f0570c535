"""What Telegram brings, from the webhook to the operator's page."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Attachment,
    Author,
    Batch,
    Conversation,
    Device,
    Identity,
    Message,
)
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.core.models import State
from apps.core.work.perform import run
from apps.integrations.connecting import connect
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from config.storage import backend
from tests.channels.bots import changed, make_bot, post, update
from tests.channels.outbox import let_pass
from tests.peers.anthropic import AnthropicPeer
from tests.peers.telegram import TelegramPeer
from tests.sounds import picture
from tests.work import close_windows, drain

Arrive = Callable[..., None]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db

OGG, JPEG = b"OggS" + bytes(100), picture()


# --- files


def test_a_voice_message_is_stored_and_played_to_those_who_see_the_conversation(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    bot_peer.files["voice/AwACAgIAAxkBAAIxxx..."] = OGG
    arrive("voice")

    file = Attachment.objects.get()
    assert (file.kind, file.seconds, file.content_type, file.size) == ("voice", 5, "audio/ogg", len(OGG))
    assert f'<source src="/admin/desk/file/{file.pk}/" type="audio/ogg">' in page(Conversation.objects.get())
    answer = desk.get(f"/admin/desk/file/{file.pk}/")
    assert b"".join(answer) == OGG
    assert answer["Content-Type"] == "audio/ogg"
    assert answer["Content-Disposition"].startswith("inline")


def test_a_file_is_handed_out_in_parts_as_players_ask(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client
) -> None:
    bot_peer.files["voice/AwACAgIAAxkBAAIxxx..."] = OGG
    arrive("voice")
    address = f"/admin/desk/file/{Attachment.objects.get().pk}/"

    part = desk.get(address, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content, part["Content-Range"]) == (206, b"OggS", "bytes 0-3/104")
    assert part["Content-Type"] == "audio/ogg"
    assert len(desk.get(address, headers={"Range": "bytes=100-"}).content) == 4
    assert desk.get(address, headers={"Range": "bytes=-8"})["Content-Range"] == "bytes 96-103/104"
    for senseless in ("bytes=5-2", "bytes=-", "chunks=0-3"):
        assert b"".join(desk.get(address, headers={"Range": senseless})) == OGG
    assert desk.get(address, headers={"Range": "bytes=104-"}).status_code == 416


def test_a_photo_is_shown_in_the_page(arrive: Arrive, bot_peer: TelegramPeer, page: Page) -> None:
    bot_peer.files["photos/large"] = JPEG
    arrive("photo")

    file = Attachment.objects.get()
    shown = page(Conversation.objects.get())
    assert f'<img src="/admin/desk/file/{file.pk}/shown/"' in shown
    assert 'width="40" height="30"' in shown


def test_strangers_get_no_file(arrive: Arrive, bot_peer: TelegramPeer, client: Client) -> None:
    bot_peer.files["photos/large"] = JPEG
    arrive("photo")
    address = f"/admin/desk/file/{Attachment.objects.get().pk}/"
    assert client.get(address).status_code == 302

    other = Tenant.objects.create(slug="other", name="Другая")
    client.force_login(add_member(tenant=other, username="eve", role=Role.ADMIN, name="Ева").user)
    assert client.get(address).status_code == 404
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    assert client.get(address).status_code == 403


def test_markup_disguised_as_a_picture_is_only_ever_downloaded(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    bot_peer.files["photos/large"] = b"<html><script>alert(1)</script>"
    arrive("photo")

    file = Attachment.objects.get()
    answer = desk.get(f"/admin/desk/file/{file.pk}/")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"alert" in b"".join(answer)
    assert '<img src="/admin/desk/file/' not in page(Conversation.objects.get())


def test_a_file_too_large_to_be_had_leaves_its_place_and_the_reason(
    arrive: Arrive, bot_peer: TelegramPeer, page: Page
) -> None:
    arrive("voice", voice={"file_id": "huge", "duration": 9, "file_size": 21 * 1024 * 1024})

    file = Attachment.objects.get()
    assert (file.state, file.error_code, bool(file.file)) == (State.FAILED, "too_large", False)
    shown = page(Conversation.objects.get())
    assert "20 МБ" in shown or "20 MB" in shown
    assert Conversation.objects.get().messages.count() == 1


@pytest.mark.parametrize("address", ["s3+http://key:secret@127.0.0.1:1/bucket", "file:///proc/nowhere"])
def test_a_storage_that_is_away_is_tried_again(
    arrive: Arrive, bot_peer: TelegramPeer, settings: Any, address: str
) -> None:
    bot_peer.files["photos/large"] = JPEG
    settings.STORAGES = {**settings.STORAGES, "default": backend(address, settings.MEDIA_ROOT)}
    arrive("photo")

    file = Attachment.objects.get()
    assert (file.state, file.error_code, file.failures) == (State.QUEUED, "storage", 1)
    assert file.due_at > timezone.now()


def test_a_document_keeps_the_kind_it_was_sent_as(arrive: Arrive, bot_peer: TelegramPeer) -> None:
    bot_peer.files["documents/doc"] = b"no signature"
    arrive("document")

    assert Attachment.objects.get().content_type == "application/pdf"


def test_a_file_gone_from_the_storage_is_not_found(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client
) -> None:
    bot_peer.files["photos/large"] = JPEG
    arrive("photo")
    file = Attachment.objects.get()
    file.file.delete(save=False)

    assert desk.get(f"/admin/desk/file/{file.pk}/").status_code == 404


# --- blocked


def test_a_client_who_blocks_the_bot_is_shown_so_and_who_writes_again_is_not(
    arrive: Arrive, page: Page, desk: Client
) -> None:
    arrive("text")
    conversation = Conversation.objects.get()
    arrive("blocked")
    assert Identity.objects.get().is_reachable is False
    assert 'role="alert"' in page(conversation)
    assert "is-bad" in desk.get("/admin/desk/").content.decode()
    assert InboundEvent.objects.latest("pk").outcome == Outcome.STATUS

    arrive("text", message_id=1300, text="Передумал")
    assert Identity.objects.get().is_reachable is True
    assert 'role="alert"' not in page(conversation)


def test_unblocking_makes_reachable_again(arrive: Arrive) -> None:
    arrive("text")
    arrive("blocked")
    arrive("unblocked")

    assert Identity.objects.get().is_reachable is True


def test_a_refusal_because_of_a_block_marks_the_client_and_a_later_success_unmarks(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    arrive("text")
    conversation = Conversation.objects.get()
    bot_peer.fail("sendMessage", 403, "Forbidden: bot was blocked by the user")
    write(desk, conversation, "Здравствуйте!")
    drain()

    assert Identity.objects.get().is_reachable is False
    assert Delivery.objects.get().state == State.FAILED
    assert 'role="alert"' in page(conversation)
    # Nobody who blocked us is listed as waiting for an answer that can't reach them.
    assert Conversation.objects.get().waiting_since is None

    let_pass(1)
    desk.post(f"/admin/desk/{conversation.pk}/resend/{Delivery.objects.get().pk}/")
    drain()
    assert Identity.objects.get().is_reachable is True


def test_an_answer_that_did_not_arrive_makes_its_client_wait_again(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client
) -> None:
    arrive("text")
    conversation = Conversation.objects.get()
    bot_peer.fail("sendMessage", 400, "Bad Request: something new")
    write(desk, conversation, "Здравствуйте!")
    assert Conversation.objects.get().waiting_since is None
    drain()

    assert Conversation.objects.get().waiting_since is not None
    listed = desk.get("/admin/desk/?view=waiting")
    assert [row.pk for row in listed.context["rows"]] == [conversation.pk]
    assert listed.context["rows"][0].last_state == State.FAILED

    let_pass(1)
    desk.post(f"/admin/desk/{conversation.pk}/resend/{Delivery.objects.get().pk}/")
    drain()
    assert Delivery.objects.get().state == State.DONE
    assert Conversation.objects.get().waiting_since is None


# --- edits


def test_an_edit_is_shown_with_the_earlier_words(arrive: Arrive, page: Page) -> None:
    arrive("text", message_id=2039, text="Айфон 14, батарея")
    arrive("edited", text="iPhone 14 Pro, батарея")

    message = Message.objects.get()
    assert (message.text, message.earlier[0]["text"]) == ("iPhone 14 Pro, батарея", "Айфон 14, батарея")
    shown = page(message.conversation)
    assert "iPhone 14 Pro, батарея" in shown
    assert "Айфон 14, батарея" in shown


def test_an_edit_that_came_late_does_not_bring_old_words_back(arrive: Arrive) -> None:
    arrive("text", message_id=2039, text="раз")
    arrive("edited", text="три", edit_date=1763700090)
    arrive("edited", text="два", edit_date=1763700060)

    assert Message.objects.get().text == "три"


@pytest.fixture
def thinker(bot_peer: TelegramPeer, shop: Tenant) -> Iterator[AnthropicPeer]:
    with AnthropicPeer() as peer:
        connect(
            tenant=shop,
            connector="anthropic",
            key="claude",
            name="Claude",
            values={"api_key": peer.key, "base_url": peer.url},
        )
        yield peer


def test_after_routing_an_edit_is_read_again_for_the_same_appeal(
    arrive: Arrive, thinker: AnthropicPeer
) -> None:
    arrive("text", message_id=2039, text="экран треснул")
    arrive("text", message_id=2040, text="и жду ответа")
    close_windows()
    drain()
    thinker.extraction = {
        "appeal_type": "repair",
        "devices": [{"brand": "Google", "model": "Pixel 9", "repairs": []}],
    }
    arrive("edited", text="экран треснул на Pixel 9")
    close_windows()
    drain()

    appeal = Appeal.objects.get()
    assert Device.objects.filter(appeal=appeal, model="Pixel 9").exists()
    assert appeal.messages.filter(author=Author.CLIENT).count() == 2
    # And the reply that is proposed now is to the new words.
    assert [draft.fate for draft in appeal.drafts.order_by("-pk")] == ["waiting", "outdated"]


def test_an_edit_of_an_ended_appeals_message_opens_no_new_one(arrive: Arrive) -> None:
    arrive("text", message_id=2039, text="Айфон")
    close_windows()
    drain()
    Appeal.objects.update(status=AppealStatus.CLOSED)
    Conversation.objects.update(waiting_since=None)
    arrive("edited", text="iPhone")
    close_windows()
    drain()

    message = Message.objects.get()
    assert (message.text, message.appeal) == ("iPhone", Appeal.objects.get())
    assert Conversation.objects.get().waiting_since is not None


def test_an_edit_that_overtook_its_message_waits_for_it(arrive: Arrive) -> None:
    arrive("edited", text="новые слова")
    assert Message.objects.count() == 0
    arrive("text", message_id=2039, text="старые слова")
    make_due()
    drain()

    message = Message.objects.get()
    assert (message.text, message.earlier[0]["text"]) == ("новые слова", "старые слова")


def test_an_edit_whose_message_never_comes_is_a_message_of_its_own(arrive: Arrive) -> None:
    arrive("edited", text="новые слова")
    for _round in range(2):
        make_due()
        drain()

    assert Message.objects.get().text == "новые слова"
    arrive("text", message_id=2039, text="старые слова")
    assert Message.objects.count() == 1
    assert InboundEvent.objects.latest("pk").outcome == Outcome.DUPLICATE


def test_messages_of_one_second_stay_in_the_order_in_which_they_came(bot: Channel, page: Page) -> None:
    """Two workers may read them the other way round."""
    for number, text in enumerate(["сначала", "потом"], start=1):
        body = json.loads(changed("text", message_id=number, text=text))
        post(f"/webhook/telegram/{bot.public_id}", json.dumps(body | {"update_id": number}))
    for event in InboundEvent.objects.order_by("-pk"):
        run("channels.InboundEvent", event.pk)

    assert [message.text for message in Message.objects.all()] == ["сначала", "потом"]
    shown = page(Conversation.objects.get())
    assert shown.index("сначала") < shown.index("потом")
    close_windows()
    drain()
    assert [message.text for message in Batch.objects.get().messages.all()] == ["сначала", "потом"]


# --- whose is it


def test_a_known_client_leads_to_the_one_channel_they_wrote_in_before(shop: Tenant) -> None:
    first, second = plain_bot(shop, 1), plain_bot(shop, 2)
    known_in(first)
    post("/webhook/telegram/incoming", update("text"), secret=None)
    drain()
    assert InboundEvent.objects.latest("pk").channel == first

    known_in(second)
    post("/webhook/telegram/incoming", update("reply"), secret=None)
    drain()
    ambiguous = InboundEvent.objects.latest("pk")
    assert (ambiguous.outcome, ambiguous.channel) == (Outcome.UNROUTED, None)


def test_a_client_nobody_knows_stays_unrouted(shop: Tenant) -> None:
    for number in (1, 2):
        plain_bot(shop, number)
    post("/webhook/telegram/incoming", update("text"), secret=None)
    drain()

    assert InboundEvent.objects.get().outcome == Outcome.UNROUTED
    assert Message.objects.count() == 0


# --- bad content


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "\U0001f642\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u202eзадом наперёд\u202c",
        "до\u0000после",
        "поло\ud83dвина",
        "<script>alert(1)</script>",
    ],
    ids=["100 KB", "emoji only", "marks", "NUL", "lone surrogate", "markup"],
)
def test_bad_text_is_kept_and_shown(arrive: Arrive, page: Page, desk: Client, text: str) -> None:
    arrive("text", text=text)
    close_windows()
    drain()

    message = Message.objects.get()
    expected = text.replace("\u0000", "\ufffd").replace("\ud83d", "\ufffd")
    assert message.text == expected
    assert "<script>alert" not in page(message.conversation)
    assert desk.get("/admin/desk/").status_code == 200
    assert Appeal.objects.count() == 1


def test_marks_in_a_name_turn_nothing_around(arrive: Arrive, page: Page, desk: Client) -> None:
    sender = {"id": 700000001, "is_bot": False, "first_name": "\u202eнаИ\u2066", "username": "\u202eeve"}
    arrive("text", **{"from": sender})

    for shown in (page(Conversation.objects.get()), desk.get("/admin/desk/").content.decode()):
        assert not {"\u202e", "\u2066"} & set(shown)


@pytest.mark.parametrize("date", [0, 1, -5, 10**18, "вчера", None])
def test_an_impossible_time_becomes_the_time_it_came(arrive: Arrive, page: Page, date: object) -> None:
    arrive("text", date=date)

    message = Message.objects.get()
    assert abs(message.sent_at - timezone.now()) < timedelta(minutes=1)
    page(message.conversation)


def test_a_time_in_milliseconds_is_understood(arrive: Arrive) -> None:
    arrive("text", date=1763700000_000)

    assert Message.objects.get().sent_at == datetime.fromtimestamp(1763700000, UTC)


def plain_bot(tenant: Tenant, number: int) -> Channel:
    """One whose webhook was set without a secret."""
    return make_bot(tenant=tenant, secret="", token=f"{number}:a")


def known_in(channel: Channel) -> None:
    post(f"/webhook/telegram/{channel.public_id}", update("sticker"), secret=None)
    drain()
    assert Identity.objects.filter(channel=channel).exists()


def make_due() -> None:
    InboundEvent.objects.filter(state=State.QUEUED).update(due_at=timezone.now())


def write(desk: Client, conversation: Conversation, text: str, **fields: Any) -> Any:
    data = {"text": text, "key": str(uuid.uuid4()), **fields}
    return desk.post(f"/admin/desk/{conversation.pk}/answer/", data).json()

"""The web chat as a connector: its settings, what it reads, what it sends, what it shows on its card."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from model_bakery import baker
from pydantic import ValidationError

from apps.channels.connectors import webchat
from apps.channels.contract import Incoming, Outgoing, WebhookRequest
from apps.channels.models import ChatLine, ChatVisitor
from apps.core.errors import Rejected
from apps.integrations.opening import open_connection
from tests.channels.outbox import make_webchat

FIXTURES = Path(__file__).parent / "fixtures" / "webchat"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def parse(body: bytes) -> Incoming:
    (item,) = webchat.parse(body, received_at=NOW, timezone="Europe/Moscow")
    assert isinstance(item, Incoming)
    return item


def test_a_line_of_a_visitor_is_read_whole():
    item = parse((FIXTURES / "line.json").read_bytes())

    assert item.sender.external_user_id == item.sender.external_chat_id == "5f1c0c6ac0ffee5f1c0c6ac0"
    assert item.external_message_id == "118"
    assert item.text == "Здравствуйте! Можно заменить батарею на iPhone 14?"
    assert item.sent_at == datetime(2026, 11, 21, 8, 59, 58, 120000, tzinfo=UTC)
    assert (item.ad_channel, item.ad_id) == ("yandex", "battery-nov")
    assert item.prefilled == {"model": "iPhone 14", "parts_owner": "service"}
    assert item.note == "[https://example.com/battery]"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"null", b"\xff", b'{"visitor": "a"}', b"[" * 100_000, b'{"visitor":1,"at":1}'],
)
def test_what_is_not_ours_is_refused_and_never_breaks(body):
    with pytest.raises(Rejected):
        webchat.parse(body, received_at=NOW, timezone="Europe/Moscow")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("example.com", "https://example.com"),
        ("https://Example.com/some/page", "https://example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_a_site_is_kept_as_browsers_compare_it(given, kept):
    assert webchat.Config(allowed_sites=[given]).allowed_sites == [kept]


@pytest.mark.parametrize(
    "site",
    [
        "*",
        "https://a.com; script-src *",
        "javascript:alert(1)",
        "https://",
        "https://u:p@a.com",
        "a,b",
        "a b",
    ],
)
def test_nothing_but_a_site_gets_into_the_pages_policy(site):
    with pytest.raises(ValidationError):
        webchat.Config(allowed_sites=[site])


@pytest.mark.parametrize("colour", ["red", "#12345", "#1234567", "#fff;}", "url(x)"])
def test_a_colour_is_a_colour(colour):
    with pytest.raises(ValidationError):
        webchat.Config(colour=colour)


def test_whatever_comes_by_webhook_in_its_name_is_forged():
    request = WebhookRequest(method="POST", body=b"{}", headers={}, query={})

    assert not webchat.verify(webchat.Config(), request)


@pytest.mark.django_db
def test_sending_twice_with_one_key_makes_one_line():
    channel = make_webchat()
    baker.make(ChatVisitor, channel=channel, external_id="v1")
    opened = open_connection(channel.connection)
    message = Outgoing(key="k1", external_chat_id="v1", external_user_id="v1", text="Да, 4 500 ₽")

    first, second = webchat.send(opened, message), webchat.send(opened, message)

    assert first.external_message_id == second.external_message_id == str(ChatLine.objects.get().pk)
    assert not ChatLine.objects.get().from_visitor


@pytest.mark.django_db
def test_a_visitor_of_another_chat_is_nobody_here():
    baker.make(ChatVisitor, channel=make_webchat(), external_id="v1")
    opened = open_connection(make_webchat().connection)

    with pytest.raises(Rejected) as refused:
        webchat.send(opened, Outgoing(key="k", external_chat_id="v1", external_user_id="v1", text="Да"))

    assert refused.value.code == "recipient_gone"
    assert ChatLine.objects.count() == 0


@pytest.mark.django_db
def test_the_card_shows_the_page_and_the_snippet(settings):
    settings.PUBLIC_URL = "https://crm.example.com"
    channel = make_webchat()

    page, snippet = webchat.card_facts(channel.connection)

    assert page.value == f"https://crm.example.com/chat/{channel.public_id}/"
    script = f"https://crm.example.com/chat/{channel.public_id}/widget.js"
    assert snippet.value == f'<script src="{script}" async></script>'


@pytest.mark.django_db
def test_a_check_names_the_chat():
    channel = make_webchat(config={"title": "Ремонт телефонов"})

    assert webchat.check(open_connection(channel.connection)).name == "Ремонт телефонов"


def test_the_fixture_is_what_the_chat_stores():
    assert set(json.loads((FIXTURES / "line.json").read_bytes())) == {
        "visitor",
        "line",
        "text",
        "at",
        "origin",
    }

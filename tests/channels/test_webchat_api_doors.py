"""The web chat's API: nobody reads another's lines, and what does not fit is refused in words."""

import uuid

import pytest
from django.test import Client

from apps.channels.models import Channel, ChatLine, ChatVisitor, InboundEvent
from apps.channels.reading import read_event
from apps.integrations.models import Connection
from apps.tenants.visitors import address_of
from tests.channels.chat_visits import Browser, browser, channel, error
from tests.channels.outbox import make_bot, make_tenant, make_webchat

pytestmark = pytest.mark.django_db

__all__ = ["browser", "channel"]


@pytest.mark.parametrize("token", ["x", "0" * 64, "ё", "a" * 5000, "' OR 1=1 --"])
def test_a_forged_token_opens_nothing(browser, token):
    browser.token = token

    assert error(browser.read()) == (401, "no_visitor")
    assert error(browser.post("messages", {"key": str(uuid.uuid4()), "text": "Да"})) == (401, "no_visitor")
    assert error(browser.post("seen", {"read": 1})) == (401, "no_visitor")
    assert ChatLine.objects.count() == 0


def test_a_token_of_another_chat_opens_nothing(channel, browser):
    stranger = Browser(make_webchat(tenant=make_tenant()))
    stranger.write()
    browser.token = stranger.token

    assert error(browser.read()) == (401, "no_visitor")


def test_without_a_token_there_is_nothing_to_read(browser):
    assert error(browser.read()) == (401, "no_visitor")


@pytest.mark.parametrize("public_id", ["nobody", "x" * 60, "%00", "a%20b", "..%2f"])
@pytest.mark.parametrize("what", ["", "widget.js", "messages", "seen"])
def test_an_unknown_chat_is_404(client, public_id, what):
    assert client.get(f"/chat/{public_id}/{what}").status_code == 404


def test_a_bot_is_no_chat(client):
    assert client.get(f"/chat/{make_bot('http://127.0.0.1:9').public_id}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, "not_json")),
        (b"\xff\xfe", (400, "not_json")),
        (b"[1]", (400, "not_json")),
        (b"[" * 60_000, (400, "not_json")),
        (b'{"text": "a"}', (400, "key")),
        ({"key": 7, "text": "a"}, (400, "key")),
        ({"key": "not-a-uuid", "text": "a"}, (400, "key")),
        ({"key": str(uuid.uuid4())}, (400, "empty")),
        ({"key": str(uuid.uuid4()), "text": ["a"]}, (400, "empty")),
        ({"key": str(uuid.uuid4()), "text": " \n\t"}, (400, "empty")),
        ({"key": str(uuid.uuid4()), "text": "я" * 4001}, (400, "too_long")),
        (b'{"text": "' + b"a" * 70_000 + b'"}', (413, "too_large")),
    ],
)
def test_bad_input_gets_a_sentence_and_stores_nothing(browser, body, expected):
    assert error(browser.post("messages", body)) == expected
    assert (ChatVisitor.objects.count(), InboundEvent.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "text",
    ["я" * 4000, "👨‍👩‍👧‍👦🔋", "a\x00b", "\ud83d одинокий", "‮справа налево", "<script>alert(1)</script>"],
)
def test_strange_words_are_kept_as_far_as_a_database_can(browser, text):
    assert browser.write(text).status_code == 200
    kept = ChatLine.objects.get().text
    assert browser.texts() == [kept]
    assert "\x00" not in kept
    read_event(InboundEvent.objects.get())


@pytest.mark.parametrize(
    "origin", [7, [], {"page": {}}, {"prefilled": [1]}, {"prefilled": {"a": {"b": 1}}}, None]
)
def test_a_strange_origin_harms_nothing(browser, origin):
    assert browser.write(origin=origin).status_code == 200
    read_event(InboundEvent.objects.get())


def test_an_origin_is_cut_to_size(browser):
    browser.write(
        origin={"page": "p" * 9000, "ad_id": "i" * 9000, "prefilled": {str(n): "v" * 900 for n in range(40)}}
    )

    assert len(bytes(InboundEvent.objects.get().body)) < 7000


def test_a_hasty_visitor_is_asked_to_wait_and_loses_nothing(browser):
    browser.write("0")
    statuses = [browser.write(str(n)) for n in range(30)]

    refused = [response for response in statuses if response.status_code == 429]
    assert refused
    assert error(refused[0]) == (429, "too_fast")
    assert int(refused[0].headers["Retry-After"]) >= 1
    stored = sum(response.status_code == 200 for response in statuses) + 1
    assert ChatLine.objects.count() == InboundEvent.objects.count() == stored


def test_a_line_that_is_stored_already_is_answered_even_to_the_hasty(browser):
    key = str(uuid.uuid4())
    browser.write(key=key)
    for n in range(30):
        browser.write(str(n))

    assert browser.write(key=key).status_code == 200


def test_behind_a_trusted_proxy_its_word_for_the_address_counts(settings, rf):
    request = rf.get("/", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9", REMOTE_ADDR="10.0.0.1")
    settings.SECURE_PROXY_SSL_HEADER = None
    assert address_of(request) == "10.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert address_of(request) == "203.0.113.9"


def test_a_chat_that_is_off_takes_no_lines_but_shows_the_old_ones():
    channel = make_webchat(config={"offline_text": "Звоните: +7 900 000-00-00"})
    browser = Browser(channel)
    browser.write("раньше")
    Channel.objects.update(is_active=False)

    refused = browser.write("теперь")

    assert refused.json()["error"] == {"code": "closed", "message": "Звоните: +7 900 000-00-00"}
    assert browser.read().json()["open"] is False
    assert browser.texts() == ["раньше"]


def test_a_disconnected_chat_takes_no_lines(browser):
    Connection.objects.update(is_active=False)

    assert error(browser.write()) == (403, "closed")


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(browser, method):
    assert error(getattr(browser.client, method)(browser.path + "/messages")) == (405, "method")


def test_it_works_without_cookies_and_sets_none(channel):
    browser = Browser(channel, client=Client(enforce_csrf_checks=True))

    response = browser.write()

    assert response.status_code == 200
    assert not response.cookies
    assert not browser.read().cookies
    assert response.headers["Cache-Control"] == "no-store"

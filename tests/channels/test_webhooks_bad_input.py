"""Bodies that nobody should send, and somebody does."""

import json

import pytest
from django.test import Client, RequestFactory

from apps.channels import resolving
from apps.channels.models import InboundEvent
from apps.channels.reading import read_event
from apps.channels.webhooks import MAX_BODY, incoming
from tests.channels.bots import SECRET, changed, make_bot, post, update

pytestmark = pytest.mark.django_db

SHARED = "/webhook/telegram/incoming"


@pytest.fixture(autouse=True)
def bot():
    yield make_bot()
    resolving.forget()


def nested(levels: int) -> bytes:
    head, tail = update("text").rstrip().removesuffix(b"}"), b"}"
    return head + b', "deep": ' + b"[" * levels + b"]" * levels + tail


def stored() -> InboundEvent:
    return InboundEvent.objects.get()


def said() -> str:
    _channel, (message,) = read_event(stored())
    return message.text  # type: ignore[union-attr]


@pytest.mark.parametrize("body", [b"", b"hello", b"a=1&b=2", b"{", b"\xff\xfe\x00", b"<xml/>", b"{'a': 1}"])
def test_what_is_not_json_is_a_bad_request(body):
    assert post(SHARED, body).status_code == 400
    assert not InboundEvent.objects.exists()


def test_whether_it_is_json_is_told_only_to_those_who_know_the_secret():
    assert post(SHARED, b"hello", secret="wrong").status_code == 403


def test_five_megabytes_are_taken_and_more_are_not():
    frame = len(changed("text", text=""))
    assert post(SHARED, changed("text", text="x" * (MAX_BODY - frame))).status_code == 200
    InboundEvent.objects.all().delete()
    assert post(SHARED, changed("text", text="x" * (MAX_BODY - frame + 1))).status_code == 413
    assert post(SHARED, b"x" * 6 * 1024 * 1024).status_code == 413
    assert not InboundEvent.objects.exists()


def test_a_body_that_is_cut_off_is_a_bad_request():
    client = Client(raise_request_exception=False)
    answer = client.post(
        SHARED,
        update("text")[:100],
        content_type="application/json",
        headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
    )
    assert answer.status_code == 400


def test_two_hundred_levels_are_stored_and_read():
    assert post(SHARED, nested(200)).status_code == 200
    assert said() == "Здравствуйте! Можно заменить батарею на iPhone 14?"


def test_a_hundred_thousand_levels_are_a_bad_request_and_break_nothing():
    assert post(SHARED, nested(100_000)).status_code == 400
    assert post(SHARED, b"[" * 1_000_000).status_code == 400
    assert post(SHARED, update("text")).status_code == 200


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("half of a pair: \ud83d", "half of a pair: \ufffd"),
        ("a\x00b", "a\ufffdb"),
        ("🔋👨‍👩‍👧", "🔋👨‍👩‍👧"),
        ("б" * 100_000, "б" * 100_000),
    ],
)
def test_strange_text_is_stored_as_it_came_and_read_as_it_can_be(text, read):
    body = changed("text", text=text)
    assert post(SHARED, body).status_code == 200
    assert bytes(stored().body) == body
    assert said() == read


def test_raw_bytes_that_json_forbids_inside_a_text_lose_nothing():
    body = update("text").replace(b"iPhone 14", b"iPhone\x00\x01 14 \xed\xa0\xbd")
    assert post(SHARED, body).status_code == 200
    assert bytes(stored().body) == body
    assert said() == "Здравствуйте! Можно заменить батарею на iPhone\ufffd\x01 14 \ufffd?"


@pytest.mark.parametrize("number", ["1" * 5000, "1e999", "-0", "NaN"])
def test_numbers_beyond_all_measure_break_nothing(number):
    body = update("text").replace(b"1700000000", number.encode())
    assert post(SHARED, body).status_code in (200, 400)
    for event in InboundEvent.objects.all():
        read_event(event)


def test_a_byte_order_mark_is_no_obstacle():
    assert post(SHARED, b"\xef\xbb\xbf" + update("text")).status_code == 200
    assert said()


@pytest.mark.parametrize("slug", ["a" * 300, "-", "Телеграм", "telegram%00", "..%2f"])
def test_a_strange_address_is_kept_or_not_found(slug):
    assert post(f"/webhook/{slug}/incoming", update("text")).status_code in (200, 404)


def test_a_query_of_any_kind_breaks_nothing():
    assert post(f"/webhook/telegram/nobody?a=%00&b=%ff&{'c' * 3000}=1", update("text")).status_code == 200
    assert json.dumps(dict(stored().proof))


def test_a_length_that_is_no_number_breaks_nothing():
    for length in ("abc", "-5", "9" * 30, "²"):
        request = RequestFactory().post(SHARED, data=b"{}", content_type="application/json")
        request.META["CONTENT_LENGTH"] = length
        assert incoming(request, "telegram").status_code in (400, 403, 413)

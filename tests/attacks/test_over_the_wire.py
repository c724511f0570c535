"""A real server, and bytes that nobody should send to it: each gets the answer that was promised."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.attacks import wire
from tests.attacks.conftest import SOON, Target, update
from tests.live import wait_until
from tests.system.ledger import opened

pytestmark = pytest.mark.processes

UNKNOWN = "/webhook/nosuch/incoming"
SHARED = "/webhook/telegram/incoming"
MB = 1024 * 1024
BROKEN = "SELECT count(*) FROM channels_inboundevent WHERE tenant_id = %(tenant)s AND error_code = 'internal'"


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


STRANGE = {
    "unknown channel": (UNKNOWN, b"{}", 200),
    "unknown account": ("/webhook/telegram/nobody", b"{}", 200),
    "no secret": (SHARED, b"{}", 403),
    "not JSON": (UNKNOWN, b"hello", 400),
    "nothing at all": (UNKNOWN, b"", 400),
    "half of it": (UNKNOWN, b'{"a":', 400),
    "200 levels": (UNKNOWN, nested(200), 200),
    "100,000 levels": (UNKNOWN, nested(100_000), 400),
    "100,000 objects": (UNKNOWN, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "a lone surrogate": (UNKNOWN, b'{"a":"\\ud800"}', 200),
    "its raw bytes": (UNKNOWN, b'{"a":"\xed\xa0\x80"}', 200),
    "NUL": (UNKNOWN, b'{"a":"\x00\\u0000"}', 200),
    "no numbers": (UNKNOWN, b'{"a":NaN,"b":-Infinity,"c":1e999}', 200),
    "a key twice": (UNKNOWN, b'{"a":1,"a":2}', 200),
    "5,000 digits": (UNKNOWN, b"9" * 5000, 400),
    "100 KB of text": (UNKNOWN, json.dumps("я" * 50_000, ensure_ascii=False).encode(), 200),
    "6 MB": (UNKNOWN, b'"' + b"x" * 6 * MB + b'"', 413),
    "NUL in the path": ("/webhook/tele%00gram/incoming", b"{}", 404),
    "no UTF-8 in the path": ("/webhook/%ff%fe/incoming", b"{}", 404),
    "up and out": ("/webhook/../admin/", b"{}", 404),
    "up and out, encoded": ("/webhook/%2e%2e/admin/", b"{}", 404),
    "2,000 characters": (f"/webhook/{'a' * 2000}/incoming", b"{}", 200),
    "an account of 2,000": (f"/webhook/telegram/{'a' * 2000}", b"{}", 200),
    "a strange query": (f"{UNKNOWN}?a=%00&b=%ff&c=%ed%a0%80", b"{}", 200),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_strangers_send_is_answered_as_promised_and_soon(name: str, target: Target) -> None:
    path, body, status = STRANGE[name]
    heard = wire.post(target.address("/"), body, path=path)
    assert (heard.status, heard.seconds < SOON) == (status, True)
    assert b"Traceback" not in heard.body


@pytest.mark.parametrize("method", ["HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "FOO"])
def test_other_methods_are_not_allowed(method: str, target: Target) -> None:
    assert wire.post(target.address(UNKNOWN), method=method).status == 405


def test_a_body_in_chunks_is_measured_too(target: Target) -> None:
    chunked = ["Transfer-Encoding: chunked"]
    body = json.dumps({"n": "chunked", "x": "x" * MB}).encode()
    assert wire.post(target.address(UNKNOWN), wire.chunks(body), headers=chunked).status == 200
    assert wire.post(target.address(UNKNOWN), wire.chunks(b"x" * 6 * MB), headers=chunked).status == 413


def test_bodies_that_never_end_hold_up_nobody(target: Target) -> None:
    """More of them than the threads that Django works in."""
    with wire.unfinished(target.address(UNKNOWN), count=100):
        heard = [wire.post(target.address(UNKNOWN), json.dumps({"slow": n}).encode()) for n in range(20)]
    assert {(one.status, one.seconds < SOON) for one in heard} == {(200, True)}


@pytest.mark.parametrize(
    ("header", "statuses"),
    [
        ("Content-Length: -5", {400}),
        ("Content-Length: abc", {400}),
        ("Host: evil.example/../x", {200, 400}),
        ("Host: evil.example", {200, 400}),
        ("Content-Type: text/plain", {200}),
        ("Content-Type: multipart/form-data; boundary=x", {200}),
        ("Content-Type: application/json; charset=nonsense", {200}),
        ("X-Big: " + "a" * 100_000, {200, 400, 431}),
        ("Cookie: sessionid=\xff; messages=\x7f; django_language=../../x", {200, 400}),
    ],
)
def test_strange_headers_break_nothing(header: str, statuses: set[int], target: Target) -> None:
    heard = wire.post(target.address(UNKNOWN), b"{}", headers=[header])
    assert heard.status in statuses
    assert heard.seconds < SOON


def test_a_secret_of_no_letters_is_a_wrong_secret(target: Target) -> None:
    for secret in ("wrong", "\xff\xfe", "a" * 10_000):
        heard = wire.post(target.shop.hook, b"{}", headers=[f"X-Telegram-Bot-Api-Secret-Token: {secret}"])
        assert heard.status == 403


ODD_MESSAGES: list[dict[str, Any]] = [
    {"text": "я" * 100_000},
    {"text": "🔋🔋🔋"},
    {"text": "\ud83d"},
    {"text": "a\u0000b"},
    {"text": "кто", "sender": {"first_name": "\u202egnp.exe\u202c", "username": "\u200f\u202eabc"}},
    {"text": "когда", "date": 0},
    {"text": "когда", "date": 1_700_000_000_000},
    {"text": "когда", "date": -1},
    {"text": "когда", "date": 10**18},
    {"text": {"a": 1}},
    {"text": None},
    {"text": "x", "deep": json.loads(nested(200))},
    {"text": "<script>alert(1)</script>", "sender": {"first_name": "<img src=x onerror=alert(1)>"}},
]


def test_odd_messages_of_a_real_bot_are_all_accounted_for_and_break_no_page(target: Target) -> None:
    before = len(target.live.output)
    for number, message in enumerate(ODD_MESSAGES, start=9000):
        heard = wire.post(target.shop.hook, update(number, **message), headers=[target.secret])
        assert (heard.status, heard.seconds < SOON) == (200, True), message
    with opened(Path(target.live.environment["DATA_DIR"]), "attacked") as ledger:
        wait_until(lambda: ledger.count("unsettled") == 0, seconds=60, what="all is read")
        assert ledger.count("events") == len(ODD_MESSAGES)
        assert ledger.value(BROKEN) == 0
        own = ledger.column("SELECT id FROM channels_inboundevent WHERE tenant_id = %(tenant)s")
        strange = ledger.column("SELECT id FROM channels_inboundevent WHERE tenant_id IS NULL")
        talks = ledger.column("SELECT id FROM appeals_conversation WHERE tenant_id = %(tenant)s")
    admin = signed_in(target, "admin", target.live.admin_password)
    pages = [f"/admin/channels/inboundevent/{pk}/change/" for pk in own + strange]
    pages += [
        "/admin/channels/inboundevent/",
        "/admin/channels/inboundevent/accounting/",
        "/admin/tenants/tenant/trouble/",
    ]
    for page in pages:
        answer = admin.get(target.address(page), timeout=20)
        assert answer.status_code == 200, page
        assert "<script>alert(1)" not in answer.text
        assert "<img src=x" not in answer.text
    operator = signed_in(target, target.shop.operator, target.shop.password)
    assert talks
    for page in ["/admin/desk/", *(f"/admin/desk/{pk}/" for pk in talks)]:
        answer = operator.get(target.address(page), timeout=20)
        assert answer.status_code == 200, page
        assert "<script>alert(1)" not in answer.text
        assert "<img src=x" not in answer.text
    said = "".join(target.live.output[before:])
    assert "Traceback" not in said, said[-4000:]


def test_no_secret_was_printed(target: Target) -> None:
    target.live.manage("check")
    requests.get(target.address("/api/integrations?apiKey=hidden-key-1"), timeout=10)
    requests.get(target.address("/nosuch?code=hidden-key-1"), timeout=10)
    said = "".join(target.live.output)
    for secret in (target.shop.secret, "hidden-key-1", target.shop.password):
        assert secret not in said


def signed_in(target: Target, username: str, password: str) -> requests.Session:
    session = requests.Session()
    where = target.address("/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', session.get(where, timeout=10).text)
    assert token
    form = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
    assert session.post(where, form, timeout=10, allow_redirects=False).status_code == 302
    return session

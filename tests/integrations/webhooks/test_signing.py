"""What we sign is what receivers verify."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from apps.integrations.webhooks.signing import headers_of, is_secret, new_secret

BODY = '{"type": "ping", "text": "Ёлка 🎄 <&>\\u0000"}'.encode()


def signed(*secrets: str, at: datetime | None = None) -> dict[str, str]:
    return headers_of(message_id="msg_1", body=BODY, at=at or datetime.now(UTC), secrets=secrets)


def test_the_standards_own_library_verifies_it() -> None:
    secret = new_secret()
    assert Webhook(secret).verify(BODY, signed(secret))["text"] == "Ёлка 🎄 <&>\x00"


def test_the_same_as_the_librarys_own_signature() -> None:
    secret, at = new_secret(), datetime(2026, 11, 29, 12, 0, 1, 999, tzinfo=UTC)
    theirs = Webhook(secret).sign("msg_1", at, BODY.decode())
    assert signed(secret, at=at) == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795953601",
        "webhook-signature": theirs,
    }


def test_a_moment_of_another_zone_is_signed_as_the_same_moment() -> None:
    secret, at = new_secret(), datetime(2026, 11, 29, 12, tzinfo=UTC)
    assert signed(secret, at=at.astimezone(ZoneInfo("Asia/Vladivostok"))) == signed(secret, at=at)


def test_each_of_two_secrets_verifies_it_and_no_third() -> None:
    old, new = new_secret(), new_secret()
    headers = signed(new, old)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


def test_a_changed_body_is_not_verified() -> None:
    secret = new_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace(b"ping", b"pong"), signed(secret))


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("whsec_" + base64.b64encode(bytes(24)).decode(), True),
        ("whsec_" + base64.b64encode(bytes(64)).decode(), True),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), False),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), False),
        (base64.b64encode(bytes(32)).decode(), False),
        ("whsec_" + "é" * 32, False),
        ("whsec_not base64 at all, but long enough", False),
        ("whsec_", False),
        ("", False),
    ],
)
def test_which_secrets_are_taken(value: str, right: bool) -> None:
    assert is_secret(value) is right


def test_new_secrets_are_right_and_never_the_same() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(map(is_secret, made))


@pytest.mark.parametrize(("body", "right"), [(BODY, True), (BODY + b" ", False)])
def test_the_receivers_code_in_the_manual_verifies_it(body: bytes, right: bool) -> None:
    """As a receiver would copy it."""
    manual = (Path(settings.BASE_DIR) / "docs" / "webhooks.md").read_text()
    code = manual.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own manual
    old, new = new_secret(), new_secret()
    for secret in (old, new):
        assert names["is_ours"](signed(new, old), body, secret) is right
    stale = signed(new, at=datetime.now(UTC) - timedelta(minutes=6))
    assert names["is_ours"](stale, BODY, new) is False

"""What the refusals of Twilio, Bird and Green API mean."""

import logging
import traceback
from datetime import timedelta

import pytest

from apps.channels.connectors import whatsapp
from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Transient,
)
from apps.integrations.models import ActionLog
from tests.channels.provider_sends import (
    _loopback,
    channel,
    every,
    number,
    only_bird,
    only_green,
    only_twilio,
    peer,
    provider,
    say,
)
from tests.channels.whatsapp_providers import BIRD, opened
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

__all__ = ["_loopback", "channel", "number", "peer", "provider"]


@pytest.mark.parametrize(
    ("status", "twilio_code", "raised", "code"),
    [
        (401, 20003, AuthFailed, "auth_failed"),
        (404, 20404, ConfigInvalid, "no_such_account"),
        (400, 21211, Rejected, "bad_chat"),
        (400, 63024, Rejected, "recipient_gone"),
        (400, 63003, Rejected, "recipient_gone"),
        (400, 21610, Rejected, "recipient_gone"),
        (400, 63007, ConfigInvalid, "no_such_number"),
        (400, 21617, Rejected, "too_long"),
        (400, 63016, Rejected, "window_closed"),
        (400, 63019, Rejected, "bad_file"),
        (403, 21408, Rejected, "country"),
        (403, 30002, ConfigInvalid, "account_locked"),
        (429, 63018, RateLimited, "rate_limited"),
        (429, 20429, RateLimited, "rate_limited"),
        (400, 99999, Rejected, "bad_request"),
        (503, 20503, Transient, "http_503"),
        (500, 20500, OutcomeUnknown, "http_500"),
    ],
)
@only_twilio
def test_a_refusal_means_what_twilio_means_by_it(peer, number, status, twilio_code, raised, code):
    peer.fail(status, twilio_code)
    with pytest.raises(raised) as caught:
        whatsapp.send(number, say())
    assert (caught.value.code, peer.sent) == (code, [])


@only_twilio
def test_twilios_own_pause_is_heeded(peer, number):
    peer.fail(429, 20429, Retry_After="7")
    with pytest.raises(RateLimited) as caught:
        whatsapp.send(number, say())
    assert caught.value.after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("status", "raised", "code"),
    [
        (401, AuthFailed, "auth_failed"),
        (402, ConfigInvalid, "billing"),
        (403, ConfigInvalid, "no_such_channel"),
        (404, ConfigInvalid, "no_such_channel"),
        (422, Rejected, "bad_request"),
        (429, RateLimited, "rate_limited"),
        (503, Transient, "http_503"),
        (500, OutcomeUnknown, "http_500"),
    ],
)
@only_bird
def test_a_refusal_means_what_bird_means_by_it(peer, number, status, raised, code):
    peer.fail(status)
    with pytest.raises(raised) as caught:
        whatsapp.send(number, say())
    assert (caught.value.code, peer.sent) == (code, [])


@pytest.mark.parametrize(
    ("status", "raised", "code"),
    [
        (400, Rejected, "bad_request"),
        (401, AuthFailed, "auth_failed"),
        (403, ConfigInvalid, "no_such_instance"),
        (429, RateLimited, "rate_limited"),
        (466, Rejected, "quota"),
        (500, OutcomeUnknown, "http_500"),
        (502, OutcomeUnknown, "http_502"),
    ],
)
@only_green
def test_a_refusal_means_what_green_api_means_by_it(peer, number, status, raised, code):
    peer.fail(status)
    with pytest.raises(raised) as caught:
        whatsapp.send(number, say())
    assert (caught.value.code, peer.sent) == (code, [])


@every
@pytest.mark.parametrize(
    "reply",
    [
        Reply(hang=True),
        Reply(close=True),
        Reply(body="<html>welcome</html>"),
        Reply(json={"hello": 1}),
        Reply(json=[]),
        Reply(status=502, body="bad gateway"),
    ],
    ids=["hangs", "hangs up", "page", "object", "list", "502"],
)
def test_when_no_readable_answer_came_nobody_knows_whether_it_was_sent(
    provider, peer, number, reply, monkeypatch
):
    folder = "bird" if provider is BIRD else provider.name
    monkeypatch.setattr(f"apps.channels.connectors.whatsapp.{folder}.client.TIMEOUT", (1.0, 0.3))
    peer.script(provider.send, [reply])
    with pytest.raises(OutcomeUnknown):
        whatsapp.send(number, say())


@every
def test_a_server_that_is_not_there_leaves_the_message_for_later(provider):
    with pytest.raises(Transient):
        whatsapp.send(opened(provider.make(base_url="http://127.0.0.1:9")), say())


@every
def test_no_secret_is_in_an_exception_or_a_log(provider, peer, number, caplog):
    caplog.set_level(logging.DEBUG)
    echo = {"code": 1, "message": " ".join(provider.secrets)}
    for reply in (Reply(status=400, json=echo), Reply(status=401, json=echo), Reply(close=True)):
        peer.script(provider.send, [reply])
        with pytest.raises(OutsideError) as caught:
            whatsapp.send(number, say())
        told = "".join(traceback.format_exception(caught.value))
        assert [secret for secret in provider.secrets if secret in told] == []
    logged = caplog.text + "".join(str(row) for row in ActionLog.objects.values())
    assert [secret for secret in provider.secrets if secret in logged] == []
    assert ActionLog.objects.count() == 3

"""What each refusal of Claude means, and that no key or text of a client leaves with it."""

import logging
import traceback
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from apps.ai.connectors import anthropic
from apps.ai.contract import Request
from apps.ai.extraction import TOOL
from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected, Transient
from apps.integrations.models import ActionLog, Connection
from apps.integrations.opening import open_connection
from tests.ai.conftest import Connect
from tests.peers.anthropic import KEY, MESSAGES, AnthropicPeer
from tests.peers.server import Reply

WORDS = "мой телефон +79001234567"
READ = Request(user=WORDS, tool=TOOL)

SPENT = {"details": {"error_code": "enforced_spend_limit_reached"}}
FAILURES: list[tuple[tuple[int, str], dict[str, Any], type[OutsideError], str, str]] = [
    ((401, "authentication_error"), {}, AuthFailed, "auth_failed", ""),
    ((402, "billing_error"), {}, ConfigInvalid, "payment_required", ""),
    ((403, "permission_error"), {}, ConfigInvalid, "http_403", ""),
    ((404, "not_found_error"), {"message": "model: claude-x"}, ConfigInvalid, "model_not_found", "model"),
    ((413, "request_too_large"), {}, Rejected, "http_413", ""),
    ((429, "rate_limit_error"), {"headers": {"Retry-After": "17"}}, RateLimited, "rate_limited", ""),
    ((429, "rate_limit_error"), SPENT, ConfigInvalid, "spend_limit", ""),
    ((409, "conflict_error"), {}, Transient, "http_409", ""),
    ((500, "api_error"), {}, Transient, "http_500", ""),
    ((503, "api_error"), {}, Transient, "http_503", ""),
    ((504, "timeout_error"), {}, Transient, "http_504", ""),
    ((529, "overloaded_error"), {}, Transient, "http_529", ""),
]


def fail(connection: Connection) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        anthropic.think(open_connection(connection), READ)
    return caught.value


@pytest.mark.parametrize(
    ("status", "options", "kind", "code", "field"), FAILURES, ids=[f"{f[0][0]}-{f[3]}" for f in FAILURES]
)
def test_every_status_has_its_consequence(
    peer: AnthropicPeer,
    connection: Connection,
    status: tuple[int, str],
    options: dict[str, Any],
    kind: type[OutsideError],
    code: str,
    field: str,
) -> None:
    peer.script(MESSAGES, [peer.failure(*status, **options)])
    error = fail(connection)
    assert (type(error), error.code, getattr(error, "field", "")) == (kind, code, field)
    assert ActionLog.objects.get().error_code == code
    assert len(peer.requests) == 1, (
        "nothing may be asked again here: the work that asks is retried as a whole"
    )


def test_the_services_own_pause_is_kept(peer: AnthropicPeer, connection: Connection) -> None:
    peer.script(MESSAGES, [peer.failure(429, "rate_limit_error", headers={"Retry-After": "17"})])
    error = fail(connection)
    assert isinstance(error, RateLimited)
    assert error.after == timedelta(seconds=17)


def test_an_empty_purse_is_told_even_when_it_comes_as_a_bad_request(
    peer: AnthropicPeer, connection: Connection
) -> None:
    message = "Your credit balance is too low to access the Anthropic API."
    peer.script(MESSAGES, [peer.failure(400, "invalid_request_error", message)])
    assert fail(connection).code == "payment_required"


def test_an_address_without_the_api_is_the_settings_fault(
    peer: AnthropicPeer, connection: Connection
) -> None:
    peer.script(MESSAGES, [Reply(status=404, body="<h1>404</h1>")])
    error = fail(connection)
    assert isinstance(error, ConfigInvalid)
    assert (error.code, error.field) == ("not_the_api", "base_url")


@pytest.mark.parametrize(
    ("reply", "code"), [(Reply(hang=True), "timeout"), (Reply(close=True), "connection_broken")]
)
def test_no_answer_is_tried_later(peer: AnthropicPeer, connect: Connect, reply: Reply, code: str) -> None:
    peer.script(MESSAGES, [reply])
    error = fail(connect(timeout_seconds=1))
    assert (type(error), error.code) == (Transient, code)


def test_an_answer_that_drips_ends_at_the_deadline(peer: AnthropicPeer, connect: Connect) -> None:
    peer.script(MESSAGES, [Reply(body="x" * 1000, drip=0.05)])
    assert fail(connect(timeout_seconds=1)).code == "timeout"


def test_a_closed_port_is_tried_later(connect: Connect) -> None:
    error = fail(connect(base_url="http://127.0.0.1:9"))
    assert (type(error), error.code) == (Transient, "connect_error")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://169.254.169.254", "http://[::1]:9"])
def test_an_address_inside_our_own_network_is_not_called(
    connect: Connect, settings: Any, address: str
) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    error = fail(connect(base_url=address))
    assert isinstance(error, ConfigInvalid)
    assert (error.code, error.field) == ("address_blocked", "base_url")


def test_a_redirect_is_not_followed(peer: AnthropicPeer, connection: Connection) -> None:
    with AnthropicPeer() as thief:
        peer.script(MESSAGES, [Reply(status=307, headers={"Location": f"{thief.url}/v1/messages"})])
        assert fail(connection).code == "redirected"
        assert thief.requests == []


@pytest.mark.parametrize("reply", [(401, "authentication_error"), (500, "api_error"), (400, "tool_choice")])
def test_neither_key_nor_words_leave_with_an_error(
    peer: AnthropicPeer,
    connection: Connection,
    caplog: pytest.LogCaptureFixture,
    reply: tuple[int, str],
) -> None:
    caplog.set_level(logging.DEBUG)
    told = f"key {KEY} and {WORDS}"
    peer.script(MESSAGES, [peer.failure(*reply, message=told), peer.failure(*reply, message=told)])
    error = fail(connection)
    chain, seen = [error], [error]
    while chain:
        one = chain.pop()
        for other in (one.__cause__, one.__context__):
            if other is not None and other not in seen:
                chain.append(other)  # type: ignore[arg-type]
                seen.append(other)  # type: ignore[arg-type]
    with translation.override("en"):
        texts = [repr(one) + str(one) for one in seen]
    texts += traceback.format_exception(error)
    texts += [record.getMessage() + str(record.exc_info) for record in caplog.records]
    texts += [str(vars(row)) for row in ActionLog.objects.all()]
    assert not [text for text in texts if KEY in text or WORDS in text]
    assert all(isinstance(one, OutsideError) for one in seen)


@pytest.mark.parametrize("key", ["ключ", "sk-ant 1", "sk-ant\n1", "   "])
def test_a_key_that_cannot_be_sent_is_refused_as_a_setting(connect: Connect, key: str) -> None:
    error = fail(connect(api_key=key))
    assert isinstance(error, ConfigInvalid)
    assert error.field == "api_key"

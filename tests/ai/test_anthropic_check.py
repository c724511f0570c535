"""«Проверить»: the service is asked for the models that the settings name."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from apps.ai.connectors import anthropic
from apps.core.errors import AuthFailed, ConfigInvalid
from apps.integrations.contract import Account
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from tests.ai.conftest import Connect
from tests.peers.anthropic import MODEL, AnthropicPeer
from tests.peers.server import Reply


def check(connection: Connection) -> Account:
    return anthropic.check(open_connection(connection))


def test_the_model_is_named_and_no_token_is_spent(peer: AnthropicPeer, connection: Connection) -> None:
    account = check(connection)
    assert account.name == "Claude Haiku 5.5"
    assert account.warnings == ()
    assert [f"{r.method} {r.path}" for r in peer.requests] == ["GET /v1/models/claude-haiku-5-5"]


def test_it_finds_out_which_header_the_key_goes_in(peer: AnthropicPeer, connect: Connect) -> None:
    peer.header = "x-api-key"
    assert check(connect(key_header="auto")).api_shape == "x-api-key"


def test_the_retired_model_of_the_customers_document_is_warned_of(connect: Connect) -> None:
    account = check(connect(model="claude-3-5-sonnet-20241022"))
    assert account.name == "Claude Haiku 5.5"
    [warning] = account.warnings
    assert "claude-3-5-sonnet-20241022" in str(warning)
    assert "claude-haiku-5-5" in str(warning)


def test_a_model_about_to_end_is_warned_of(connect: Connect) -> None:
    connection = connect(model="claude-sonnet-4-5")
    with time_machine.travel(datetime(2026, 11, 29, tzinfo=UTC), tick=False):
        account = check(connection)
        assert "2026" in str(account.warnings[0])
    assert account.name == "Claude Sonnet 4.5"
    with time_machine.travel(datetime(2026, 11, 30, tzinfo=UTC), tick=False):
        assert check(connection).name == "Claude Haiku 5.5"


def test_a_model_that_does_not_exist_names_its_field(connect: Connect) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        check(connect(model="claude-typo"))
    assert caught.value.field == "model"


def test_a_reply_model_that_does_not_exist_names_its_own_field(connect: Connect) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        check(connect(reply_model="claude-typo"))
    assert caught.value.field == "reply_model"


def test_a_wrong_key_needs_reconnecting(connect: Connect) -> None:
    with pytest.raises(AuthFailed):
        check(connect(api_key="sk-ant-wrong"))


@pytest.mark.parametrize(
    "reply", [Reply(body="<html></html>"), Reply(json={}), Reply(json=[1])], ids=["html", "empty", "list"]
)
def test_another_kind_of_site_is_the_addresss_fault(
    peer: AnthropicPeer, connection: Connection, reply: Reply
) -> None:
    peer.script(MODEL, [reply])
    with pytest.raises(ConfigInvalid) as caught:
        check(connection)
    assert caught.value.field == "base_url"


def test_a_gateway_without_a_page_of_models_is_asked_for_a_word(
    peer: AnthropicPeer, connection: Connection
) -> None:
    peer.script(MODEL, [Reply(status=404, body="not found")])
    assert check(connection).name == "claude-haiku-5-5"
    [body] = peer.bodies
    assert "tools" not in body


def test_a_site_that_knows_neither_is_not_the_api(peer: AnthropicPeer, connection: Connection) -> None:
    missing: list[Any] = [Reply(status=404, body="not found")]
    peer.script(MODEL, missing)
    peer.script("POST /v1/messages", missing)
    with pytest.raises(ConfigInvalid) as caught:
        check(connection)
    assert caught.value.code == "not_the_api"

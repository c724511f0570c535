"""Whatever Claude answers becomes an Answer with an ending; nothing of it is an error."""

from typing import Any

import pytest

from apps.ai.connectors import anthropic
from apps.ai.contract import Answer, Ending, Request
from apps.ai.extraction import TOOL
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from tests.peers.anthropic import MESSAGES, SPEC_EXTRACTION, AnthropicPeer
from tests.peers.server import Reply

READ = Request(user="iPhone 14 не держит батарею", tool=TOOL)
WRITE = Request(user="Ответь.")


def think(connection: Connection, request: Request = READ) -> Answer:
    return anthropic.think(open_connection(connection), request)


def test_thinking_may_come_before_the_tool(peer: AnthropicPeer, connection: Connection) -> None:
    blocks = [
        {"type": "thinking", "thinking": "Два телефона…", "signature": "sig"},
        {"type": "redacted_thinking", "data": "…"},
        {"type": "text", "text": "Сейчас разберу."},
        peer.tool_use(SPEC_EXTRACTION),
    ]
    peer.script(MESSAGES, [peer.message(blocks, stop_reason="tool_use")])
    answer = think(connection)
    assert answer.ending is Ending.COMPLETE
    assert answer.tool_input == SPEC_EXTRACTION


def test_thinking_is_no_part_of_a_text(peer: AnthropicPeer, connection: Connection) -> None:
    blocks = [{"type": "thinking", "thinking": "Хм…"}, {"type": "text", "text": " Здравствуйте! "}]
    peer.script(MESSAGES, [peer.message(blocks)])
    answer = think(connection, WRITE)
    assert (answer.ending, answer.text) == (Ending.COMPLETE, "Здравствуйте!")


@pytest.mark.parametrize(
    ("stop_reason", "ending"),
    [
        ("refusal", Ending.REFUSED),
        ("max_tokens", Ending.TRUNCATED),
        ("model_context_window_exceeded", Ending.TRUNCATED),
        ("pause_turn", Ending.INVALID),
    ],
)
@pytest.mark.parametrize("request_", [READ, WRITE], ids=["tool", "text"])
def test_an_answer_that_did_not_end_well_is_not_used(
    peer: AnthropicPeer, connection: Connection, stop_reason: str, ending: Ending, request_: Request
) -> None:
    blocks = [{"type": "text", "text": "Начало…"}, peer.tool_use({"devices": []})]
    peer.script(MESSAGES, [peer.message(blocks, stop_reason=stop_reason)])
    answer = think(connection, request_)
    assert (answer.ending, answer.tool_input) == (ending, None)
    assert answer.input_tokens == 1000


def test_prose_instead_of_the_tool_is_told_apart(peer: AnthropicPeer, connection: Connection) -> None:
    peer.script(MESSAGES, [peer.message([{"type": "text", "text": '{"devices": []}'}])])
    answer = think(connection)
    assert (answer.ending, answer.tool_input) == (Ending.NO_TOOL, None)


def test_another_tool_is_not_taken_for_the_one_asked_for(peer: AnthropicPeer, connection: Connection) -> None:
    block = peer.tool_use({"path": "/etc/passwd"}, name="read_file")
    peer.script(MESSAGES, [peer.message([block], stop_reason="tool_use")])
    assert think(connection).ending is Ending.NO_TOOL


@pytest.mark.parametrize("given", ["devices: none", ["iPhone"], None, 7])
def test_a_tools_input_that_is_no_object_is_invalid(
    peer: AnthropicPeer, connection: Connection, given: Any
) -> None:
    peer.script(MESSAGES, [peer.message([peer.tool_use(given)], stop_reason="tool_use")])
    assert think(connection).ending is Ending.INVALID


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body="<html><title>Sign in</title></html>", headers={"Content-Type": "text/html"}),
        Reply(body='{"content": [', headers={"Content-Type": "application/json"}),
        Reply(body="", headers={"Content-Type": "application/json"}),
        Reply(body="[" * 100_000, headers={"Content-Type": "application/json"}),
        Reply(body=b"\xff\xfe\x00", headers={"Content-Type": "application/json"}),
        Reply(json=[]),
        Reply(json={"type": "error", "error": {"type": "api_error"}}),
        Reply(json={"content": "text"}),
    ],
    ids=["html", "cut", "empty", "deep", "binary", "list", "error", "no blocks"],
)
@pytest.mark.parametrize("request_", [READ, WRITE], ids=["tool", "text"])
def test_garbage_is_invalid_and_never_a_crash(
    peer: AnthropicPeer, connection: Connection, reply: Reply, request_: Request
) -> None:
    peer.script(MESSAGES, [reply])
    assert think(connection, request_).ending is Ending.INVALID


def test_odd_blocks_and_counts_are_passed_over(peer: AnthropicPeer, connection: Connection) -> None:
    peer.usage = {"input_tokens": "many", "output_tokens": -5, "cache_read_input_tokens": None}  # type: ignore[dict-item]
    blocks = [None, "text", {"type": "text", "text": 5}, {"type": "surprise"}, peer.tool_use(SPEC_EXTRACTION)]
    peer.script(MESSAGES, [peer.message(blocks, stop_reason="a new reason")])
    answer = think(connection)
    assert answer.ending is Ending.COMPLETE
    assert (answer.input_tokens, answer.output_tokens) == (0, 0)
    assert answer.cost_usd == 0


def test_an_empty_text_is_invalid(peer: AnthropicPeer, connection: Connection) -> None:
    peer.script(MESSAGES, [peer.message([])])
    assert think(connection, WRITE).ending is Ending.INVALID


def test_cached_tokens_are_counted(peer: AnthropicPeer, connection: Connection) -> None:
    peer.usage = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 30,
        "output_tokens": 5,
    }
    answer = think(connection)
    assert (answer.input_tokens, answer.output_tokens) == (60, 5)

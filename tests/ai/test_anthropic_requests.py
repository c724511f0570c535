"""What leaves for Claude: the customer's request as it stands, in the shape that each model takes."""

from typing import Any

import pytest

from apps.ai.connectors import anthropic
from apps.ai.contract import Answer, Ending, Request
from apps.ai.extraction import TOOL
from apps.core.errors import AuthFailed, Rejected
from apps.integrations.models import ActionLog, Connection
from apps.integrations.opening import open_connection
from tests.ai.conftest import Connect
from tests.peers.anthropic import MESSAGES, AnthropicPeer
from tests.peers.server import Reply

WORDS = "iPhone 14 не держит батарею"
READ = Request(user=WORDS, system="Разбери.", tool=TOOL)
WRITE = Request(user="Ответь.", system="Вежливо.", max_tokens=500)


def think(connection: Connection, request: Request = READ) -> Answer:
    return anthropic.think(open_connection(connection), request)


def names(schema: Any) -> Any:
    """The property names of a schema, at any depth."""
    if "items" in schema:
        return [names(schema["items"])]
    return {name: names(value) for name, value in schema.get("properties", {}).items()}


def test_the_customers_request_goes_out_word_for_word(
    peer: AnthropicPeer, connection: Connection, spec_request: Any
) -> None:
    words = spec_request["messages"][0]["content"]
    think(connection, Request(user=words, tool=TOOL))

    [body] = peer.bodies
    [tool], [spec_tool] = body["tools"], spec_request["tools"]
    assert body["messages"] == spec_request["messages"]
    assert body["max_tokens"] == spec_request["max_tokens"]
    assert (tool["name"], tool["description"]) == (spec_tool["name"], spec_tool["description"])
    assert names(tool["input_schema"]) == names(spec_tool["input_schema"])
    assert spec_tool["input_schema"] == TOOL.schema


def test_the_customers_answer_is_read_word_for_word(
    peer: AnthropicPeer, connection: Connection, spec_response: Any
) -> None:
    peer.script(MESSAGES, [Reply(json=spec_response)])
    answer = think(connection)
    assert answer.ending is Ending.COMPLETE
    assert answer.tool_input == spec_response["content"][0]["input"]
    assert answer.request_id == "msg_xxx"


def test_instructions_go_into_system_and_never_beside_the_clients_words(
    peer: AnthropicPeer, connection: Connection
) -> None:
    think(connection)
    [body] = peer.bodies
    assert body["system"] == "Разбери."
    assert body["messages"] == [{"role": "user", "content": WORDS}]


def test_a_model_that_can_be_forced_is_forced_with_thinking_off_and_a_strict_schema(
    peer: AnthropicPeer, connection: Connection
) -> None:
    think(connection)
    [body] = peer.bodies
    assert body["model"] == "claude-haiku-5-5"
    assert body["tool_choice"] == {"type": "tool", "name": "extract_entities"}
    assert body["thinking"] == {"type": "disabled"}
    assert body["tools"][0]["strict"] is True
    repair = body["tools"][0]["input_schema"]["properties"]["devices"]["items"]["properties"]["repairs"][
        "items"
    ]
    assert repair["properties"]["category"]["type"] == ["string", "null"]


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-2"])
def test_a_model_that_cannot_be_forced_is_told_to_call_the_tool_and_gets_room_to_think(
    peer: AnthropicPeer, connect: Connect, model: str
) -> None:
    assert think(connect(model=model)).ending is Ending.COMPLETE
    [body] = peer.bodies
    assert body["tool_choice"] == {"type": "auto"}
    assert "`extract_entities`" in body["system"]
    assert body["max_tokens"] > READ.max_tokens + 1000


def test_a_text_goes_out_without_a_tool(peer: AnthropicPeer, connection: Connection) -> None:
    peer.reply = "Здравствуйте!"
    assert think(connection, WRITE).text == "Здравствуйте!"
    [body] = peer.bodies
    assert "tools" not in body
    assert "tool_choice" not in body
    assert body["max_tokens"] == 500


@pytest.mark.parametrize(
    "complaint",
    [
        'tool_choice: type "tool" and "any" are not supported for this model.',
        "Thinking may not be enabled when tool_choice forces tool use.",
        "tools.0.custom.strict: Extra inputs are not permitted",
        "The compiled grammar is too large",
    ],
)
def test_a_refused_shape_is_asked_once_more_in_the_plainest_one(
    peer: AnthropicPeer, connection: Connection, complaint: str
) -> None:
    peer.script(MESSAGES, [peer.failure(400, "invalid_request_error", complaint)])
    assert think(connection).ending is Ending.COMPLETE
    first, second = peer.bodies
    assert second["tool_choice"] == {"type": "auto"}
    assert "thinking" not in second
    assert second["tools"] == [
        {"name": TOOL.name, "description": TOOL.description, "input_schema": TOOL.schema}
    ]
    assert "`extract_entities`" in second["system"]
    assert second["messages"] == first["messages"]


def test_a_shape_refused_twice_is_refused(peer: AnthropicPeer, connection: Connection) -> None:
    peer.script(MESSAGES, [peer.failure(400, "invalid_request_error", "tool_choice: no")] * 2)
    with pytest.raises(Rejected) as caught:
        think(connection)
    assert caught.value.code == "shape_refused"
    assert len(peer.bodies) == 2


def test_another_bad_request_is_not_asked_again(peer: AnthropicPeer, connection: Connection) -> None:
    peer.script(MESSAGES, [peer.failure(400, "invalid_request_error", "prompt is too long: 250000 tokens")])
    with pytest.raises(Rejected):
        think(connection)
    assert len(peer.bodies) == 1


def test_the_retired_model_of_the_customers_document_is_replaced_and_its_setting_kept(
    peer: AnthropicPeer, connect: Connect
) -> None:
    connection = connect(model="claude-3-5-sonnet-20241022")
    answer = think(connection)
    assert [body["model"] for body in peer.bodies] == ["claude-haiku-5-5"]
    assert "claude-3-5-sonnet-20241022" in str(answer.warning)
    connection.refresh_from_db()
    assert connection.config["model"] == "claude-3-5-sonnet-20241022"


def test_the_cost_is_reckoned_from_the_tokens(peer: AnthropicPeer, connection: Connection) -> None:
    peer.usage = {"input_tokens": 1_000_000, "output_tokens": 100_000}
    answer = think(connection)
    assert (answer.input_tokens, answer.output_tokens) == (1_000_000, 100_000)
    assert str(answer.cost_usd) == "0.15"
    assert answer.warning == ""


def test_a_model_without_a_known_price_costs_nothing_and_says_so(
    peer: AnthropicPeer, connect: Connect
) -> None:
    peer.models = {"claude-next-9": "Claude Next"}
    answer = think(connect(model="claude-next-9"))
    assert answer.cost_usd == 0
    assert "claude-next-9" in str(answer.warning)


def test_the_configured_length_of_an_answer_wins(peer: AnthropicPeer, connect: Connect) -> None:
    think(connect(max_tokens=2048))
    assert peer.bodies[0]["max_tokens"] == 2048


def test_a_version_in_the_address_is_not_doubled(peer: AnthropicPeer, connect: Connect) -> None:
    think(connect(base_url=f"{peer.url}/v1/"))
    assert [request.path for request in peer.requests] == ["/v1/messages"]


def test_the_key_goes_as_the_vendors_own_clients_send_it(peer: AnthropicPeer, connection: Connection) -> None:
    think(connection)
    [request] = peer.requests
    assert request.headers["Authorization"] == f"Bearer {peer.key}"
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert request.headers["x-api-key"] is None


def test_an_old_gateway_gets_the_old_header_and_the_old_version(
    peer: AnthropicPeer, connect: Connect
) -> None:
    peer.header = "x-api-key"
    think(connect(key_header="x-api-key"))
    [request] = peer.requests
    assert request.headers["x-api-key"] == peer.key
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert request.headers["Authorization"] is None


def test_the_version_can_be_set(peer: AnthropicPeer, connect: Connect) -> None:
    think(connect(api_version="2023-06-01"))
    assert peer.requests[0].headers["anthropic-version"] == "2023-06-01"


def test_an_unchecked_gateway_that_reads_the_other_header_is_found_out(
    peer: AnthropicPeer, connect: Connect
) -> None:
    peer.header = "x-api-key"
    assert think(connect(key_header="auto")).ending is Ending.COMPLETE
    assert len(peer.requests) == 2


def test_what_a_check_found_out_is_not_tried_again(peer: AnthropicPeer, connect: Connect) -> None:
    peer.header = "x-api-key"
    connection = connect(key_header="auto")
    connection.api_shape = "x-api-key"
    think(connection)
    assert len(peer.requests) == 1


def test_a_wrong_key_is_refused_under_either_header(peer: AnthropicPeer, connect: Connect) -> None:
    with pytest.raises(AuthFailed):
        think(connect(key_header="auto", api_key="sk-ant-wrong"))
    assert len(peer.requests) == 2


def test_nothing_of_this_machine_leaves_with_a_request(
    peer: AnthropicPeer, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Gateway-Secret: hush\nAuthorization: Bearer other")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-other")
    think(connection)
    [request] = peer.requests
    assert request.headers["Authorization"] == f"Bearer {peer.key}"
    sent = {name.lower() for name in request.headers}
    assert not {name for name in sent if name.startswith(("x-", "idempotency"))}


def test_every_request_is_in_the_action_log(peer: AnthropicPeer, connection: Connection) -> None:
    peer.script(MESSAGES, [peer.failure(400, "invalid_request_error", "tool_choice: no")])
    think(connection)
    first, second = ActionLog.objects.filter(connection=connection).order_by("pk")
    assert (first.method, first.path, first.status) == ("POST", "/v1/messages", 400)
    assert first.error_code == "shape_refused"
    assert (second.status, second.error_code) == (200, "")

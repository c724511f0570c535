"""Anthropic's Messages API as a strict local server: https://platform.claude.com/docs/api/messages

    with AnthropicPeer() as peer:
        peer.extraction = {"appeal_type": "repair", "devices": []}  # answers a request that offers a tool
        peer.reply = "Здравствуйте!"  # answers any other
        peer.script(MESSAGES, [peer.failure(529, "overloaded_error")])
        client(base_url=peer.url, api_key=peer.key)
        peer.bodies, peer.requests

A missing or wrong key gets 401, a shape the model does not take 400, as with the vendor. What no client of
ours may send at all (an unknown field, another version) is a complaint and fails the test.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.peers.server import Peer, Received, Reply

MESSAGES = "POST /v1/messages"
MODEL = "GET /v1/models/{model}"

KEY = "sk-ant-api03-peer"
VERSIONS = {"2023-06-01", "2026-10-21"}
FIELDS = {
    "model",
    "max_tokens",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "metadata",
    "stop_sequences",
    "stream",
}
TOOL_FIELDS = {"name", "description", "input_schema", "strict"}
MODELS = {
    "claude-haiku-5-5": "Claude Haiku 5.5",
    "claude-haiku-4-5": "Claude Haiku 4.5",
    "claude-sonnet-5-5": "Claude Sonnet 5.5",
    "claude-sonnet-5": "Claude Sonnet 5",
    "claude-sonnet-4-5": "Claude Sonnet 4.5",
    "claude-opus-5-5": "Claude Opus 5.5",
    "claude-fable-5-2": "Claude Fable 5.2",
}
UNFORCEABLE = ("claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-2")
THINKS_BY_DEFAULT = ("claude-haiku-5-5", "claude-sonnet-5")

SPEC_EXTRACTION = {
    "appeal_type": "repair",
    "devices": [
        {
            "brand": "Apple",
            "model": "iPhone 14",
            "repairs": [
                {
                    "repair_type": "Замена батареи",
                    "category": "Аккумулятор",
                    "description": "Не держит батарею",
                },
                {"repair_type": "Замена дисплея", "category": "Дисплей", "description": "Экран треснул"},
            ],
        },
        {
            "brand": "Samsung",
            "model": "Galaxy S23",
            "repairs": [
                {
                    "repair_type": "Замена порта зарядки",
                    "category": "Зарядка",
                    "description": "Не заряжается",
                }
            ],
        },
    ],
}


class AnthropicPeer(Peer):
    """`header` is where it looks for the key: "authorization", "x-api-key", or None for either."""

    def __init__(
        self, *, key: str = KEY, header: str | None = None, models: Mapping[str, str] = MODELS, port: int = 0
    ) -> None:
        super().__init__(port=port)
        self.key = key
        self.header = header
        self.models = models
        self.extraction: Any = SPEC_EXTRACTION
        # By the tool's name, what is made of the request's body; of any other tool the input is `extraction`.
        self.tools: dict[str, Callable[[Any], Any]] = {}
        self.reply = "Здравствуйте! Уточним и ответим."
        self.usage = {"input_tokens": 1000, "output_tokens": 200}
        self.route(MESSAGES, self._message)
        self.route(MODEL, self._model)

    @property
    def bodies(self) -> list[Any]:
        """What was asked, in order."""
        return [request.json for request in self.to(MESSAGES)]

    def failure(self, status: int, kind: str, message: str = "No.", **options: Any) -> Reply:
        """An error in the vendor's words. `details` and `headers` may be given."""
        error: dict[str, Any] = {"type": kind, "message": message}
        if details := options.get("details"):
            error["details"] = details
        return Reply(
            status=status,
            headers={"request-id": "req_peer", **options.get("headers", {})},
            json={"type": "error", "error": error, "request_id": "req_peer"},
        )

    def message(self, blocks: list[Any], *, stop_reason: str | None = "end_turn", model: str = "") -> Reply:
        return Reply(
            headers={"request-id": "req_peer"},
            json={
                "id": "msg_peer",
                "type": "message",
                "role": "assistant",
                "model": model or "claude-haiku-5-5",
                "content": blocks,
                "stop_reason": stop_reason,
                "stop_sequence": None,
                "usage": self.usage,
            },
        )

    def tool_use(self, given: Any, *, name: str = "extract_entities") -> dict[str, Any]:
        return {"type": "tool_use", "id": "toolu_peer", "name": name, "input": given}

    def _message(self, request: Received) -> Reply:
        if refusal := self._not_let_in(request):
            return refusal
        body = request.json
        self.expect(request.headers["Content-Type"] == "application/json", "the body is not sent as JSON")
        self._complain_of(body)
        if body["model"] not in self.models:
            return self.failure(404, "not_found_error", f"model: {body['model']}")
        if complaint := _refused(body):
            return self.failure(400, "invalid_request_error", complaint)
        if tools := body.get("tools"):
            name = tools[0]["name"]
            given = self.tools[name](body) if name in self.tools else self.extraction
            call = self.tool_use(given, name=name)
            return self.message([call], stop_reason="tool_use", model=body["model"])
        return self.message([{"type": "text", "text": self.reply}], model=body["model"])

    def _model(self, request: Received) -> Reply:
        if refusal := self._not_let_in(request):
            return refusal
        model = request.params["model"]
        if model not in self.models:
            return self.failure(404, "not_found_error", f"model: {model}")
        return Reply(
            headers={"request-id": "req_peer"},
            json={
                "type": "model",
                "id": model,
                "display_name": self.models[model],
                "created_at": "2026-10-07T00:00:00Z",
                "lifecycle": "active",
            },
        )

    def _not_let_in(self, request: Received) -> Reply | None:
        self.expect(
            request.headers["anthropic-version"] in VERSIONS, "anthropic-version is missing or unknown"
        )
        bearer = (request.headers["Authorization"] or "").removeprefix("Bearer ")
        given = {"authorization": bearer, "x-api-key": request.headers["x-api-key"] or ""}
        self.expect(not all(given.values()), "the key is sent twice")
        key = given[self.header] if self.header else bearer or given["x-api-key"]
        return None if key == self.key else self.failure(401, "authentication_error", "invalid x-api-key")

    def _complain_of(self, body: Any) -> None:
        unknown = set(body) - FIELDS
        self.expect(not unknown, f"Extra inputs are not permitted: {sorted(unknown)}")
        self.expect(isinstance(body.get("max_tokens"), int), "max_tokens is required")
        self.expect(body.get("messages"), "messages is required")
        for message in body.get("messages", ()):
            self.expect(set(message) == {"role", "content"}, f"fields of a message: {sorted(message)}")
            self.expect(
                message.get("role") == "user", "the first message is the user's, and there is no prefill"
            )
            self.expect(message.get("content"), "a message must have content")
        for tool in body.get("tools", ()):
            self.expect(set(tool) <= TOOL_FIELDS, f"fields of a tool: {sorted(tool)}")
            self.expect(tool["input_schema"].get("type") == "object", "input_schema.type must be object")


def _refused(body: Any) -> str:
    """What the vendor answers 400 to, in its words."""
    model, forced = body["model"], body.get("tool_choice", {}).get("type") in ("tool", "any")
    thinking = body.get("thinking", {}).get("type")
    if forced and model in UNFORCEABLE:
        return 'tool_choice: type "tool" and "any" are not supported for this model.'
    if forced and model in THINKS_BY_DEFAULT and thinking != "disabled":
        return "Thinking may not be enabled when tool_choice forces tool use."
    if thinking == "disabled" and model in UNFORCEABLE:
        return "thinking: type disabled is not supported for this model."
    for tool in body.get("tools", ()):
        if tool.get("strict") and not _is_strict(tool["input_schema"]):
            return "tools.0.custom.input_schema: strict wants every property required and no others"
    return ""


def _is_strict(schema: Any) -> bool:
    if schema.get("type") == "array":
        return _is_strict(schema["items"])
    if schema.get("type") != "object":
        return True
    properties = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False and set(schema.get("required", ())) == set(
        properties
    )
    return closed and all(_is_strict(value) for value in properties.values())

"""Reads a Messages answer, whatever came, into an `Answer`. Never raises."""

from collections.abc import Mapping
from typing import Any

from apps.ai.connectors.anthropic.capabilities import capabilities_of
from apps.ai.contract import Answer, Ending, Request
from apps.ai.wire import read_object

# https://platform.claude.com/docs/build-with-claude/handling-stop-reasons
STOPPED = {
    "refusal": Ending.REFUSED,
    "max_tokens": Ending.TRUNCATED,
    "model_context_window_exceeded": Ending.TRUNCATED,
    "pause_turn": Ending.INVALID,
}


def read_message(
    content: bytes, *, request: Request, model: str, request_id: str = "", warning: str = ""
) -> Answer:
    body = read_object(content)
    blocks = [block for block in _list(body.get("content")) if isinstance(block, dict)]
    text = "".join(_text(block.get("text")) for block in blocks if block.get("type") == "text").strip()
    ending, tool_input = _outcome(body, blocks, text, request)
    input_tokens, output_tokens = _usage(body.get("usage"))
    return Answer(
        ending=ending,
        model=_text(body.get("model")) or model,
        text=text,
        tool_input=tool_input,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=capabilities_of(model).cost(input_tokens=input_tokens, output_tokens=output_tokens),
        request_id=request_id or _text(body.get("id")),
        warning=warning,
    )


def _outcome(
    body: Mapping[str, Any], blocks: list[dict[str, Any]], text: str, request: Request
) -> tuple[Ending, Mapping[str, Any] | None]:
    if not isinstance(body.get("content"), list):
        return Ending.INVALID, None
    stopped = STOPPED.get(_text(body.get("stop_reason")))
    if stopped is not None:
        return stopped, None
    if request.tool is None:
        return (Ending.COMPLETE if text else Ending.INVALID), None
    calls = [b for b in blocks if b.get("type") == "tool_use" and b.get("name") == request.tool.name]
    if not calls:
        return Ending.NO_TOOL, None
    given = calls[0].get("input")
    return (Ending.COMPLETE, given) if isinstance(given, dict) else (Ending.INVALID, None)


def _usage(usage: Any) -> tuple[int, int]:
    """Cached input is counted at the full price: these prompts are too short to be cached."""
    if not isinstance(usage, dict):
        return 0, 0
    read = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(_count(usage.get(name)) for name in read), _count(usage.get("output_tokens"))


def _count(value: Any) -> int:
    return (
        min(value, 2_000_000_000)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0
        else 0
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

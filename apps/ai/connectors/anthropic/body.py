"""The body of `POST /v1/messages` for a question, shaped for the model that is asked."""

from collections.abc import Mapping
from typing import Any

from apps.ai.connectors.anthropic.capabilities import Capabilities
from apps.ai.contract import Request, Tool

# Thinking is paid out of max_tokens; without this it may leave nothing for the answer.
ROOM_TO_THINK = 4096

CALL_THE_TOOL = "Answer only by calling the tool `{name}`, once. Write no other text."


def body_of(request: Request, *, model: str, capabilities: Capabilities, max_tokens: int) -> dict[str, Any]:
    """`capabilities=UNKNOWN` gives the plainest shape, for when the service refuses the better one."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": max_tokens + (ROOM_TO_THINK if capabilities.thinks else 0),
        "messages": [{"role": "user", "content": request.user}],
        **capabilities.quiet,
    }
    system = request.system
    if request.tool is not None:
        body["tools"] = [tool_of(request.tool, strict=capabilities.strict)]
        body["tool_choice"] = {"type": "auto"}
        if capabilities.forced_tool:
            body["tool_choice"] = {"type": "tool", "name": request.tool.name}
        else:
            system = f"{system}\n\n{CALL_THE_TOOL.format(name=request.tool.name)}".strip()
    if system:
        body["system"] = system
    return body


def tool_of(tool: Tool, *, strict: bool) -> dict[str, Any]:
    named = {"name": tool.name, "description": tool.description}
    if not strict:
        return {**named, "input_schema": tool.schema}
    return {**named, "input_schema": strict_copy(tool.schema), "strict": True}


def strict_copy(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Strict mode wants every property required and no others. What was optional may be null instead.

    https://platform.claude.com/docs/build-with-claude/structured-outputs#json-schema-limitations
    """
    copy = dict(schema)
    if copy.get("type") == "array" and "items" in copy:
        copy["items"] = strict_copy(copy["items"])
    if copy.get("type") != "object":
        return copy
    optional = set(copy.get("properties", {})) - set(copy.get("required", ()))
    copy["properties"] = {
        name: _nullable(strict_copy(value)) if name in optional else strict_copy(value)
        for name, value in copy.get("properties", {}).items()
    }
    return {**copy, "required": list(copy["properties"]), "additionalProperties": False}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """An optional list needs no null: it can be empty. Unions are few in strict mode, so none is wasted."""
    kind = schema.get("type")
    if not isinstance(kind, str) or kind == "array":
        return schema
    return {**schema, "type": [kind, "null"]}

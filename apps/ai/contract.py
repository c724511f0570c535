"""What a connector that thinks must offer beside `integrations.contract.Connector`."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, BinaryIO, Protocol

from django.utils.functional import Promise

from apps.integrations.opening import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function the model is to call; `schema` is JSON Schema, as the customer's documents give it."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to a model. With a `tool` the answer is that tool's input, else it is text."""

    user: str
    system: str = ""
    tool: Tool | None = None
    max_tokens: int = 1024


class Ending(StrEnum):
    """How the model stopped. Only COMPLETE may be used; the others go to a person."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    NO_TOOL = "no_tool"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What was said in one breath, from which second until which; `speaker` as the model tells them apart."""

    start: float
    end: float
    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `tool_input` is a dict only when `ending` is COMPLETE and a tool was asked for.

    Of speech also `segments`, where the model tells when what was said, and `language` where it says which.
    """

    ending: Ending
    model: str
    text: str = ""
    tool_input: Mapping[str, Any] | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    request_id: str = ""
    warning: str | Promise = ""
    segments: tuple[Segment, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Speech in a file. `language` is ISO 639-1, empty where any may be spoken; `seconds` its length, where
    that is known.

    `before` is the end of what was said before this part of a longer recording.
    """

    file: BinaryIO
    content_type: str
    language: str = "ru"
    seconds: float | None = None
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What a model listens to: by container and codec (`core.audio.Sound`) the content type it goes under.

    `is_timed`: it tells when what was said.
    """

    formats: Mapping[tuple[str, str], str]
    bytes: int
    seconds: int
    is_timed: bool


class HearingConnector(Protocol):
    """Looked up on the connector's module by name."""

    def hearing_of(self, config: Any) -> Hearing:
        """What the configured model takes; all else is converted and cut first. Pure."""
        ...

    def hear(self, opened: Opened[Any], recording: Recording) -> Answer:
        """Speech into text, empty for silence. Raises `core.errors`: Rejected for what can't be heard."""
        ...


class ThinkingConnector(Protocol):
    """Looked up on the connector's module by name."""

    def think(self, opened: Opened[Any], request: Request) -> Answer:
        """Ask the model. Raises `core.errors`; an answer that can't be used is an Answer, not an error."""
        ...

    def prices_of(self, config: Any) -> tuple[Decimal, Decimal] | None:
        """USD for a million tokens, in and out, of the configured model; None where nobody knows. Pure."""
        ...

"""Reads a client's message: which devices, what is wrong with each, what kind of appeal.

The tool is the customer's own («AI Tool 4: Multi-Entity Extractor»), word for word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from apps.ai.asking import Unusable, ask
from apps.ai.contract import Ending, Request, Tool
from apps.ai.models import Purpose
from apps.ai.prompts import prompt_for
from apps.core.text import clean_name
from apps.integrations.models import Connection
from apps.tenants.models import Tenant

__all__ = ["TOOL", "ExtractedDevice", "ExtractedRepair", "Extraction", "Unusable", "extract"]

# A message longer than this is not about a repair; what is over is not read.
MOST_CHARACTERS = 30_000
MOST_DEVICES = 20
MOST_REPAIRS = 20

_STRING = {"type": "string"}
TOOL = Tool(
    name="extract_entities",
    description="Извлечь устройства и неисправности из сообщения клиента",
    schema={
        "type": "object",
        "properties": {
            "devices": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "brand": _STRING,
                        "model": _STRING,
                        "repairs": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {
                                    "repair_type": _STRING,
                                    "category": _STRING,
                                    "description": _STRING,
                                },
                            },
                        },
                    },
                },
            },
            "appeal_type": _STRING,
        },
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedRepair:
    repair_type: str = ""
    category: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedDevice:
    brand: str = ""
    model: str = ""
    repairs: tuple[ExtractedRepair, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    appeal_type: str = ""
    devices: tuple[ExtractedDevice, ...] = ()


def extract(*, tenant: Tenant, connection: Connection, text: str) -> Extraction:
    """Raises Unusable when the answer goes to a person, and what `ask` raises."""
    prompt = prompt_for(tenant=tenant, purpose=Purpose.EXTRACTION)
    answer = ask(
        tenant=tenant,
        connection=connection,
        purpose=Purpose.EXTRACTION,
        request=Request(user=text[:MOST_CHARACTERS], system=prompt.system, tool=TOOL, max_tokens=1024),
        prompt_number=prompt.number,
    )
    if answer.ending is not Ending.COMPLETE or answer.tool_input is None:
        raise Unusable(answer.ending)
    return read_extraction(answer.tool_input)


def read_extraction(given: Mapping[str, Any]) -> Extraction:
    """Takes what makes sense of a tool's input. Raises Unusable for what does not look like one at all."""
    try:
        said = _Said.model_validate(given)
    except ValidationError:
        said = None
    if said is None:
        raise Unusable(Ending.INVALID)
    devices = [
        ExtractedDevice(brand=device.brand, model=device.model, repairs=_repairs(device.repairs))
        for device in said.devices
    ]
    full = [device for device in devices if device.brand or device.model or device.repairs]
    return Extraction(appeal_type=said.appeal_type.casefold(), devices=tuple(full[:MOST_DEVICES]))


def _repairs(said: "list[_SaidRepair]") -> tuple[ExtractedRepair, ...]:
    repairs = [
        ExtractedRepair(repair_type=one.repair_type, category=one.category, description=one.description)
        for one in said
    ]
    return tuple([one for one in repairs if one != ExtractedRepair()][:MOST_REPAIRS])


def _text(limit: int) -> BeforeValidator:
    """Null, a number or a list of words are no reason to lose the rest of an answer."""

    def read(value: Any) -> str:
        if isinstance(value, list):
            value = ", ".join(str(one) for one in value if isinstance(one, str | int))
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return ""
        return clean_name(str(value), limit=limit)

    return BeforeValidator(read)


def _rows(value: Any) -> Any:
    """Null for an empty list, one object for a list of one, and not one broken row for all."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else value


Rows = BeforeValidator(_rows)


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _SaidRepair(_Lenient):
    repair_type: Annotated[str, _text(200)] = ""
    category: Annotated[str, _text(100)] = ""
    description: Annotated[str, _text(1000)] = ""


class _SaidDevice(_Lenient):
    brand: Annotated[str, _text(100)] = ""
    model: Annotated[str, _text(150)] = ""
    repairs: Annotated[list[_SaidRepair], Rows] = []


class _Said(_Lenient):
    devices: Annotated[list[_SaidDevice], Rows] = []
    appeal_type: Annotated[str, _text(60)] = ""

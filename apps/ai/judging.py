"""Asks the model what it makes of a conversation: whether criteria were met, or what was said of something.

The conversation is data, line by line: whatever somebody said in it, nobody can end the data and go on as
somebody else. What comes back is read leniently and proves nothing yet: its quotes are looked for elsewhere.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from apps.ai import wording
from apps.ai.asking import Unusable, ask
from apps.ai.contract import Ending, Request, Tool
from apps.ai.models import CHECKLIST, TABLE
from apps.core.text import clean
from apps.integrations.models import Connection
from apps.tenants.models import Tenant

T = TypeVar("T", bound=BaseModel)

# Three hours of talk are less than half of it.
MOST_CHARACTERS = 400_000
MOST_COMMENT, MOST_QUOTE, MOST_VALUE = 1000, 1000, 2000
# What an answer costs of each thing asked, in tokens; in Russian two letters may be one.
TOKENS_EACH, TOKENS_BESIDE, MOST_TOKENS = 320, 300, 16_000

VERDICTS: Mapping[str, int | None] = {"yes": 1, "no": -1, "cannot_judge": None}


class TooLong(Exception):
    """More was said than any model is to read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`who` is "manager", "client", another name or empty; `at` as people read it: 1:05."""

    who: str
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """`held_on` is what «tomorrow» is reckoned from."""

    lines: Sequence[Line]
    held_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    id: str
    name: str
    criterion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`value` 1, -1, or None where it cannot be judged; `line` is where the model says the quote stands."""

    id: str
    value: int | None
    comment: str = ""
    quote: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`answer` says in words how the answer is to be written."""

    name: str
    title: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`value` in the model's own words, empty where nothing was said of it."""

    name: str
    value: str
    quote: str = ""
    line: int | None = None


def judge(
    *, tenant: Tenant, connection: Connection, talk: Talk, criteria: Sequence[Criterion]
) -> dict[str, Verdict]:
    """By the criteria's ids; one that the model left out is not there.

    Raises Unusable, TooLong and what `ask` raises.
    """
    asked = {"stages": [asdict(one) for one in criteria]}
    given = _asked(tenant, connection, CHECKLIST, CHECK, asked, talk, len(criteria))
    wanted = {one.id for one in criteria}
    found: dict[str, Verdict] = {}
    for said in _read(_Checked, given).stages:
        if said.id in wanted and said.id not in found and said.verdict in VERDICTS:
            found[said.id] = Verdict(
                id=said.id,
                value=VERDICTS[said.verdict],
                comment=said.comment,
                quote=said.quote,
                line=said.line,
            )
    return found


def fill(
    *, tenant: Tenant, connection: Connection, talk: Talk, questions: Sequence[Question]
) -> dict[str, Said]:
    """By the questions' names. Raises as `judge`."""
    asked = {"columns": [asdict(one) for one in questions]}
    given = _asked(tenant, connection, TABLE, FILL, asked, talk, len(questions))
    wanted = {one.name for one in questions}
    found: dict[str, Said] = {}
    for said in _read(_Filled, given).cells:
        if said.name in wanted and said.name not in found:
            found[said.name] = Said(name=said.name, value=said.value, quote=said.quote, line=said.line)
    return found


def as_data(asked: Mapping[str, Any], talk: Talk) -> str:
    """JSON, one line for each line of the talk: numbers and quotes stay together as the model reads."""
    head = json.dumps({"held_on": _day(talk.held_on), **asked}, ensure_ascii=False)
    lines = [
        json.dumps({"line": number, "at": one.at, "who": one.who, "text": one.text}, ensure_ascii=False)
        for number, one in enumerate(talk.lines, start=1)
    ]
    return f"{head}\n" + "\n".join(lines)


def system_of(*, language: str, purpose: str) -> str:
    return f"{wording.built_in(language=language, purpose=purpose)}\n\n" + wording.rules(
        language=language, purpose=purpose
    )


def most_tokens(count: int) -> int:
    return min(TOKENS_BESIDE + TOKENS_EACH * count, MOST_TOKENS)


def _asked(
    tenant: Tenant,
    connection: Connection,
    purpose: str,
    tool: Tool,
    asked: Mapping[str, Any],
    talk: Talk,
    count: int,
) -> Mapping[str, Any]:
    user = as_data(asked, talk)
    if len(user) > MOST_CHARACTERS:
        raise TooLong
    answer = ask(
        tenant=tenant,
        connection=connection,
        purpose=purpose,
        request=Request(
            user=user,
            system=system_of(language=tenant.language, purpose=purpose),
            tool=tool,
            max_tokens=most_tokens(count),
        ),
    )
    if answer.ending is not Ending.COMPLETE or answer.tool_input is None:
        raise Unusable(answer.ending)
    return answer.tool_input


def _day(day: date) -> str:
    return f"{day.isoformat()}, {day:%A}"


def _read(model: type[T], given: Mapping[str, Any]) -> T:
    try:
        said: T | None = model.model_validate(given)
    except ValidationError:
        said = None
    if said is None:
        raise Unusable(Ending.INVALID)
    return said


def _text(limit: int) -> BeforeValidator:
    """A number is as good as its digits; null is nothing."""

    def read(value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return clean(str(value), limit=limit).strip() if isinstance(value, str | int | float) else ""

    return BeforeValidator(read)


def _line(value: Any) -> int | None:
    """Of a line that cannot be, none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6 else None


def _rows(value: Any) -> Any:
    """Not one broken row for all."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else value


Rows = BeforeValidator(_rows)


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    quote: Annotated[str, _text(MOST_QUOTE)] = ""
    line: Annotated[int | None, BeforeValidator(_line)] = None


class _Checking(_Lenient):
    id: Annotated[str, _text(200)] = ""
    verdict: Annotated[str, _text(20)] = ""
    comment: Annotated[str, _text(MOST_COMMENT)] = ""


class _Filling(_Lenient):
    name: Annotated[str, _text(200)] = ""
    value: Annotated[str, _text(MOST_VALUE)] = ""


class _Checked(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)
    stages: Annotated[list[_Checking], Rows]


class _Filled(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)
    cells: Annotated[list[_Filling], Rows]


_STRING = {"type": "string"}
_PLACE = {"quote": _STRING, "line": {"type": "integer"}}


def _list_of(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    item = {"type": "object", "properties": dict(properties), "required": [*properties]}
    return {
        "type": "object",
        "properties": {name: {"type": "array", "items": item}},
        "required": [name],
    }


CHECK = Tool(
    name="judge_conversation",
    description="Record the verdict on every stage of the checklist.",
    schema=_list_of(
        "stages",
        {"id": _STRING, "comment": _STRING, **_PLACE, "verdict": {"type": "string", "enum": [*VERDICTS]}},
    ),
)
FILL = Tool(
    name="fill_table",
    description="Record what was said for every column of the table.",
    schema=_list_of("cells", {"name": _STRING, **_PLACE, "value": _STRING}),
)

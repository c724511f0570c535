"""Two shapes of one API behind one setting: that of the customer's document, and the service's own."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AuthFailed, ConfigInvalid, OutcomeUnknown, OutsideError, Rejected, Transient
from apps.core.http import Answer
from apps.core.text import clean_name
from apps.integrations.contract import AUTO, Account
from apps.integrations.models import Connection

# The first that answers is taken; what the others said is then of no interest.
PASSES_ON = (AuthFailed, ConfigInvalid, Rejected, Transient)
WRONG_ADDRESS = _("At this address there is no such service, or it speaks another API than was chosen.")


class Shape(StrEnum):
    """Which of a service's two API descriptions is spoken: that of the customer's document, or its own."""

    SPEC = "spec"
    VENDOR = "vendor"


def shape_of(connection: Connection, api: str) -> Shape:
    """What was chosen; else what the last successful check found; the customer's shape until one has run."""
    return Shape(connection.api_shape or Shape.SPEC) if api == AUTO else Shape(api)


def first_that_answers(checks: Mapping[Any, Callable[[], Account]]) -> Account:
    """Raises what the first of them said, where none answers. A limit or a pause is everybody's."""
    first: OutsideError | None = None
    for check in checks.values():
        try:
            return check()
        except PASSES_ON as error:
            first = first or error
    raise first or wrong_address()


def wrong_address() -> ConfigInvalid:
    return ConfigInvalid(WRONG_ADDRESS, code="wrong_address", field="base_url")


def as_object(answer: Answer, *, repeatable: bool = True) -> dict[str, Any]:
    """A success in another shape may be anything; where something was asked for, it may have happened."""
    if isinstance(answer.json, dict):
        return answer.json
    raise wrong_address() if repeatable else OutcomeUnknown(code="not_the_service")


def word(value: Any, *, limit: int = 60) -> str:
    """Ids and names, whichever way they are written; nothing for what is neither."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return clean_name(str(value), limit=limit)

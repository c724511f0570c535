"""What the API's refusals mean. https://platform.claude.com/docs/api/errors"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import ConfigInvalid, OutsideError, Rejected, Transient
from apps.core.http import Answer

_PAY = _("The AI service wants to be paid: top up the account there, then check the connection.")
_NO_MODEL = _("The AI service has no such model, or this key may not use it.")
_NOT_THE_API = _("There is no Messages API at this address.")
_SHAPE = _("The AI service does not accept this kind of request.")

# A 429 that no waiting mends.
SPENT = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})

# Parts of a request that a model or a gateway may refuse although another one takes them.
FINERIES = (
    "tool_choice",
    "thinking",
    "strict",
    "output_config",
    "effort",
    "additionalproperties",
    "schema",
    "grammar",
)


class ShapeRefused(Rejected):
    """Worth asking once more in the plainest shape."""

    code = "shape_refused"
    public = _SHAPE


class NotTheApi(ConfigInvalid):
    """Something answers, but not as the API does. Many gateways have no `GET /v1/models/…`."""

    code = "not_the_api"

    def __init__(self) -> None:
        super().__init__(_NOT_THE_API, field="base_url")


def classify(answer: Answer) -> OutsideError | None:
    """None leaves it to the default mapping of `core.http`."""
    if answer.status < 400:
        return None
    error = _error_of(answer.json)
    message = str(error.get("message", "")).lower()
    if answer.status == 402 or (answer.status == 400 and "credit balance" in message):
        return ConfigInvalid(_PAY, code="payment_required")
    if answer.status == 429 and _detail(error) in SPENT:
        return ConfigInvalid(_PAY, code="spend_limit")
    if answer.status == 404 and error.get("type") == "not_found_error":
        return ConfigInvalid(_NO_MODEL, code="model_not_found", field="model")
    if answer.status in (404, 405, 501):
        return NotTheApi()
    if answer.status in (400, 422) and any(word in message for word in FINERIES):
        return ShapeRefused()
    if answer.status == 409:  # a lock over there, a reason to try again for the vendor's own clients
        return Transient(code="http_409")
    return None


def _error_of(body: Any) -> dict[str, Any]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _detail(error: dict[str, Any]) -> str:
    details = error.get("details")
    return str(details.get("error_code", "")) if isinstance(details, dict) else ""

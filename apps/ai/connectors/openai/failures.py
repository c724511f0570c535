"""What the API's errors mean. https://developers.openai.com/api/docs/guides/error-codes"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import ConfigInvalid, OutsideError
from apps.core.http import Answer


def classify(answer: Answer) -> OutsideError | None:
    body: Any = answer.json
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if code == "insufficient_quota":
        return ConfigInvalid(
            _("The AI service wants to be paid: top up the account there, then check the connection."),
            code="payment_required",
        )
    if answer.status != 404:
        return None
    if isinstance(error, dict):
        return ConfigInvalid(
            _("The AI service has no such model, or this key may not use it."),
            code="model_not_found",
            field="model",
        )
    return not_the_api()


def not_the_api() -> ConfigInvalid:
    return ConfigInvalid(_("There is no OpenAI API at this address."), code="not_the_api", field="base_url")

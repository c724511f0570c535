"""OpenAI: turns speech into text. https://developers.openai.com/api/docs/guides/speech-to-text"""

from typing import Any

import httpx2
import openai
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables
from pydantic import Field

from apps.ai import sdk
from apps.core.errors import ConfigInvalid, OutsideError
from apps.core.http import Answer
from apps.integrations.contract import Account, Category, ConnectorConfig, Spec
from apps.integrations.opening import Opened

SPEC = Spec(
    slug="openai",
    name="OpenAI Whisper",
    category=Category.AI,
    icon="integrations/openai.svg",
    description=_("Turns voice messages and calls into text (transcription)"),
    capabilities=frozenset({"transcribe"}),
    docs_url="https://developers.openai.com/api/docs/guides/speech-to-text",
)

sdk.hush("openai")

VENDOR_URL = "https://api.openai.com/v1"
CHECK_SECONDS = 30.0


class Config(ConnectorConfig):
    api_key: sdk.ApiKey = Field(
        title=gettext_noop("API key"), description=gettext_noop("From platform.openai.com, begins with sk-.")
    )
    model: str = Field("whisper-1", title=gettext_noop("Model"), min_length=1, max_length=100)
    base_url: str = Field(VENDOR_URL, title=gettext_noop("Address"), json_schema_extra={"advanced": True})


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    config = opened.config
    with opened.http(config.base_url, timeout=(5.0, CHECK_SECONDS), classify=_classify) as http:
        client = openai.OpenAI(
            api_key=config.api_key.get_secret_value(),
            base_url=config.base_url,
            timeout=CHECK_SECONDS,
            max_retries=0,
            http_client=sdk.Door(http).client(),
        )
        response: httpx2.Response = sdk.run(
            lambda: client.models.with_raw_response.retrieve(config.model).http_response,
            wrapped_in=openai.OpenAIError,
        )
    found = sdk.read_object(response.content)
    if not isinstance(found.get("id"), str):
        raise _not_the_api()
    return Account(name=found["id"])


def _classify(answer: Answer) -> OutsideError | None:
    """https://developers.openai.com/api/docs/guides/error-codes"""
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
    return _not_the_api()


def _not_the_api() -> ConfigInvalid:
    return ConfigInvalid(_("There is no OpenAI API at this address."), code="not_the_api", field="base_url")

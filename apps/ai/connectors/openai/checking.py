"""Does the key open the model. https://developers.openai.com/api/reference/resources/models/methods/retrieve"""

import httpx2
import openai
from django.views.decorators.debug import sensitive_variables

from apps.ai import sdk
from apps.ai.connectors.openai.failures import classify, not_the_api
from apps.ai.connectors.openai.spec import Config
from apps.integrations.contract import Account
from apps.integrations.opening import Opened

CHECK_SECONDS = 30.0


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    config = opened.config
    with opened.http(config.base_url, timeout=(5.0, CHECK_SECONDS), classify=classify) as http:
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
        raise not_the_api()
    return Account(name=found["id"])

"""Does the key open the model. https://developers.openai.com/api/reference/resources/models/methods/retrieve"""

from urllib.parse import quote

from django.views.decorators.debug import sensitive_variables

from apps.ai.connectors.openai.failures import classify, not_the_api
from apps.ai.connectors.openai.spec import Config
from apps.ai.wire import read_object
from apps.integrations.contract import Account
from apps.integrations.opening import Opened

CHECK_SECONDS = 30.0


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    config = opened.config
    headers = {"Authorization": f"Bearer {config.api_key.get_secret_value()}", "Accept": "application/json"}
    timeout = (5.0, CHECK_SECONDS)
    with opened.http(config.base_url, headers=headers, timeout=timeout, classify=classify) as http:
        answer = http.get(f"/models/{quote(config.model, safe=':')}", expect_json=False)
    found = read_object(answer.content)
    if not isinstance(found.get("id"), str):
        raise not_the_api()
    return Account(name=found["id"])

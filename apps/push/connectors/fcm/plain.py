"""The request as the customer's document has it, with a server key. Google switched it off on 22 July 2024:
https://firebase.google.com/docs/cloud-messaging/migrate-v1; gateways of one's own may still speak it.
"""

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import ConfigInvalid, OutsideError, RateLimited, Rejected, Scope, Transient
from apps.core.http import Answer
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.push.connectors.fcm.spec import VENDOR_URL, Config
from apps.push.contract import DeviceGone, PushMessage

PATH = "/fcm/send"
NOBODY = "/topics/batterycrm-check"
GONE = frozenset({"NotRegistered", "InvalidRegistration", "MismatchSenderId"})
AGAIN = frozenset({"Unavailable", "InternalServerError"})
TOO_MANY = "DeviceMessageRateExceeded"

_SWITCHED_OFF = _(
    "Google switched off requests with a server key. Paste a service account's file, or enter the address of "
    "your own gateway."
)
_NO_GATEWAY = _("There is no gateway at this address that takes notifications with a server key.")
_GATEWAY = _(
    "Notifications go through your own gateway with a server key; Google itself no longer answers it."
)


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    body = {"to": NOBODY, "notification": {"title": "BatteryCRM"}, "dry_run": True}
    if not isinstance(_post(opened, body).json, dict):
        raise ConfigInvalid(_NO_GATEWAY, code="not_the_api", field="base_url")
    name = opened.config.sender_id or urlsplit(opened.config.base_url).netloc
    return Account(name=name, warnings=(_GATEWAY,), api_shape="spec")


@sensitive_variables()
def send(opened: Opened[Config], message: PushMessage) -> None:
    _post(opened, rendered(opened.config, message))


def rendered(config: Config, message: PushMessage) -> dict[str, Any]:
    sound = {"sound": "default"} if message.sounds else {}
    return {
        "to": message.token,
        "collapse_key": message.collapse,
        "notification": {
            "title": message.title,
            "body": message.body,
            "icon": config.android_icon,
            **sound,
            "click_action": message.link if message.type == "web" else config.android_click_action,
        },
        "data": dict(message.data),
    }


@sensitive_variables()
def _post(opened: Opened[Config], body: dict[str, Any]) -> Answer:
    config = opened.config
    headers = {"Authorization": f"key={config.server_key.get_secret_value()}"}
    is_googles = config.base_url == VENDOR_URL

    def classify(answer: Answer) -> OutsideError | None:
        if answer.status in (404, 410):
            text = _SWITCHED_OFF if is_googles else _NO_GATEWAY
            return ConfigInvalid(text, code="not_the_api", field="base_url")
        return _of_results(answer.json)

    with opened.http(config.base_url, headers=headers, classify=classify) as http:
        return http.post(PATH, json=body, idempotent=True)


def _of_results(body: Any) -> OutsideError | None:
    """Refused with 200: {"failure": 1, "results": [{"error": "NotRegistered"}]}."""
    results = body.get("results") if isinstance(body, dict) else None
    errors = (
        [one.get("error") for one in results if isinstance(one, dict)] if isinstance(results, list) else []
    )
    error = next((one for one in errors if isinstance(one, str)), "")
    if error in GONE:
        return DeviceGone()
    if error in AGAIN:
        return Transient(code="unavailable")
    if error == TOO_MANY:
        return RateLimited(scope=Scope.DIALOGUE)
    return Rejected(code="refused_there") if error else None

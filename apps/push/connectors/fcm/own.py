"""Google's own API, HTTP v1. https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, Rejected
from apps.core.http import Answer
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.integrations.tokens import forget_token
from apps.push.connectors.fcm.signing import token_of
from apps.push.connectors.fcm.spec import Config
from apps.push.contract import DeviceGone, PushMessage

# Nobody subscribes to it: with `validate_only` such a message is looked at and goes nowhere.
NOBODY = "batterycrm-check"
# https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
GONE = frozenset({"UNREGISTERED", "SENDER_ID_MISMATCH"})

_NO_RIGHT = _("This service account may not send notifications: enable the FCM API and give it the role.")
_NO_PROJECT = _("There is no such Firebase project, or no FCM at this address.")
_NO_CERTIFICATE = _("The browser was registered with another Web Push certificate. Register it anew.")
_PHONES_ONLY = _("Browsers can't be registered: for that the web app's three settings are missing.")


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    body = {"validate_only": True, "message": {"topic": NOBODY, "notification": {"title": "BatteryCRM"}}}
    answer = _post(opened, body)
    found = answer.json.get("name") if isinstance(answer.json, dict) else None
    project = opened.config.account["project_id"]
    if not isinstance(found, str) or not found.startswith(f"projects/{project}/"):
        raise ConfigInvalid(_NO_PROJECT, code="not_the_api", field="base_url")
    warnings = () if opened.config.registers_browsers else (_PHONES_ONLY,)
    return Account(name=project, warnings=warnings, api_shape="vendor")


@sensitive_variables()
def send(opened: Opened[Config], message: PushMessage) -> None:
    _post(opened, {"message": rendered(opened.config, message)})


def rendered(config: Config, message: PushMessage) -> dict[str, Any]:
    body: dict[str, Any] = {
        "token": message.token,
        "notification": {"title": message.title, "body": message.body},
        "data": dict(message.data),
    }
    if message.type == "android":
        return body | {"android": _android(config, message)}
    return body | {"webpush": _web(message)}


def _android(config: Config, message: PushMessage) -> dict[str, Any]:
    shown = {"icon": config.android_icon, "click_action": config.android_click_action}
    sound = {"sound": "default"} if message.sounds else {}
    return {
        "collapse_key": message.collapse,
        "priority": "HIGH",
        "ttl": f"{_seconds(message)}s",
        "notification": {**shown, **sound, "tag": message.collapse},
    }


def _web(message: PushMessage) -> dict[str, Any]:
    """The link must be https; where there is none, our own service worker knows the way by `data`."""
    headers = {"TTL": str(_seconds(message)), "Urgency": "high", "Topic": message.collapse}
    link = {"fcm_options": {"link": message.link}} if message.link.startswith("https://") else {}
    return {"headers": headers, **link}


def _seconds(message: PushMessage) -> int:
    return max(0, int(message.lasts.total_seconds()))


@sensitive_variables()
def _post(opened: Opened[Config], body: dict[str, Any]) -> Answer:
    """A token may be revoked within its hour: one that is refused is asked for anew, once."""
    token = token_of(opened)
    try:
        return _post_with(token, opened, body)
    except AuthFailed:
        forget_token(opened.connection, token)
    return _post_with(token_of(opened), opened, body)


@sensitive_variables()
def _post_with(token: str, opened: Opened[Config], body: dict[str, Any]) -> Answer:
    config = opened.config
    path = f"/{config.api_version}/projects/{config.account['project_id']}/messages:send"
    headers = {"Authorization": f"Bearer {token}"}
    with opened.http(config.base_url, headers=headers, classify=_classify) as http:
        return http.post(path, json=body, idempotent=True)


def _classify(answer: Answer) -> OutsideError | None:
    code = error_code(answer.json)
    if code in GONE or (answer.status == 400 and _is_about_the_token(answer.json)):
        return DeviceGone()
    if code == "THIRD_PARTY_AUTH_ERROR":
        return Rejected(_NO_CERTIFICATE, code="other_certificate")
    if answer.status == 403:
        return ConfigInvalid(_NO_RIGHT, code="http_403", field="service_account_json")
    if answer.status == 404:
        return ConfigInvalid(_NO_PROJECT, code="not_the_api", field="base_url")
    return None


def error_code(body: Any) -> str:
    """FCM's own word; «details» hold it beside Google's general `status`."""
    found = [one.get("errorCode") for one in _details(body)]
    return next((one for one in found if isinstance(one, str)), "")


def _is_about_the_token(body: Any) -> bool:
    """A token that never was one: told as a wrong field, and by this sentence where no field is named."""
    violations = [field for one in _details(body) for field in _dicts(one.get("fieldViolations"))]
    if violations:
        return any(one.get("field") in ("message.token", "token") for one in violations)
    error = body.get("error") if isinstance(body, dict) else None
    said = error.get("message") if isinstance(error, dict) else ""
    return isinstance(said, str) and "not a valid FCM registration token" in said


def _details(body: Any) -> list[dict[str, Any]]:
    error = body.get("error") if isinstance(body, dict) else None
    return _dicts(error.get("details") if isinstance(error, dict) else None)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

"""A browser's subscription becomes a token: what Firebase's own script does in the page, done from here.

So no script of another host runs in the desk. The two requests are those of the open SDK:
https://github.com/firebase/firebase-js-sdk/tree/main/packages (installations, messaging/src/internals).
"""

import base64
import secrets as randomness
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import ConfigInvalid, OutsideError
from apps.core.http import Answer
from apps.integrations.opening import Opened
from apps.push.connectors.fcm.spec import Config
from apps.push.contract import Subscription

SDK = "w:0.6.19"
_REFUSED = _("Google does not register browsers with the web app's apiKey and appId. Copy both anew.")
_UNKNOWN = _("Google's answer to the browser's registration is not understood. Check the addresses.")


@sensitive_variables()
def register_browser(opened: Opened[Config], subscription: Subscription) -> str:
    project = opened.config.account["project_id"]
    installed = _post(
        opened,
        opened.config.installations_url,
        f"/v1/projects/{project}/installations",
        {"fid": _new_id(), "authVersion": "FIS_v2", "appId": opened.config.web_app_id, "sdkVersion": SDK},
    )
    auth = installed.get("authToken")
    web = {
        "endpoint": subscription.endpoint,
        "p256dh": subscription.p256dh,
        "auth": subscription.auth,
        "applicationPubKey": opened.config.vapid_public,
    }
    registered = _post(
        opened,
        opened.config.registrations_url,
        f"/v1/projects/{project}/registrations",
        {"web": web},
        {"x-goog-firebase-installations-auth": f"FIS {_text(auth, 'token')}"},
    )
    return _text(registered, "token")


@sensitive_variables()
def _post(
    opened: Opened[Config], url: str, path: str, body: dict[str, Any], more: dict[str, str] | None = None
) -> dict[str, Any]:
    """The key may be limited to our own pages: it is they who ask."""
    key = {"x-goog-api-key": opened.config.web_api_key.get_secret_value()}
    headers = {**key, "Referer": f"{settings.PUBLIC_URL}/", **(more or {})}
    with opened.http(url, paced=False, headers=headers, classify=_classify) as http:
        found = http.post(path, json=body, idempotent=True).json
    return found if isinstance(found, dict) else {}


def _classify(answer: Answer) -> OutsideError | None:
    if answer.status in (400, 401, 403, 404):
        return ConfigInvalid(_REFUSED, code="web_app_refused", field="web_api_key")
    return None


def _text(found: Any, name: str) -> str:
    value = found.get(name) if isinstance(found, dict) else None
    if not isinstance(value, str) or not value:
        raise ConfigInvalid(_UNKNOWN, code="not_the_api", field="registrations_url")
    return value


def _new_id() -> str:
    """Firebase's installation id: 22 characters, the first four bits 0111."""
    raw = bytearray(randomness.token_bytes(17))
    raw[0] = 0b01110000 | (raw[0] & 0b00001111)
    return base64.urlsafe_b64encode(bytes(raw)).decode()[:22]

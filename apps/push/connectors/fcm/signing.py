"""Access tokens of a service account: a JWT signed with its key is exchanged for one that lasts an hour.

https://developers.google.com/identity/protocols/oauth2/service-account#httprest
"""

import base64
import json
import time
from datetime import timedelta
from functools import partial
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError
from apps.core.http import Answer
from apps.integrations.opening import Opened
from apps.integrations.tokens import Token, access_token
from apps.push.connectors.fcm.spec import Config

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LASTS, MARGIN = timedelta(hours=1), timedelta(minutes=5)

_REFUSED = _("Google does not accept this service account. Make a new key for it and paste the file.")
_NO_TOKEN = _("At this address no access tokens are given.")


@sensitive_variables()
def token_of(opened: Opened[Config]) -> str:
    return access_token(opened, partial(_obtain, opened), margin=MARGIN)


@sensitive_variables()
def _obtain(opened: Opened[Config]) -> Token:
    account = opened.config.account
    address = opened.config.token_url or account["token_uri"]
    with opened.http(address, paced=False, classify=_classify) as http:
        answer = http.post(
            "", data={"grant_type": GRANT, "assertion": assertion(account)}, idempotent=True, deadline=8.0
        )
    found = answer.json if isinstance(answer.json, dict) else {}
    value, lasts = found.get("access_token"), found.get("expires_in")
    if not isinstance(value, str) or not value or isinstance(lasts, bool) or not isinstance(lasts, int):
        raise ConfigInvalid(_NO_TOKEN, code="no_token_there", field="token_url")
    return Token(value=value, expires_at=timezone.now() + timedelta(seconds=lasts))


def _classify(answer: Answer) -> OutsideError | None:
    """400 `invalid_grant`: the key was deleted, the account is gone, or this machine's clock is wrong."""
    body = answer.json if isinstance(answer.json, dict) else {}
    if answer.status in (400, 401) and isinstance(body.get("error"), str):
        return AuthFailed(_REFUSED)
    if answer.status == 404:
        return ConfigInvalid(_NO_TOKEN, code="no_token_there", field="token_url")
    return None


@sensitive_variables()
def assertion(account: dict[str, Any]) -> str:
    now = int(time.time())
    head = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id", "")}
    claims = {
        "iss": account["client_email"],
        "scope": SCOPE,
        "aud": account["token_uri"],
        "iat": now,
        "exp": now + int(LASTS.total_seconds()),
    }
    signed = b".".join(_part(json.dumps(part).encode()) for part in (head, claims))
    key = cast(RSAPrivateKey, load_pem_private_key(account["private_key"].encode(), password=None))
    return b".".join((signed, _part(key.sign(signed, PKCS1v15(), SHA256())))).decode()


def _part(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")

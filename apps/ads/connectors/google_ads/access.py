"""The door to Google's APIs, and what their errors mean.

https://developers.google.com/google-ads/api/docs/common-errors,
https://developers.google.com/identity/protocols/oauth2/web-server#offline
"""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors import _renewing
from apps.ads.connectors.google_ads.spec import Config
from apps.ads.contract import Line, SegmentGone
from apps.core.errors import ConfigInvalid, OutsideError
from apps.core.http import Answer, Http
from apps.integrations.opening import Opened
from apps.integrations.shapes import wrong_address

T = TypeVar("T")
REFUSED = _("Google gives no new token: the permission was withdrawn. Get a refresh token and enter it here.")
# People of one request: https://developers.google.com/data-manager/api/quotas
PEOPLE = 10_000
_SAID = {
    "NOT_ALLOWLISTED": (
        _("Google lets this account upload no lists by this API. Choose the Data Manager API instead."),
        "api",
    ),
    "TERMS": (_("The terms of customer data are not accepted yet: accept them in Google Ads."), ""),
    "EU_POLITICAL_ADVERTISING": (
        _("Google wants to know whether the account has political advertising: answer it in Google Ads."),
        "",
    ),
}


@sensitive_variables()
def through(opened: Opened[Config], base_url: str, call: Callable[[Http], T]) -> T:
    config = opened.config

    def go(token: str) -> T:
        headers = {"Authorization": f"Bearer {token}"}
        if developer := config.developer_token.get_secret_value():
            headers["developer-token"] = developer
        if config.login_customer_id:
            headers["login-customer-id"] = config.login_customer_id
        with opened.http(base_url, headers=headers, classify=meaning) as http:
            return call(http)

    return _renewing.asked(opened, go, refused=REFUSED)


def meaning(answer: Answer) -> OutsideError | None:
    """Words of its own error codes, wherever they stand in the details."""
    error = answer.json.get("error") if isinstance(answer.json, dict) else None
    if answer.status not in (400, 403) or not isinstance(error, dict):
        return None
    told = json.dumps([error.get("status"), error.get("details")])
    for word, (sentence, field) in _SAID.items():
        if word in told:
            return ConfigInvalid(sentence, code=word.lower(), field=field)
    return None


def gone(answer: Answer) -> OutsideError | None:
    """Of a list: 404 in Google's own words."""
    if answer.status == 404:
        return SegmentGone() if isinstance(answer.json, dict) else wrong_address()
    return meaning(answer)


def identifiers(lines: list[Line], names: Mapping[str, str]) -> list[dict[str, str]]:
    """Each holds one key."""
    return [{names[line.kind]: line.value} for line in lines]

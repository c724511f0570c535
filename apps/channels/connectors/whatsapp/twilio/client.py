"""Calls of Twilio's API, and files of clients. https://www.twilio.com/docs/usage/api"""

import base64
from collections.abc import Mapping
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.addresses import belongs_to
from apps.channels.connectors.whatsapp.limits import TWILIO
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.connectors.whatsapp.twilio.meaning import meaning
from apps.channels.contract import Media
from apps.core.errors import Rejected
from apps.core.http import Answer, Http
from apps.integrations.opening import Opened

TIMEOUT = (5.0, 20.0)
FILE_SECONDS = 60.0
_FILE_HOSTS = (".twilio.com",)


@sensitive_variables()
def get(opened: Opened[Config], path: str) -> Answer:
    """`path` begins after the account."""
    with _http(opened) as http:
        return http.get(f"{_account(opened)}{path}")


@sensitive_variables()
def post(opened: Opened[Config], path: str, values: Mapping[str, str]) -> Answer:
    """Raises `core.errors`; a lost answer is OutcomeUnknown."""
    with _http(opened) as http:
        return http.post(f"{_account(opened)}{path}", data=dict(values))


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    """The token goes along, so it goes nowhere else. Twilio redirects to where the file lies."""
    if not belongs_to(media.ref, opened.config.root, _FILE_HOSTS):
        raise Rejected(_("WhatsApp names an address for the file that is not its own."), code="foreign_file")
    with _http(opened) as http:
        found = http.download(
            media.ref,
            max_bytes=TWILIO.file_bytes,
            to=to,
            deadline=FILE_SECONDS,
            headers=_authorisation(opened.config),
        )
    return media.content_type or found.content_type


def _account(opened: Opened[Config]) -> str:
    return f"/2010-04-01/Accounts/{opened.config.twilio_account_sid}"


def _http(opened: Opened[Config]) -> Http:
    return opened.http(
        opened.config.root, headers=_authorisation(opened.config), classify=meaning, timeout=TIMEOUT
    )


def _authorisation(config: Config) -> dict[str, str]:
    pair = f"{config.twilio_account_sid}:{config.twilio_auth_token.get_secret_value()}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

"""Firebase Cloud Messaging: notifications on Android and in browsers.

HTTP v1 with a service account is what Google answers; the request with a server key, which the customer's
document has, is for gateways that speak it: https://firebase.google.com/docs/cloud-messaging/migrate-v1
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, Rejected, Transient
from apps.integrations.contract import Account, Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened
from apps.push.connectors.fcm import own, plain
from apps.push.connectors.fcm.registering import register_browser
from apps.push.connectors.fcm.spec import SPEC, TOKEN_DEPENDS_ON, Config
from apps.push.contract import PushMessage
from apps.push.models import Device

__all__ = [
    "SPEC",
    "TOKEN_DEPENDS_ON",
    "Config",
    "browser_key",
    "card_facts",
    "check",
    "register_browser",
    "send",
]

SHAPES = {"vendor": own, "spec": plain}
PASSES_ON = (AuthFailed, ConfigInvalid, Rejected, Transient)


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    config = opened.config
    checks: dict[str, Callable[[Opened[Config]], Account]] = {}
    if config.api == "vendor" or (config.api == "auto" and config.service_account_json.get_secret_value()):
        checks["vendor"] = own.check
    if config.api == "spec" or (config.api == "auto" and config.server_key.get_secret_value()):
        checks["spec"] = plain.check
    return _first_that_answers(opened, checks)


@sensitive_variables()
def send(opened: Opened[Config], message: PushMessage) -> None:
    _shape_of(opened).send(opened, message)


def card_facts(connection: Connection) -> list[Fact]:
    devices = Device.objects.filter(connection=connection, active=True)
    return [Fact(label=_("Devices of employees"), value=str(devices.count()))]


def browser_key(config: Config) -> str:
    return config.vapid_public if config.registers_browsers else ""


def _first_that_answers(
    opened: Opened[Config], checks: Mapping[str, Callable[[Opened[Config]], Account]]
) -> Account:
    """Raises what the first of them said, where none answers. A limit or a pause is everybody's."""
    first: OutsideError | None = None
    for ask in checks.values():
        try:
            return ask(opened)
        except PASSES_ON as error:
            first = first or error
    raise first or ConfigInvalid(field="service_account_json")


def _shape_of(opened: Opened[Config]) -> Any:
    """What was chosen; else what the last check found; before one, what the keys that were given are for."""
    return SHAPES[_name_of_shape(opened.connection, opened.config)]


def _name_of_shape(connection: Connection, config: Config) -> str:
    if config.api != "auto":
        return config.api
    if connection.api_shape in SHAPES:
        return connection.api_shape
    return "spec" if config.server_key.get_secret_value() else "vendor"

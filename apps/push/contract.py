"""What a service of push notifications offers: it sends to one device, and may register browsers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected
from apps.integrations.contract import Account, ConnectorConfig
from apps.integrations.opening import Opened


class DeviceGone(Rejected):
    """The token is dead for good: the app was removed, leave was withdrawn, or it is another project's."""

    code = "device_gone"
    public = _("This device is registered no more. Turn notifications on there again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMessage:
    """`data` goes along word for word, and is all that a browser shows it by. Of two with one `collapse` the
    device keeps the later one, so that the same sent twice is seen once.
    """

    token: str = field(repr=False)
    type: str
    title: str
    body: str
    data: Mapping[str, str]
    collapse: str
    link: str
    sounds: bool
    lasts: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a browser gives once its user has allowed it: https://www.w3.org/TR/push-api/"""

    endpoint: str
    p256dh: str
    auth: str


class PushService(Protocol):
    """The connector's module."""

    Config: type[ConnectorConfig]

    def check(self, opened: Opened[Any]) -> Account: ...

    def send(self, opened: Opened[Any], message: PushMessage) -> None:
        """Safe to repeat. Raises DeviceGone, and `core.errors`."""

    def browser_key(self, config: Any) -> str:
        """The public key that a browser subscribes with; empty where browsers can't be registered."""

    def register_browser(self, opened: Opened[Any], subscription: Subscription) -> str:
        """The token of a browser. Safe to repeat. Raises `core.errors`."""

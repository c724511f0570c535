"""Tokens of Yandex. https://yandex.ru/dev/id/doc/ru/tokens/refresh-client"""

from collections.abc import Callable
from typing import TypeVar

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors import _renewing
from apps.ads.connectors.yandex_audience.spec import Config
from apps.integrations.opening import Opened

T = TypeVar("T")
REFUSED = _("Yandex gives no new token for this account. Get an access token once more and enter it here.")


@sensitive_variables()
def asked(opened: Opened[Config], call: Callable[[str], T]) -> T:
    return _renewing.asked(opened, call, refused=REFUSED)

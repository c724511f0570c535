"""How fast one visitor, and one address, may write."""

import math

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.channels.chat.answers import Refused
from apps.channels.chat.sessions import Chat
from apps.channels.models import ChatVisitor
from apps.core.bucket import take
from apps.tenants.visitors import address_of

# (per second, at once)
WRITING = (1.0, 10)
ARRIVING = (0.5, 30)
FROM_ADDRESS = (10.0, 100)
SEEING = (3.0, 30)
# Of files, in MB: a stranger must not fill the disk.
SENDING = (0.2, 100)
SENDING_FROM_ADDRESS = (0.5, 300)
MB = 1024 * 1024


def may_write(*, request: HttpRequest, chat: Chat, visitor: ChatVisitor | None) -> None:
    """Raises Refused with the seconds to wait. A whole office may share one address."""
    address = address_of(request)
    _take(f"chat:address:{address}", FROM_ADDRESS)
    if visitor is None:
        _take(f"chat:new:{chat.channel.pk}:{address}", ARRIVING)
    else:
        _take(f"chat:visitor:{visitor.pk}", WRITING)


def may_store(*, request: HttpRequest, visitor: ChatVisitor | None, size: int) -> None:
    """Raises Refused with the seconds to wait where too much came too fast."""
    cost = max(1.0, size / MB)
    _take(f"chat:files:address:{address_of(request)}", SENDING_FROM_ADDRESS, cost)
    if visitor is not None:
        _take(f"chat:files:visitor:{visitor.pk}", SENDING, cost)


def may_report(*, visitor: ChatVisitor) -> None:
    _take(f"chat:seen:{visitor.pk}", SEEING)


def _take(key: str, allowance: tuple[float, int], cost: float = 1) -> None:
    rate, burst = allowance
    wait = take(key, rate=rate, burst=burst, cost=cost).total_seconds()
    if wait > 0:
        raise Refused(
            429,
            "too_fast",
            _("You write faster than we can take it. The message will be sent in a moment."),
            retry_after=math.ceil(wait),
        )

"""Whose webhook is it, and does it prove so: the channel behind an address, a secret or an account.

The order: the address of the channel, else the secret that came along, else the account in the payload, else
the only channel there is. Where more than one fits, none is guessed at: the event is kept as unrouted.
Channels that are switched off are found as well: what clients write to them is kept and read once they are on
again.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.channels.contract import Reply, WebhookRequest
from apps.channels.models import Channel
from apps.core.errors import ConfigInvalid
from apps.integrations.opening import config_of
from apps.integrations.registry import UnknownConnector, connector

# How long a process may go on with settings that were changed. Until then a withdrawn secret still opens; a
# new one works at once, because a refusal is checked against the database before it is given.
TTL_SECONDS = 5.0
_MOST_KEPT = 5_000


class Refused(Exception):
    """The request does not prove that it comes from the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A channel with the settings that its requests are verified by.

    `config` is None while those are unusable: wrong, or wiped because it was disconnected.
    """

    channel: Channel
    config: Any

    @property
    def is_open(self) -> bool:
        return takes_messages(self.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """`proven`: the sender was verified. `reason`: why there is no channel. `reply`: to a handshake.

    `account` is set where the body names it and may name others beside it.
    """

    channel: Channel | None = None
    account: str = ""
    proven: bool = False
    reason: str = ""
    reply: Reply | None = None


_kept: dict[tuple[str, str, str], tuple[float, list[Door]]] = {}


def messenger(slug: str) -> Any | None:
    """The connector, if there is one of that slug and it carries messages."""
    try:
        found = connector(slug)
    except UnknownConnector:
        return None
    return found if hasattr(found, "parse") and hasattr(found, "verify") else None


def takes_messages(channel: Channel) -> bool:
    return channel.is_active and channel.connection.is_active


def secret_digests(slug: str, secret: str) -> list[str]:
    """Under which digests a secret may be stored: today's key first, then the keys before it."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    value = f"{slug}:{secret}".encode("utf-8", "surrogatepass")
    return [salted_hmac("channels.secret", value, secret=key, algorithm="sha256").hexdigest() for key in keys]


def resolve(
    module: Any,
    request: WebhookRequest,
    *,
    check_body: Callable[[], None] = lambda: None,
    fresh: bool = False,
) -> Resolved:
    """Raises Refused, and whatever `check_body` raises, which is called before the payload is looked into."""
    try:
        return _resolve(module, request, check_body, fresh)
    except Refused:
        if fresh:
            raise
    return _resolve(module, request, check_body, True)


def _resolve(module: Any, request: WebhookRequest, check_body: Callable[[], None], fresh: bool) -> Resolved:
    doors = _by_envelope(module, request, fresh)
    if doors is not None:
        resolved = judge(module, request, doors)
        if resolved.reply is None:
            check_body()
        return resolved
    check_body()
    return judge(module, request, _by_content(module, request, fresh))


def _by_envelope(module: Any, request: WebhookRequest, fresh: bool) -> list[Door] | None:
    slug = module.SPEC.slug
    if request.public_id:
        return doors_at(module, request.public_id, fresh=fresh)
    if not (secret := module.secret_in(request)):
        return None
    digests = secret_digests(slug, secret)
    doors = _doors(("secret", slug, digests[0]), fresh, lambda: {"secret_digest__in": digests})
    if not doors:
        raise Refused
    return doors


def _by_content(module: Any, request: WebhookRequest, fresh: bool) -> list[Door]:
    slug = module.SPEC.slug
    if account := module.account_in(request):
        return doors_of_account(module, account, fresh=fresh)
    channels = _channels(slug)
    first_two = channels.order_by("pk")[:2]
    doors = [_door(channel) for channel in first_two]
    signs = not getattr(module, "ADDRESS_PROVES", False)
    if signs and len(doors) == 2 and not channels.filter(secret_digest="").exists():
        raise Refused
    return doors if len(doors) == 1 else []


def judge(module: Any, request: WebhookRequest, doors: Iterable[Door]) -> Resolved:
    """Which of the doors the request opens. Raises Refused when it opens none that could be tried."""
    doors = list(doors)
    if not doors:
        return Resolved(reason="unknown_account")
    usable = [door for door in doors if door.config is not None]
    for door in usable:
        if reply := module.handshake(door.config, request):
            return Resolved(reply=reply)
    opened = _opened(module, request, doors)
    if len(opened) == 1:
        return Resolved(channel=opened[0].channel, proven=True)
    return Resolved(reason="ambiguous") if opened else _closed(module, request, doors)


def _opened(module: Any, request: WebhookRequest, doors: list[Door]) -> list[Door]:
    opened = [door for door in doors if _opens(module, request, door)]
    opened = [door for door in opened if door.is_open] or opened
    if len(opened) > 1 and (account := module.account_in(request)):
        # One secret for several accounts: the payload tells which of them.
        opened = [door for door in opened if door.channel.account == account] or opened
    return opened


def _closed(module: Any, request: WebhookRequest, doors: list[Door]) -> Resolved:
    """What is kept although it opened nothing. Raises Refused for the rest."""
    if _proves_nothing(module, request):
        doubtful, reason = doors, "unverified"
    else:
        # A secret's digest outlives the settings it came from, so that a wrong secret is known as wrong.
        doubtful = [door for door in doors if door.config is None and not door.channel.secret_digest]
        reason = "unverifiable"
    if not doubtful:
        raise Refused
    return Resolved(channel=doubtful[0].channel if len(doubtful) == 1 else None, reason=reason)


def _proves_nothing(module: Any, request: WebhookRequest) -> bool:
    """Neither secret nor address, where the service has nothing else to prove itself with."""
    return getattr(module, "ADDRESS_PROVES", False) and not (request.public_id or module.secret_in(request))


def _opens(module: Any, request: WebhookRequest, door: Door) -> bool:
    if getattr(module, "ADDRESS_PROVES", False) and not module.secret_in(request):
        return constant_time_compare(door.channel.public_id, request.public_id)
    if door.config is not None:
        return bool(module.verify(door.config, request))
    secret = module.secret_in(request)
    return bool(secret) and door.channel.secret_digest in secret_digests(module.SPEC.slug, secret)


def doors_at(module: Any, public_id: str, *, fresh: bool) -> list[Door]:
    return _doors(("address", module.SPEC.slug, public_id), fresh, lambda: {"public_id": public_id})


def doors_of_account(module: Any, account: str, *, fresh: bool) -> list[Door]:
    return _doors(("account", module.SPEC.slug, account), fresh, lambda: {"account": account})


def doors_of(channels: Iterable[Channel]) -> list[Door]:
    return [_door(channel) for channel in channels]


def _doors(key: tuple[str, str, str], fresh: bool, lookup: Callable[[], dict[str, Any]]) -> list[Door]:
    """Through the cache of this process. That there is none is never kept: a new channel works at once."""
    now = time.monotonic()
    kept = _kept.get(key)
    if kept is not None and not fresh and kept[0] > now:
        return kept[1]
    doors = doors_of(_channels(key[1]).filter(**lookup()))
    if doors:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = (now + TTL_SECONDS, doors)
    else:
        _kept.pop(key, None)
    return doors


def forget() -> None:
    """Empty the cache of this process."""
    _kept.clear()


def _channels(slug: str) -> QuerySet[Channel]:
    return Channel.objects.filter(connection__connector=slug).select_related("connection", "tenant")


def _door(channel: Channel) -> Door:
    if not channel.connection.is_active:
        return Door(channel=channel, config=None)
    try:
        return Door(channel=channel, config=config_of(channel.connection))
    except ConfigInvalid:
        return Door(channel=channel, config=None)

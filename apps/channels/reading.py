"""From a stored event to what it says: its channel, proven, and the messages in it."""

from collections.abc import Callable, Collection
from typing import Any

from apps.channels.accounts import part_of, resolve_account
from apps.channels.contract import Edited, Inbound, Incoming, Reachability
from apps.channels.models import Channel, InboundEvent, Outcome
from apps.channels.receiving import request_of
from apps.channels.resolving import Refused, Resolved, doors_of, judge, messenger, resolve, takes_messages
from apps.core.models import TROUBLED

# Which channels of a connector know one of these external user ids. Identities live on a higher floor.
Known = Callable[[str, Collection[str]], Collection[Channel]]


class Unrouted(Exception):
    """No channel to read the event in. `reason` is a short stable word for the accounting page."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def read_event(event: InboundEvent, *, known: Known | None = None) -> tuple[Channel, list[Inbound]]:
    """Raises Unrouted, and `core.errors.Rejected` where the body is not this vendor's.

    The channel returned may differ from the stored one, which is empty until the account is known.
    """
    module = messenger(event.connector)
    if module is None:
        raise Unrouted("unknown_connector")
    if event.channel_id is not None:
        # In one query, and as it is now.
        event.channel = Channel.objects.select_related("connection", "tenant").get(pk=event.channel_id)
    channel = event.channel if event.channel and not event.proof else _prove(event, module, known)
    if not takes_messages(channel):
        raise Unrouted("channel_off")
    return channel, _parse(module, event, channel.tenant.timezone, account=channel.account)


def conclude(
    *, event: InboundEvent, outcome: Outcome, reason: str = "", channel: Channel | None = None
) -> None:
    """Write what the event ended as, in the transaction of its effects. A channel found is kept with it."""
    event.outcome, event.reason = outcome, reason[:64]
    fields = ["outcome", "reason"]
    if channel is not None:
        # Its sender is proven by now, and the proof holds a secret: it goes.
        if account := event.proof.get("account", ""):
            # Its own part alone from now on: the rest may be another organisation's.
            event.body = part_of(messenger(event.connector), bytes(event.body), account)
            fields.append("body")
        event.channel, event.tenant, event.proof = channel, channel.tenant, {}
        fields += ["channel", "tenant", "proof"]
    event.save(update_fields=fields)


def settled(event: InboundEvent) -> None:
    """For the work over events: one that stopped for good has an outcome too."""
    if event.state in TROUBLED:
        conclude(event=event, outcome=Outcome.FAILED, reason=event.error_code)


def _prove(event: InboundEvent, module: Any, known: Known | None) -> Channel:
    if event.channel is None and event.tenant_id is not None:
        # Its channel was deleted; what was written to one organisation is never looked for in another.
        raise Unrouted("channel_deleted")
    request = request_of(event)
    try:
        if event.channel is not None:
            resolved = judge(module, request, doors_of([event.channel]))
        else:
            account = event.proof.get("account", "")
            resolved = (
                resolve_account(module, request, account) if account else resolve(module, request, fresh=True)
            )
            if resolved.channel is None and known is not None:
                resolved = _by_identity(event, module, known) or resolved
    except Refused:
        raise Unrouted("refused") from None
    if resolved.channel is None or not resolved.proven:
        raise Unrouted(resolved.reason or "unknown_account")
    return resolved.channel


def _by_identity(event: InboundEvent, module: Any, known: Known) -> Resolved | None:
    users = {
        inbound.sender.external_user_id
        for inbound in _parse(module, event, "UTC", account=event.proof.get("account", ""))
        if isinstance(inbound, (Incoming, Edited, Reachability))
    }
    channels = known(event.connector, users) if users else ()
    return judge(module, request_of(event), doors_of(channels)) if channels else None


def _parse(module: Any, event: InboundEvent, timezone: str, *, account: str) -> list[Inbound]:
    body = part_of(module, bytes(event.body), account)
    parsed: list[Inbound] = module.parse(body, received_at=event.received_at, timezone=timezone)
    return parsed

"""A body that may hold events of several accounts, as where one app of Meta's serves all numbers of a shop.

A connector of such a service offers `accounts_in(request)`, every account that the body names, and
`part_of(body, account)`, the body with the events of that one alone. Each account's channel gets its
part as an event of its own, so that what one of them can't take keeps nothing from the others, and none sees
the others' words. Unproven, the whole body is kept, which alone the signature fits, as nobody's.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apps.channels.contract import WebhookRequest
from apps.channels.resolving import Door, Refused, Resolved, doors_at, doors_of_account, judge, resolve


def resolve_each(
    module: Any,
    request: WebhookRequest,
    *,
    check_body: Callable[[], None],
    fresh: bool,
) -> list[Resolved]:
    """As `resolve`, for each account the body names. Raises Refused where none of them proves it.

    The address tells only which of two channels of one account is meant: at Meta an app has one address.
    """
    named = getattr(module, "accounts_in", None)
    accounts = sorted(named(request)) if named else []
    if not accounts:
        return [resolve(module, request, check_body=check_body, fresh=fresh)]
    found = {one: _judged(module, request, one, fresh=fresh) for one in accounts}
    if None in found.values() and not fresh:
        # Remembered settings may be old: a refusal is checked before it is given.
        return resolve_each(module, request, check_body=check_body, fresh=True)
    if None in found.values() and not any(one.proven for one in found.values() if one):
        raise Refused
    # Meta signed the body for another account of it: this one's words wait until its settings are right, as
    # nobody's, for the body holds the others' words as well.
    return [one or Resolved(reason="refused", account=account) for account, one in found.items()]


def resolve_account(module: Any, request: WebhookRequest, account: str) -> Resolved:
    """The same for one account, as things are now. Raises Refused."""
    return judge(module, request, doors_of_account(module, account, fresh=True))


def part_of(module: Any, body: bytes, account: str) -> bytes:
    """What of a body is for this account; all of it where bodies never mix them."""
    own = getattr(module, "part_of", None)
    part: bytes = own(body, account) if own and account else body
    return part


def _judged(module: Any, request: WebhookRequest, account: str, *, fresh: bool) -> Resolved | None:
    """None where its channel refuses."""
    doors: list[Door] = doors_at(module, request.public_id, fresh=fresh) if request.public_id else []
    doors = [door for door in doors if door.channel.account == account]
    try:
        judged = judge(module, request, doors or doors_of_account(module, account, fresh=fresh))
    except Refused:
        return None
    return replace(judged, account=account)

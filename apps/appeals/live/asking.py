"""A page asks what is new since it last looked."""

import time

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from apps.appeals.live.hearing import Change, ear
from apps.appeals.live.passes import bearer_of

NO_CHAT = -1


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """204 where nothing is; {"at": …, "changed": [[conversation, operator], …]} of what has changed since,
    with `changed` null where the page should look for itself; 403 where the pass is not good (any more).

    `pass` and `since` (seconds) come from the page; with `of` only that conversation is asked about, and
    with -1 none. With `bell` (seconds) it is asked, too, whether the bell rang since then for this member
    (their number) or for all (0): `rings`, null as above.
    """
    try:
        tenant, member = bearer_of(request.GET.get("pass", ""))
        since, of = float(request.GET.get("since", "")), int(request.GET.get("of", "0"))
        bell = float(request.GET["bell"]) if "bell" in request.GET else None
    except BadSignature:
        return HttpResponse(status=403)
    except ValueError:
        return HttpResponse(status=400)
    now = time.time()
    found = _changes(tenant, since, of)
    rings = ear.rings(tenant=tenant, member=member, since=bell) if bell is not None else set()
    if found == [] and rings == set():
        return HttpResponse(status=204)
    told = None if found is None else sorted({(one.conversation, one.operator) for one in found})
    return JsonResponse({"at": now, "changed": told, "rings": None if rings is None else sorted(rings)})


def _changes(tenant: int, since: float, of: int) -> list[Change] | None:
    if of == NO_CHAT:
        return []
    found = ear.changes(tenant=tenant, since=since)
    if found is None:
        return None
    return [one for one in found if (one.conversation == of if of else not one.is_inside)]

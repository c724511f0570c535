"""A page asks what is new since it last looked."""

import time

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from apps.appeals.live.hearing import ear
from apps.appeals.live.passes import tenant_of


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """204 where nothing is; {"at": …, "changed": [[conversation, operator], …]} of what has changed since,
    with `changed` null where the page should look for itself; 403 where the pass is not good (any more).

    `pass` and `since` (seconds) come from the page; with `of` only that conversation is asked about.
    """
    try:
        tenant = tenant_of(request.GET.get("pass", ""))
        since, of = float(request.GET.get("since", "")), int(request.GET.get("of", "0"))
    except BadSignature:
        return HttpResponse(status=403)
    except ValueError:
        return HttpResponse(status=400)
    now = time.time()
    found = ear.changes(tenant=tenant, since=since)
    if found is not None and of:
        found = [change for change in found if change.conversation == of]
    if found == []:
        return HttpResponse(status=204)
    told = None if found is None else sorted({(one.conversation, one.operator) for one in found})
    return JsonResponse({"at": now, "changed": told})

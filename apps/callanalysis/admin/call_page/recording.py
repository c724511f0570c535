"""The recording of a call, whole or in parts, for those who may see the call; that it was heard is noted."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from apps.appeals.accesses import heard_call
from apps.appeals.masking import masked
from apps.callanalysis.models import Call
from apps.core.errors import OutsideError
from apps.core.files.handing_out import hand_out
from apps.core.files.storing import streamed
from apps.tenants.scope import scope_of


def recording(request: HttpRequest, call: Call) -> HttpResponseBase:
    """Whoever calls has made sure that this visitor may see it."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    path = str(call.file.name or "")
    if not path:
        raise Http404
    try:
        content: Any = streamed(path)
    except OutsideError as error:
        if error.code == "file_gone":
            raise Http404 from None
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    heard_call(scope_of(request), tenant_id=call.tenant_id, call_id=call.pk, name=call.external_id)
    return hand_out(
        request,
        content,
        name=f"{masked(call.external_id, scope_of(request).phones)}.{path.rpartition('.')[2]}",
        content_type=call.content_type,
    )

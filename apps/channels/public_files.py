"""Files for services that fetch what we send by an address: signed, short-lived, and of one file alone."""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.channels.contract import OutgoingFile
from apps.core.errors import Rejected, Transient
from apps.core.files.handing_out import in_part, in_whole
from apps.core.files.storing import streamed

SALT = "channels.public_files"
LIFETIME = 3600  # seconds; services fetch within a minute


def public_url(file: OutgoingFile) -> str:
    """An address where the service finds the file for an hour. Whoever has it sees the file."""
    token = signing.dumps({"p": file.path, "t": file.content_type, "n": file.name}, salt=SALT, compress=True)
    return f"{settings.PUBLIC_URL}{reverse('public_file', args=[token])}"


def refuse_http(url: str) -> None:
    """For services that fetch over https only: Rejected where this server has no such address."""
    if not url.startswith("https://"):
        raise Rejected(
            _("Files are fetched from this server over https only. Set its public https address."),
            code="no_public_address",
        )


def public_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """404 for what was not signed here, is too old or is gone: nobody learns which."""
    try:
        named: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LIFETIME)
        content = streamed(named["p"])
    except (signing.BadSignature, Rejected):
        raise Http404 from None
    except Transient:
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    response = in_part(request, content) or in_whole(content)
    response["Content-Type"] = named["t"]
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(named['n'])}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response

"""Calls of the Graph API. https://developers.facebook.com/docs/graph-api/overview"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.addresses import belongs_to
from apps.channels.connectors.whatsapp.meaning import meaning, no_such_number, not_the_api
from apps.channels.connectors.whatsapp.spec import Config
from apps.core.errors import OutcomeUnknown, OutsideError, Rejected
from apps.core.http import Answer, Http
from apps.integrations.opening import Opened

TIMEOUT = (5.0, 20.0)
# Long enough for 100 MB over a slow line; what works on deliveries holds its lease for longer.
FILE_SECONDS = 120.0
# Where Meta keeps files. The token goes along, so it goes nowhere else.
FILE_HOSTS = (".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net")

Missing = Callable[[], OutsideError]


@sensitive_variables()
def get(
    opened: Opened[Config], path: str, params: Mapping[str, Any], *, missing: Missing = no_such_number
) -> Mapping[str, Any]:
    """`path` begins after the version."""
    with _http(opened, missing) as http:
        return _object(http.get(_versioned(opened, path), params=params), idempotent=True)


@sensitive_variables()
def post(
    opened: Opened[Config],
    path: str,
    values: Mapping[str, Any],
    *,
    idempotent: bool = False,
    missing: Missing = no_such_number,
) -> Mapping[str, Any]:
    """Raises `core.errors`; a lost answer is OutcomeUnknown unless `idempotent`."""
    with _http(opened, missing) as http:
        answer = http.post(_versioned(opened, path), json=dict(values), idempotent=idempotent)
    return _object(answer, idempotent=idempotent)


@sensitive_variables()
def upload(
    opened: Opened[Config], path: str, values: Mapping[str, Any], file: tuple[str, Any, str]
) -> Mapping[str, Any]:
    """A file that is uploaded twice is two files of which one is used: it may be repeated."""
    with _http(opened, no_such_number) as http:
        answer = http.post(
            _versioned(opened, path),
            data=values,
            files={"file": file},
            idempotent=True,
            deadline=FILE_SECONDS,
        )
    return _object(answer, idempotent=True)


@sensitive_variables()
def download(opened: Opened[Config], url: str, *, max_bytes: int, to: BinaryIO) -> str:
    """Returns the content type as the server names it."""
    if not belongs_to(url, opened.config.root, FILE_HOSTS):
        raise Rejected(_("WhatsApp names an address for the file that is not its own."), code="foreign_file")
    with _http(opened, no_such_number) as http:
        found = http.download(
            url, max_bytes=max_bytes, to=to, deadline=FILE_SECONDS, headers=_authorisation(opened)
        )
    return found.content_type


def _http(opened: Opened[Config], missing: Missing) -> Http:
    return opened.http(
        opened.config.root,
        headers=_authorisation(opened),
        classify=partial(meaning, missing=missing),
        timeout=TIMEOUT,
    )


def _authorisation(opened: Opened[Config]) -> dict[str, str]:
    return {"Authorization": f"Bearer {opened.config.access_token.get_secret_value()}"}


def _versioned(opened: Opened[Config], path: str) -> str:
    return f"/{opened.config.api_version}/{path}"


def _object(answer: Answer, *, idempotent: bool) -> Mapping[str, Any]:
    """Success in another shape than Meta's may be anything: what was asked for may have happened."""
    if isinstance(answer.json, dict) and "error" not in answer.json:
        return answer.json
    raise not_the_api() if idempotent else OutcomeUnknown(code="not_the_api")

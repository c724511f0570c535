"""Calls of the Graph API. https://developers.facebook.com/docs/graph-api/overview"""

from collections.abc import Mapping
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors._meta.refusals import meaning, not_meta
from apps.channels.connectors._meta.settings import GRAPH_URL, MetaConfig
from apps.channels.contract import Media
from apps.channels.shapes import Shape
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.http import Answer, Http
from apps.integrations.opening import Opened
from apps.integrations.tokens import kept_token

TIMEOUT = (5.0, 20.0)
# Meta fetches a file from our address before it answers.
FILE_TIMEOUT = (5.0, 45.0)
MAX_BYTES = 25 * 1024 * 1024


@sensitive_variables()
def get(opened: Opened[Any], path: str, *, fields: str) -> Shape:
    with _http(opened, TIMEOUT) as http:
        return _object(http.get(_path(opened, path), params={"fields": fields}), idempotent=True)


@sensitive_variables()
def post(
    opened: Opened[Any],
    path: str,
    *,
    json: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    idempotent: bool = False,
    with_file: bool = False,
) -> Shape:
    """Raises `core.errors`; a lost answer is OutcomeUnknown unless `idempotent`."""
    with _http(opened, FILE_TIMEOUT if with_file else TIMEOUT) as http:
        answer = http.post(_path(opened, path), json=json, params=params, idempotent=idempotent)
    return _object(answer, idempotent=idempotent)


@sensitive_variables()
def fetch(opened: Opened[Any], media: Media, to: BinaryIO) -> str:
    """A signed link to Meta's store of files: it needs no token, and dies after some days."""
    if opened.config.root.startswith("https://") and not media.ref.startswith("https://"):
        raise _file_gone()
    with opened.http(opened.config.root) as http:
        try:
            served_as = http.download(media.ref, max_bytes=MAX_BYTES, to=to).content_type
        except Rejected as refused:
            lost = refused.code in ("http_401", "http_403", "http_404", "http_410")
            raise (_file_gone() if lost else refused) from None
    return media.content_type or served_as


def is_vendors(config: MetaConfig) -> bool:
    """Meta itself, not a stand-in for it."""
    return config.root.startswith((GRAPH_URL, "https://graph.instagram.com"))


def _file_gone() -> Rejected:
    return Rejected(
        _("Meta does not hand out this file any more: its links live for a few days."), code="file_gone"
    )


@sensitive_variables()
def token_in_use(opened: Opened[Any]) -> str:
    """The last one that was got in exchange, where tokens are; else the one that a person entered."""
    config: MetaConfig = opened.config
    kept = kept_token(opened) if config.is_renewed else None
    return kept.value if kept and kept.lasts() else config.access_token.get_secret_value()


def _http(opened: Opened[Any], timeout: tuple[float, float]) -> Http:
    config: MetaConfig = opened.config
    headers = {"Authorization": f"Bearer {token_in_use(opened)}"}
    return opened.http(config.root, headers=headers, classify=meaning, timeout=timeout)


def _path(opened: Opened[Any], path: str) -> str:
    return f"/{opened.config.api_version}/{path}"


def _object(answer: Answer, *, idempotent: bool) -> Shape:
    if isinstance(answer.json, dict):
        return answer.json
    raise not_meta() if idempotent else OutcomeUnknown(code="not_meta")

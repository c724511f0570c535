"""Why a message failed, in the reader's language: by the code that is kept, in the connector's words."""

from django.utils.functional import Promise
from django.utils.translation import gettext

from apps.integrations.registry import UnknownConnector, connector


def known_sentence(slug: str, code: str) -> str | Promise | None:
    """The connector's own for a vendor's code; None where it has none."""
    try:
        offered = getattr(connector(slug), "sentence_of", None)
    except UnknownConnector:
        return None
    return offered(code) if offered is not None and code else None


def why(slug: str, *, code: str, text: str) -> str:
    """`text` is the English sentence kept beside the code, as all errors are."""
    found = known_sentence(slug, code)
    return str(found) if found else gettext(text) if text else ""

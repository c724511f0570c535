"""How the guard's findings read."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.appeals.guarding import SourceKind

register = template.Library()

SOURCES: Mapping[str, Any] = {
    SourceKind.OPERATOR: _("operator’s words"),
    SourceKind.PRICES: _("price list"),
    SourceKind.ORDER: _("order of this appeal"),
    SourceKind.TENANT: _("the organisation’s data"),
    SourceKind.CLIENT: _("client’s words"),
}


@register.filter
def source_title(figure: Mapping[str, Any]) -> str:
    """On whose word it rests."""
    return str(SOURCES.get(figure["source"], _("nobody named it")))


@register.filter
def source_place(figure: Mapping[str, Any]) -> str:
    """Where that word stands; kept in English where it is a phrase of ours."""
    return gettext(figure["label"]) if figure["label"] else ""

"""What the admin's pages share: rows whose conversations their reader finds, phones as they may be seen."""

from collections.abc import Iterable
from copy import copy
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from apps.appeals.admitting import seen_by
from apps.core.phones import mask_phones
from apps.tenants.models import Member, Phones, Sees
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import TenantAdmin

# Whoever knows a number finds its owner; by parts of it one could be guessed digit by digit.
FEWEST, WHOLE = 3, 10


class SeenAdmin(TenantAdmin):
    """No row of a conversation that the visitor does not find at the desk: `conversation` leads there."""

    conversation: ClassVar[str] = "conversation"

    def seen(self, member: Member | None) -> Q:
        return seen_by(member, self.conversation)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(self.seen(scope_of(request).member))

    def _owns(self, request: HttpRequest, obj: Any) -> bool:
        member = scope_of(request).member
        is_own = super()._owns(request, obj)
        if not is_own or not isinstance(obj, Model) or member is None or member.sees == Sees.ALL:
            return is_own
        return self.model._default_manager.filter(self.seen(member), pk=obj.pk).exists()


class MaskingAdmin(TenantAdmin):
    """`masked` names, for each column and field in which a phone may stand, what stands there for whoever is
    not to read it; `phone_searches` are the search fields that would tell a phone by its parts, as would
    `phone_lookups` in the address.
    """

    masked: ClassVar[dict[str, str]] = {}
    phone_searches: ClassVar[tuple[str, ...]] = ()
    phone_lookups: ClassVar[tuple[str, ...]] = ("phone", "external_user_id")

    def masks(self, request: HttpRequest) -> bool:
        return scope_of(request).phones != Phones.SHOWN

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._hiding(request, super().get_list_display(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        found = super().get_fieldsets(request, obj)
        return [(title, {**rest, "fields": self._hiding(request, rest["fields"])}) for title, rest in found]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self._hiding(request, super().get_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_readonly_fields(request, obj)
        return [*names, *self.masked.values()] if self.masks(request) else names

    def get_search_fields(self, request: HttpRequest) -> Any:
        names = super().get_search_fields(request)
        if not self.masks(request) or not any(map(_is_part, request.GET.get("q", "").split())):
            return names
        return [name for name in names if name not in self.phone_searches]

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """A filter in the address would tell a phone by its parts as well."""
        hides = request is not None and self.masks(request)
        is_told = hides and any(part in lookup.split("__") for part in self.phone_lookups)
        return not is_told and super().lookup_allowed(lookup, value, request)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """The page's heading and its way back name the row, which may be called by a phone."""
        if self.masks(request):
            named = {name: context[name] for name in ("title", "subtitle") if context.get(name)}
            context.update({name: mask_phones(str(value)) for name, value in named.items()})
            context["original"] = nameless(context.get("original"))
        return super().render_change_form(request, context, *args, **kwargs)

    def _hiding(self, request: HttpRequest, names: Iterable[Any]) -> list[Any]:
        if not self.masks(request):
            return [*names]
        return [self.masked.get(name, name) if isinstance(name, str) else name for name in names]


def _is_part(term: str) -> bool:
    """Of a phone: the admin looks for each word of a search by itself."""
    is_plain = not any(sign.isalpha() for sign in term)
    return is_plain and FEWEST <= sum(sign.isdecimal() for sign in term) < WHOLE


def nameless(row: Any) -> Any:
    """A copy for headings, with no phone in what the row is called by. It is never saved."""
    shown = copy(row)
    for field in ("name", "text"):
        if isinstance(getattr(shown, field, None), str):
            setattr(shown, field, mask_phones(getattr(shown, field)))
    return shown

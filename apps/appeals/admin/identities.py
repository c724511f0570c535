"""Under which ids a client writes, on their page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.appeals.models import Identity
from apps.core.phones import mask_phones
from apps.tenants.models import Phones
from apps.tenants.scope import EVERYONE, scope_of
from apps.tenants.scoped_admin import NOBODY, TenantInline


class IdentityInline(TenantInline):
    """Where a messenger knows people by their phones, an id is one."""

    model = Identity
    # What a row is called by is its user name or its id, which stand in its fields.
    hide_title = True
    view_roles = EVERYONE
    edit_roles = NOBODY
    delete_roles = NOBODY
    fields = ("channel", "external_user_id", "username", "is_reachable")
    readonly_fields = (*fields, "masked_id", "masked_username")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if scope_of(request).phones == Phones.SHOWN:
            return [*super().get_fields(request, obj)]
        return ["channel", "masked_id", "masked_username", "is_reachable"]

    @display(description=_("id in the channel"))
    def masked_id(self, identity: Identity) -> str:
        return mask_phones(identity.external_user_id)

    @display(description=_("user name"))
    def masked_username(self, identity: Identity) -> str:
        return mask_phones(identity.username)

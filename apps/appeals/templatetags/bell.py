"""What a page needs to be told of what is new, whichever page of the admin it is."""

from typing import Any

from django import template

from apps.appeals.desk.doors import pass_of
from apps.tenants.scope import find_scope

register = template.Library()


@register.inclusion_tag("desk/bell_head.html", takes_context=True)
def bell_head(context: dict[str, Any]) -> dict[str, Any]:
    """No query: who asks was read for the page already."""
    request = context.get("request")
    scope = find_scope(request) if request is not None and not context.get("is_popup") else None
    return {
        "scope": scope,
        "member": scope.member if scope else None,
        "pass": pass_of(scope) if scope else "",
    }

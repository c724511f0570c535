"""Own pages of the admin: signed in, with a scope, in one of the roles, and in the admin's frame."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from apps.tenants.models import Role
from apps.tenants.scope import ADMIN_ONLY, scope_of

View = Callable[..., Any]


def scoped_page(*, roles: Collection[Role] = ADMIN_ONLY) -> Callable[[View], View]:
    """For functions `@scoped_page(roles=EVERYONE)`; for bound methods `scoped_page()(self.page)` in get_urls.

    Anonymous visitors are sent to the sign-in page, others without the role get 403. Inside,
    `scope_of(request)` costs nothing more.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not scope_of(request).may(*roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)  # type: ignore[no-any-return]

        return wraps(view)(admin.site.admin_view(checked))

    return decorate


def page(request: HttpRequest, template: str, *, title: Any, **context: Any) -> TemplateResponse:
    """Render a template that extends `admin/base_site.html`, with everything the frame needs."""
    request.current_app = admin.site.name
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), "title": title, **context}
    )

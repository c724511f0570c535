"""Views of the list that people keep: an address with a name, one's own or everybody's."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import at_desk, words
from apps.appeals.desk.filters import read_filters
from apps.appeals.models import SavedView
from apps.tenants.scope import LEADERS, Scope


def offered(scope: Scope) -> QuerySet[SavedView]:
    if scope.member is None:
        return SavedView.objects.none()
    return SavedView.objects.filter(Q(is_shared=True) | Q(member=scope.member), tenant=scope.tenant)


@require_POST
@at_desk
def save(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Everybody keeps their own; what everybody sees is made by heads and administrators."""
    name = words(request, "name", limit=40).strip()
    if scope.member is None:
        return refused(_("Only an employee of the organisation can do this."))
    if not name:
        return refused(_("Give the view a name."))
    if scope.member.saved_views.count() >= SavedView.MOST:
        return refused(_("You have too many views already. Delete one first."))
    SavedView.objects.create(
        tenant_id=scope.member.tenant_id,
        member=scope.member,
        name=name,
        query=read_filters(QueryDict(request.POST.get("filters", ""))).address()[:1000],
        is_shared=bool(request.POST.get("shared")) and scope.may(*LEADERS),
    )
    return done()


@require_POST
@at_desk
def delete(request: HttpRequest, scope: Scope, row: int) -> HttpResponse:
    found = get_object_or_404(offered(scope), pk=row)
    if found.member != scope.member and not scope.may(*LEADERS):
        return refused(_("Only its author or a head can delete this view."))
    found.delete()
    return done()

"""The door itself, on pages made here: what it does for a page that thinks of nothing."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter

from apps.ai.models import ModelCall
from apps.channels.models import Attempt, ChatLine
from apps.integrations.models import ActionLog, Connection
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from apps.tenants.paths import tenant_id_of, tenant_path_of
from apps.tenants.scope import find_scope, scope_of
from apps.tenants.scoped_admin import EVERYONE, NOBODY, SUPERUSER_ONLY, TenantAdmin, scoped_page


class ConnectionPage(TenantAdmin):
    fields = ("key", "connector", "name")
    list_display = ("name", "tenant")


class LogPage(TenantAdmin):
    list_filter = ("connection", ("connection__name", admin.AllValuesFieldListFilter))
    search_fields = ("host",)
    fields = ("connection", "method", "host", "path", "milliseconds")


@pytest.fixture
def ask(rf, boss):
    """A request of somebody."""

    def build(user=None, data=None):
        request = rf.post("/", data) if data is not None else rf.get("/")
        request.user = user or boss.user
        request.session = {}
        return request

    return build


@pytest.fixture
def connections(tenant_a, tenant_b):
    return [
        Connection.objects.create(tenant=tenant, key="tg", connector="telegram", name=f"bot of {tenant.slug}")
        for tenant in (tenant_a, tenant_b)
    ]


site = AdminSite()
connection_page, log_page = ConnectionPage(Connection, site), LogPage(ActionLog, site)


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (Tenant, "pk"),
        (Member, "tenant"),
        (Attempt, "delivery__tenant"),
        (ChatLine, "visitor__channel__tenant"),
        (Tenant.history.model, "id"),
        (Member.history.model, "tenant"),
        (admin.models.LogEntry, None),
    ],
)
def test_the_way_to_the_tenant_is_found_along_required_keys(model, path):
    assert tenant_path_of(model) == path


def test_a_row_that_is_not_saved_yet_may_have_no_tenant():
    assert tenant_id_of(Attempt(), "delivery__tenant") is None
    assert tenant_id_of(Member(), "tenant") is None


def test_nobody_without_a_tenant_has_a_scope(ask, django_user_model):
    for user in (AnonymousUser(), django_user_model.objects.create_user("lost", is_staff=True)):
        assert find_scope(ask(user)) is None
        with pytest.raises(PermissionDenied):
            scope_of(ask(user))


def test_the_scope_is_one_query_a_request(ask, boss, django_assert_num_queries):
    request = ask(boss.user)
    with django_assert_num_queries(1):
        assert scope_of(request) is scope_of(request)


def test_a_sign_in_within_the_request_makes_a_new_scope(ask, boss, anna):
    request = ask(boss.user)
    assert scope_of(request).role == Role.ADMIN
    request.user = anna.user
    assert scope_of(request).role == Role.OPERATOR


def test_a_session_that_names_a_tenant_one_has_left_falls_back(ask, boss, tenant_b):
    request = ask()
    request.session["tenant"] = tenant_b.pk
    assert scope_of(request).tenant == boss.tenant


def test_lists_hold_ones_own_rows(ask, connections, root):
    assert list(connection_page.get_queryset(ask())) == connections[:1]
    assert set(connection_page.get_queryset(ask(root))) == set(connections)


def test_choices_are_ones_own(ask, connections):
    field: Any = log_page.get_form(ask())().fields["connection"]
    assert list(field.queryset) == connections[:1]


@pytest.mark.parametrize("number", [0, 1], ids=["own", "foreign"])
def test_a_foreign_choice_is_no_valid_choice(ask, connections, number):
    data = {
        "connection": connections[number].pk,
        "method": "GET",
        "host": "h",
        "path": "/",
        "milliseconds": 1,
    }
    form = log_page.get_form(ask())(data)
    assert form.is_valid() is (number == 0)


def test_a_superuser_cannot_mix_tenants(ask, root, connections, tenant_a):
    data = {"tenant": tenant_a.pk, "connection": connections[1].pk, "method": "GET", "host": "h", "path": "/"}
    form = log_page.get_form(ask(root))({**data, "milliseconds": 1})
    assert form.has_error("connection")


def test_a_row_never_moves_to_another_tenant(ask, root, connections):
    assert "tenant" in connection_page.get_readonly_fields(ask(root), connections[0])
    assert "tenant" not in connection_page.get_form(ask(root), connections[0], change=True).base_fields


def test_a_new_row_belongs_to_the_visitors_tenant_and_once_per_tenant_is_checked(ask, connections, tenant_a):
    form_class = connection_page.get_form(ask())
    taken = form_class({"key": "tg", "connector": "telegram", "name": "again"})
    assert not taken.is_valid()
    fresh = form_class({"key": "tg2", "connector": "telegram", "name": "second", "tenant": "999"})
    assert fresh.is_valid(), fresh.errors
    assert fresh.save(commit=False).tenant == tenant_a


def test_only_a_superuser_sees_the_tenant_in_column_filter_and_form(ask, root):
    assert "tenant" not in connection_page.get_list_display(ask())
    assert "tenant" not in connection_page.get_fieldsets(ask())[0][1]["fields"]
    assert "tenant" in connection_page.get_list_display(ask(root))
    assert connection_page.get_fieldsets(ask(root))[0][1]["fields"][0] == "tenant"
    assert any(entry[0] == "tenant" for entry in connection_page.get_list_filter(ask(root)))


def offered(page, request):
    changelist = page.get_changelist_instance(request)
    return str([list(entry.choices(changelist)) for entry in changelist.filter_specs])


def test_filters_offer_ones_own_values(ask, connections, tenant_a):
    # A filter with a single choice would not be drawn at all.
    second = Connection.objects.create(tenant=tenant_a, key="vk", connector="vk", name="second of alpha")
    for connection in [*connections, second]:
        for host in ("one", "two"):
            ActionLog.objects.create(
                tenant=connection.tenant,
                connection=connection,
                method="GET",
                host=host,
                path="/",
                milliseconds=1,
            )
    names = offered(log_page, ask())
    assert names.count("second of alpha") == 2  # by row and by name
    assert "bot of beta" not in names


@pytest.mark.parametrize("chosen", [RelatedDropdownFilter, AutocompleteSelectFilter])
def test_filters_of_the_theme_offer_ones_own_values(rf, boss, connections, chosen):
    class CallPage(TenantAdmin):
        list_filter = (("connection", chosen),)

    request = rf.get("/", {"connection__id__exact": connections[1].pk})
    request.user, request.session = boss.user, {}
    page = CallPage(ModelCall, admin.site)
    changelist = page.get_changelist_instance(request)
    forms = [choice["form"] for entry in changelist.filter_specs for choice in entry.choices(changelist)]
    assert forms
    assert "bot of beta" not in "".join(form.as_p() for form in forms)


def test_roles_decide(ask, boss, head, anna, root):
    class Page(ConnectionPage):
        view_roles = EVERYONE
        delete_roles = NOBODY
        add_roles = SUPERUSER_ONLY

    page = Page(Connection, site)
    for user, view, edit, add in (
        (anna.user, True, False, False),
        (head.user, True, False, False),
        (boss.user, True, True, False),
        (root, True, True, True),
    ):
        request = ask(user)
        assert page.has_view_permission(request) is view
        assert page.has_change_permission(request) is edit
        assert page.has_add_permission(request) is add
        assert page.has_delete_permission(request) is False


def test_a_foreign_row_is_not_ones_own_by_object_or_by_id(ask, connections):
    own, foreign = connections
    for check in (connection_page.has_view_permission, connection_page.has_change_permission):
        assert check(ask(), own)
        assert check(ask(), str(own.pk))
        assert not check(ask(), foreign)
        assert not check(ask(), str(foreign.pk))
        assert not check(ask(), "no number")


def test_an_own_page_needs_a_session_and_a_role(rf, boss, anna):
    page = scoped_page()(lambda request: HttpResponse("in"))
    for user, expected in ((boss.user, 200), (AnonymousUser(), 302)):
        request = rf.get("/")
        request.user, request.session = user, {}
        assert page(request).status_code == expected
    request = rf.get("/")
    request.user, request.session = anna.user, {}
    with pytest.raises(PermissionDenied):
        page(request)


def test_a_member_of_two_tenants_sees_one_at_a_time(ask, boss, tenant_b, connections):
    add_member(tenant=tenant_b, username="boss", role=Role.OPERATOR)
    request = ask()
    request.session["tenant"] = tenant_b.pk
    assert scope_of(request).role == Role.OPERATOR
    assert not connection_page.has_view_permission(request)

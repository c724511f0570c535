"""Nobody is let into another tenant: every page, every list, every choice, every route, as every role.

A new page or route is found by itself, and a new model, too: without a path to its tenant it fails here.
"""

import itertools
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import ForeignKey
from django.test import Client
from django.urls import reverse

from apps.tenants.keys import issue_key
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from apps.tenants.paths import tenant_path_of
from apps.tenants.scoped_admin import TenantAdmin
from tests.tenants import world
from tests.tenants.routes import addresses, is_about_a_row, routes
from tests.tenants.world import PK, WORD

REGISTERED = sorted(admin.site._registry.values(), key=lambda page: page.opts.label)
# Rows that belong to no tenant, and whose pages nobody but a superuser opens.
GLOBAL = {"auth.User"}
REFUSED = {301, 302, 400, 403, 404, 405}

by_label = pytest.mark.parametrize("page", REGISTERED, ids=lambda page: page.opts.label)


@pytest.fixture
def alpha(db) -> dict:
    world.build()
    return world.snapshot()


@pytest.fixture
def beta(alpha) -> Tenant:
    return Tenant.objects.create(slug="beta", name="Beta")


@pytest.fixture
def visitors(beta) -> list[Client]:
    """Somebody of B in each role."""
    clients = []
    for role in Role:
        member = add_member(tenant=beta, username=f"b-{role}", role=role)
        clients.append(Client())
        clients[-1].force_login(member.user)
    return clients


@pytest.fixture
def root(alpha) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def payload() -> dict:
    """What a form of any page may be waiting for, with A's row wherever a row can be chosen."""
    fields = [field for page in REGISTERED for field in page.opts.concrete_fields]
    chosen = {field.name: PK for field in fields if isinstance(field, ForeignKey)}
    return {
        **chosen,
        "name": "x",
        "text": "x",
        "status": "closed",
        "_selected_action": PK,
        "select_across": "1",
        "index": "0",
        "post": "yes",
        "row": PK,
        "all": "1",
        "confirmed": "1",
    }


def body(response) -> str:
    return b"".join(response).decode(errors="replace") if response.streaming else response.text


@by_label
def test_every_page_knows_the_way_to_the_tenant(page):
    assert isinstance(page, TenantAdmin), "register it on TenantAdmin"
    assert page.path is not None or page.opts.label in GLOBAL
    if page.opts.label in GLOBAL:
        assert not any([page.view_roles, page.edit_roles, page.delete_roles])


@by_label
def test_the_superuser_sees_the_row_that_others_must_not(page, root):
    """Else every test below would pass on an empty page."""
    row = page.model._default_manager.get(pk=PK)
    answer = root.get(reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_change", args=[PK]))
    assert answer.status_code == 200
    assert str(row) in body(answer) or WORD in body(answer)


@pytest.mark.parametrize("route", routes())
def test_no_route_lets_anybody_of_another_tenant_in(route, visitors, alpha, beta):
    for visitor, address in itertools.product(visitors, addresses(route)):
        for answer in (visitor.get(address), visitor.post(address, payload())):
            assert answer.status_code < 500, address
            # A refusal leads back to the address itself, once somebody else has signed in.
            assert WORD not in body(answer).replace(quote(address, safe=""), ""), address
            assert not is_about_a_row(route) or answer.status_code in REFUSED, address
    assert world.snapshot() == alpha
    assert world.mixed(beta) == []


@pytest.mark.parametrize("route", [route for route in routes() if route.startswith("api/")])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_no_api_route_lets_another_tenants_key_in(route, method, alpha, beta):
    _key, value = issue_key(tenant=beta, name="CRM", user=None)
    for address in addresses(route):
        call = getattr(Client(headers={"X-API-Key": value}), method)
        answer = call(address, payload() if method in ("get", "post") else None)
        assert answer.status_code < 500
        assert WORD not in body(answer)
    assert world.snapshot() == alpha
    assert world.mixed(beta) == []


@pytest.mark.parametrize("route", [route for route in routes() if route.startswith("api/")])
def test_no_api_route_answers_without_a_key(route, alpha):
    for address in addresses(route):
        answer = Client().get(address)
        assert answer.status_code == 401
        assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("route", [route for route in routes() if route.startswith("admin/")])
def test_no_page_opens_without_signing_in(route, alpha):
    for address in addresses(route):
        for answer in (Client().get(address), Client().post(address, payload())):
            assert answer.status_code in REFUSED, address
            assert WORD not in body(answer)
    assert world.snapshot() == alpha


@by_label
def test_no_action_touches_another_tenants_rows(page, visitors, alpha):
    address = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
    actions = [name for name, _title in admin.site.actions] + [str(name) for name in page.actions or ()]
    for visitor, action in itertools.product(visitors, actions):
        answer = visitor.post(address, {**payload(), "action": action}, follow=True)
        assert WORD not in body(answer)
    assert world.snapshot() == alpha


@by_label
def test_no_filter_or_search_names_another_tenants_rows(page, visitors):
    address = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
    keys = [field for field in page.opts.concrete_fields if isinstance(field, ForeignKey)]
    # A part of the word finds it, and the search box that repeats the part is not yet the word.
    queries = [{"q": WORD[1:-1]}, *({f"{key.name}__id__exact": PK} for key in keys)]
    for visitor, query in itertools.product(visitors, queries):
        assert WORD not in body(visitor.get(address, query, follow=True))


@by_label
def test_no_autocomplete_offers_another_tenants_rows(page, visitors):
    relations = [field for field in page.opts.get_fields() if field.is_relation and not field.auto_created]
    for visitor, field in itertools.product(visitors, relations):
        answer = visitor.get(
            reverse("admin:autocomplete"),
            {"app_label": page.opts.app_label, "model_name": page.opts.model_name, "field_name": field.name},
        )
        assert WORD not in body(answer)


def test_every_model_of_the_project_leads_to_a_tenant_or_is_known_not_to():
    homeless = {model._meta.label for model in world.own_models() if tenant_path_of(model) is None}
    assert homeless == {"core.Bucket", "core.StorageCheck"}

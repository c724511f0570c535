"""Leaders see the calls, offices and managers that are theirs to see, and what was said in a call."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.callanalysis.models import AnalysisSettings, Call, Office, SalesManager
from apps.callanalysis.seeing import seen_calls, seen_managers
from apps.tenants.models import Member, Role
from apps.tenants.scope import Scope

pytestmark = pytest.mark.django_db

CALLS = "/admin/callanalysis/call/"
SETTINGS = "/admin/callanalysis/analysissettings/"


@pytest.fixture
def people(tenant_a):
    """Two offices of one person each, and one call of each."""
    made = {}
    for name in ("north", "south"):
        made[name] = SalesManager.objects.create(tenant=tenant_a, external_id=name)
        office = Office.objects.create(tenant=tenant_a, external_id=name, title=name)
        office.managers.add(made[name])
        Call.objects.create(
            tenant=tenant_a, sales_manager=made[name], external_id=f"call-{name}", deal_id=f"deal-{name}"
        )
    return made


@pytest.fixture
def join(tenant_a):
    def make(role: Role) -> Member:
        user = User.objects.create_user(f"somebody-{role}", is_staff=True)
        return Member.objects.create(tenant=tenant_a, user=user, role=role, name=str(role))

    return make


def scope_of(member: Member) -> Scope:
    return Scope(user=member.user, tenant=member.tenant, role=Role(member.role), member=member)


def seen(member: Member) -> set[str]:
    return set(seen_calls(scope_of(member)).values_list("external_id", flat=True))


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


ALL = {"call-north", "call-south"}


@pytest.mark.parametrize(("role", "expected"), [(Role.ADMIN, ALL), (Role.HEAD, ALL), (Role.OPERATOR, set())])
def test_who_is_nobody_in_the_structure_sees_by_their_role(role, expected, people, join):
    assert seen(join(role)) == expected


def test_a_head_who_leads_an_office_sees_that_one_and_an_operator_their_own(people, join, tenant_a):
    head, operator = join(Role.HEAD), join(Role.OPERATOR)
    lead = SalesManager.objects.create(tenant=tenant_a, external_id="lead", member=head)
    Office.objects.get(external_id="north").leaders.add(lead)
    SalesManager.objects.filter(external_id="south").update(member=operator)
    assert seen(head) == {"call-north"}
    assert set(seen_managers(scope_of(head))) == {lead, people["north"]}
    assert seen(operator) == {"call-south"}
    page = signed_in(head).get(CALLS).content.decode()
    assert "call-north" in page
    assert "call-south" not in page
    foreign = Call.objects.get(external_id="call-south")
    assert (
        "call-south" not in signed_in(head).get(f"{CALLS}{foreign.pk}/change/", follow=True).content.decode()
    )
    assert "call-south" in signed_in(operator).get(CALLS).content.decode()
    assert signed_in(operator).get("/admin/callanalysis/office/").status_code == 403


@pytest.mark.parametrize(
    "query",
    ["q=deal-north", "q=call-north", "manager={north}", "office={office}", "stage__exact=done"],
)
def test_the_list_is_narrowed(query, people, join):
    Call.objects.filter(external_id="call-north").update(stage="done")
    office = Office.objects.get(external_id="north")
    address = query.format(north=people["north"].pk, office=office.pk)
    answer = signed_in(join(Role.ADMIN)).get(f"{CALLS}?{address}")
    assert [call.external_id for call in answer.context["cl"].result_list] == ["call-north"]


def test_the_list_asks_no_more_for_more_calls(people, join, tenant_a, django_assert_max_num_queries):
    client = signed_in(join(Role.ADMIN))
    with django_assert_max_num_queries(30) as few:
        client.get(CALLS)
    for number in range(20):
        who = SalesManager.objects.create(tenant=tenant_a, external_id=f"m{number}")
        Call.objects.create(tenant=tenant_a, sales_manager=who, external_id=f"c{number}")
    with django_assert_max_num_queries(len(few)):
        client.get(CALLS)


def test_settings_are_one_row_that_is_made_when_saved(join, tenant_a):
    client = signed_in(join(Role.ADMIN))
    assert client.get(SETTINGS)["Location"] == f"{SETTINGS}add/"
    values = {"least_seconds": "20", "language": "ru", "manager_side": "right", "keep_audio_days": ""}
    wrong = client.post(f"{SETTINGS}add/", {**values, "deal_url": "https://crm.example.com/deals/"})
    assert "deal_url" in wrong.context["adminform"].form.errors
    values["deal_url"] = "https://crm.example.com/deals/{deal_id}"
    client.post(f"{SETTINGS}add/", values)
    kept = AnalysisSettings.objects.get()
    assert (kept.tenant, kept.least_seconds, kept.manager_side) == (tenant_a, 20, "right")
    assert client.get(SETTINGS)["Location"] == f"{SETTINGS}{kept.pk}/change/"
    assert client.post(f"{SETTINGS}add/", values)["Location"] == f"{SETTINGS}{kept.pk}/change/"
    assert signed_in(join(Role.HEAD)).get(SETTINGS).status_code == 403


def test_an_administrator_says_who_a_manager_is_and_whom_an_office_has(people, join):
    member = join(Role.ADMIN)
    client, north = signed_in(member), people["north"]
    address = f"/admin/callanalysis/salesmanager/{north.pk}/change/"
    client.post(address, {"surname": "Иванов", "name": "Иван", "middlename": "", "member": member.pk})
    north.refresh_from_db()
    assert (str(north), north.member) == ("Иванов Иван", member)
    office = Office.objects.get(external_id="south")
    values = {"title": "Юг", "leaders": [north.pk], "managers": [north.pk]}
    client.post(f"/admin/callanalysis/office/{office.pk}/change/", values)
    office.refresh_from_db()
    assert (office.title, [*office.leaders.all()], [*office.managers.all()]) == ("Юг", [north], [north])

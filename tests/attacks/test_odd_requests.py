"""What somebody who is signed in, or nobody at all, may send in place of an id, a name, a filter."""

import pytest
from django.urls import reverse

from apps.tenants.models import Role

HUGE = "9" * 30
ENDLESS = "9" * 5000  # more digits than Python turns into a number
NUL = "\x00"

pytestmark = pytest.mark.django_db

LISTS = [
    "admin:channels_inboundevent_changelist",
    "admin:channels_channel_changelist",
    "admin:integrations_actionlog_changelist",
    "admin:tenants_member_changelist",
    "admin:tenants_apikey_changelist",
    "admin:ai_modelcall_changelist",
    "admin:ai_promptversion_changelist",
]
QUERIES = [
    {"q": NUL},
    {"p": ENDLESS},
    {"p": HUGE},
    {"o": ENDLESS},
    {"o": "1.2.-999999999999999999999"},
    {"connector": NUL},
    {"connector__exact": NUL},
    {"channel__id__exact": HUGE},
    {"channel__id__exact": NUL},
    {"connection__id__exact": HUGE},
    {"connection__id__exact": ENDLESS},
    {"connection__secrets__startswith": "f1"},
    {"proof__contains": "x"},
    {"body__contains": "x"},
    {"digest__startswith": "a"},
    {"user__password__startswith": "pbkdf2"},
    {"received_at__gte": "garbage"},
    {"received_at__gte": "9999-99-99"},
    {"received_at__year": ENDLESS},
    {"received_at__year": "0"},
    {"received_at__year": "2026", "received_at__month": "99"},
    {"tenant__isnull": "True"},
    {"ended": NUL},
    {"_facets": "True"},
    {"all": ""},
    {"name": NUL},
    {"key__startswith": NUL},
]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: str(query)[:40])
def test_a_list_survives_its_address(name, query, boss, signed_in):
    assert signed_in(boss).get(reverse(name), query, follow=True).status_code in (200, 400, 403, 404)


@pytest.mark.parametrize("odd", [HUGE, ENDLESS, "-1", "0", "%00", "1_2F2", "_", "١", "1.5", "'", "a" * 3000])
@pytest.mark.parametrize(
    "address",
    [
        "/admin/tenants/member/{}/change/",
        "/admin/tenants/member/{}/delete/",
        "/admin/tenants/member/{}/history/",
        "/admin/tenants/member/{}/history/{}/",
        "/admin/tenants/member/{}/reset-password/",
        "/admin/integrations/connection/{}/change/",
        "/admin/integrations/connection/{}/check/",
        "/admin/integrations/connection/{}/disconnect/",
        "/admin/integrations/connection/connect/{}/",
        "/admin/channels/inboundevent/{}/change/",
        "/admin/tenants/apikey/{}/change/",
    ],
)
def test_a_page_survives_its_id(address, odd, boss, signed_in):
    visitor = signed_in(boss)
    where = address.format(odd, odd)
    assert visitor.get(where).status_code < 500
    assert visitor.post(where, {"name": "x"}).status_code < 500


@pytest.mark.parametrize("odd", [HUGE, ENDLESS, NUL, "-1", "", "١", "1e5"])
def test_own_pages_survive_what_is_posted(odd, boss, root, signed_in):
    visitor = signed_in(boss)
    assert visitor.post(reverse("admin:switch_tenant"), {"tenant": odd}).status_code == 403
    trouble = reverse("admin:tenants_trouble")
    query = "?work=channels.InboundEvent&state=failed&code="
    assert visitor.post(f"{trouble}{query}", {"row": odd, "confirmed": "1"}).status_code < 500
    assert visitor.post(f"{trouble}{query}", {"row": [odd, "1"]}).status_code < 500
    for name in ("work", "state", "code", "page"):
        filled = {"work": "channels.InboundEvent", "state": "failed", "code": "", name: odd}
        assert visitor.get(trouble, filled).status_code < 500
    for who in (visitor, signed_in(root)):
        where = reverse("admin:channels_replay_unrouted")
        assert who.post(where, {"connector": odd}).status_code < 500
        assert who.get(reverse("admin:channels_accounting"), {"period": odd}).status_code < 500
        assert who.get(reverse("admin:integrations_cards"), {"tenant": odd}).status_code < 500


@pytest.mark.parametrize("odd", [HUGE, ENDLESS, NUL, "-1", "", "١", "1e5"])
def test_the_grid_of_hours_survives_any_clock(odd, boss, signed_in):
    where, client = reverse("admin:tenants_hours"), signed_in(boss)
    assert client.post(where, {"act": "week", "mon_0_from": odd, "mon_0_to": odd}).status_code == 200
    assert client.post(where, {"act": "day", "date": odd, "hours_text": odd, "name": odd}).status_code == 200
    assert client.post(where, {"act": "fill", "year": odd}).status_code == 200
    assert client.post(where, {"act": "remove", "row": odd}).status_code == 302
    assert client.post(where, {"act": odd}).status_code == 200


@pytest.mark.parametrize("odd", [HUGE, ENDLESS, NUL, "-1", "", "١", "1e5"])
def test_targets_survive_whatever_is_typed(odd, boss, signed_in):
    where, typed = reverse("admin:appeals_targets"), {"all-first_answer_minutes": odd}
    assert signed_in(boss).post(where, typed).status_code < 500
    assert signed_in(boss).post(where, {**typed, "act": "preview"}).status_code == 200


def test_a_huge_number_in_a_number_field_is_told(boss, signed_in):
    where = reverse("admin:tenants_tenant_change", args=[boss.tenant_id])
    form = {"name": "A", "timezone": "Europe/Moscow", "language": "ru"}
    for number in (HUGE, ENDLESS, "NaN", "-1"):
        answer = signed_in(boss).post(
            where, {**form, "batch_window_seconds": number, "ai_monthly_cap_usd": number}
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("page", ["", HUGE, ENDLESS, NUL, "-1"])
def test_autocomplete_survives(page, boss, signed_in):
    query = {
        "app_label": "integrations",
        "model_name": "actionlog",
        "field_name": "connection",
        "page": page,
        "term": page,
    }
    assert signed_in(boss).get(reverse("admin:autocomplete"), query).status_code < 500
    for name in ("app_label", "model_name", "field_name"):
        assert signed_in(boss).get(reverse("admin:autocomplete"), {**query, name: page}).status_code < 500


def test_an_action_survives_ids_that_are_none(boss, signed_in):
    where = reverse("admin:channels_inboundevent_changelist")
    for odd in (HUGE, ENDLESS, NUL, "x"):
        answer = signed_in(boss).post(where, {"action": "read_again", "_selected_action": odd, "index": odd})
        assert answer.status_code < 500


def test_a_member_with_an_odd_name(boss, signed_in):
    where = reverse("admin:tenants_member_add")
    for name in (NUL, "\ud800".encode("utf-8", "surrogatepass"), "a" * 5000, "‮x"):
        form = {"username": name, "password": "p" * 12, "name": "n", "role": Role.OPERATOR}
        assert signed_in(boss).post(where, form).status_code < 500


def test_a_login_with_an_odd_name(client):
    for name in (NUL, "a" * 100_000, "‮x", "'"):
        assert (
            client.post(
                reverse("admin:login"), {"username": name, "password": name, "code": name}
            ).status_code
            < 500
        )

"""The admin pages of tenants, members and keys, and who sees what in the menu."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from apps.tenants.keys import find_key, issue_key
from apps.tenants.membership import add_member
from apps.tenants.models import ApiKey, Member, Role, Team, Tenant
from tests.cast import PASSWORD

STRONG = "long enough 2026"
NEW = {"username": "olga", "password": STRONG, "name": "Olga", "role": "operator"}


def change(member):
    return reverse("admin:tenants_member_change", args=[member.pk])


def test_a_tenants_administrator_goes_straight_to_their_own_organisation(boss, tenant_a, tenant_b, signed_in):
    client = signed_in(boss)
    own = reverse("admin:tenants_tenant_change", args=[tenant_a.pk])
    assert client.get(reverse("admin:tenants_tenant_changelist")).url == own
    assert client.get(own).status_code == 200
    assert client.get(reverse("admin:tenants_tenant_add")).status_code == 403
    assert client.get(reverse("admin:tenants_tenant_delete", args=[tenant_a.pk])).status_code == 403


def test_the_slug_is_fixed_once_it_is_there(boss, tenant_a, signed_in):
    data = {"name": "New name", "slug": "stolen", "timezone": "Europe/Moscow", "language": "ru"}
    data |= {"batch_window_seconds": "45", "reopen_days": "3", "undo_seconds": "5"}
    data |= {"operators_see": "all", "operators_phones": "shown", "heads_phones": "shown"}
    answer = signed_in(boss).post(reverse("admin:tenants_tenant_change", args=[tenant_a.pk]), data)
    assert answer.status_code == 302
    tenant_a.refresh_from_db()
    assert (tenant_a.name, tenant_a.slug, tenant_a.batch_window_seconds) == ("New name", "alpha", 45)


def test_deleting_a_tenant_shuts_out_whoever_worked_only_there(anna, boss, root, tenant_a, signed_in):
    client, address = signed_in(root), reverse("admin:tenants_tenant_delete", args=[tenant_a.pk])
    assert "2" in client.get(address).text
    client.post(address, {"post": "yes"})
    assert not Tenant.objects.filter(pk=tenant_a.pk).exists()
    assert not User.objects.get(username="anna").is_staff


def test_a_member_is_made_with_their_account_in_one_form(boss, tenant_a, signed_in):
    answer = signed_in(boss).post(reverse("admin:tenants_member_add"), NEW)
    assert answer.status_code == 302
    member = Member.objects.get(user__username="olga")
    assert (member.tenant, member.role) == (tenant_a, Role.OPERATOR)
    assert member.user.check_password(STRONG)
    assert member.user.is_staff
    assert not member.user.is_superuser


@pytest.mark.parametrize("password", ["", "12345678", "olga"])
def test_a_weak_password_is_refused(boss, signed_in, password):
    answer = signed_in(boss).post(reverse("admin:tenants_member_add"), {**NEW, "password": password})
    assert answer.status_code == 200
    assert not User.objects.filter(username="olga").exists()


def test_an_account_of_another_tenant_cannot_be_drawn_in(boss, stranger, signed_in):
    answer = signed_in(boss).post(reverse("admin:tenants_member_add"), {**NEW, "username": "stranger"})
    assert answer.status_code == 200
    assert Member.objects.filter(user=stranger.user).count() == 1
    stranger.user.refresh_from_db()
    assert stranger.user.check_password(PASSWORD)


def test_the_superuser_may_take_an_account_into_a_second_tenant(root, anna, tenant_b, signed_in):
    data = {**NEW, "username": "anna", "password": "", "tenant": tenant_b.pk}
    assert signed_in(root).post(reverse("admin:tenants_member_add"), data).status_code == 302
    assert Member.objects.get(tenant=tenant_b).user == anna.user


def test_a_posted_tenant_is_not_listened_to(boss, tenant_a, tenant_b, signed_in):
    signed_in(boss).post(reverse("admin:tenants_member_add"), {**NEW, "tenant": tenant_b.pk})
    assert Member.objects.get(user__username="olga").tenant == tenant_a


def test_the_last_administrator_cannot_step_down_or_go(boss, signed_in):
    client = signed_in(boss)
    answer = client.post(change(boss), {"name": "Boris", "role": "operator"})
    assert answer.context["adminform"].form.has_error("role")
    client.post(reverse("admin:tenants_member_delete", args=[boss.pk]), {"post": "yes"})
    assert Member.objects.get(pk=boss.pk).role == Role.ADMIN


def test_a_member_is_removed_and_their_session_with_them(boss, anna, signed_in):
    gone = signed_in(anna)
    signed_in(boss).post(reverse("admin:tenants_member_delete", args=[anna.pk]), {"post": "yes"})
    assert not Member.objects.filter(pk=anna.pk).exists()
    assert gone.get("/admin/").status_code == 302


def test_a_forgotten_password_is_set_anew(boss, anna, signed_in):
    address = reverse("admin:tenants_member_reset_password", args=[anna.pk])
    client = signed_in(boss)
    assert client.post(address, {"password": "123"}).status_code == 200
    assert client.post(address, {"password": STRONG}).status_code == 302
    anna.user.refresh_from_db()
    assert anna.user.check_password(STRONG)


def test_an_account_of_two_tenants_is_not_reset_by_one_of_them(boss, anna, tenant_b, signed_in):
    add_member(tenant=tenant_b, username="anna", role=Role.OPERATOR)
    address = reverse("admin:tenants_member_reset_password", args=[anna.pk])
    assert signed_in(boss).post(address, {"password": STRONG}).status_code == 403
    anna.user.refresh_from_db()
    assert anna.user.check_password(PASSWORD)


def test_history_names_who_changed_a_role(boss, anna, signed_in):
    client = signed_in(boss)
    client.post(change(anna), {"name": "Anna", "role": "head"})
    page = client.get(reverse("admin:tenants_member_history", args=[anna.pk]))
    assert page.status_code == 200
    assert "boss" in page.text


def test_a_new_keys_value_is_on_the_answer_and_never_again(boss, tenant_a, signed_in):
    client = signed_in(boss)
    answer = client.post(reverse("admin:tenants_apikey_add"), {"name": "CRM"})
    key, value = ApiKey.objects.get(), answer.context["value"]
    assert find_key(value) == key
    assert (key.tenant, key.created_by) == (tenant_a, boss.user)
    assert value in answer.text
    assert "no-store" in answer["Cache-Control"]
    for page in ("changelist", "change", "history"):
        args = [] if page == "changelist" else [key.pk]
        shown = client.get(reverse(f"admin:tenants_apikey_{page}", args=args)).text
        assert value not in shown
        assert key.digest not in shown
    assert value not in repr(dict(client.session))


def test_a_key_is_revoked_after_a_question(boss, tenant_a, signed_in):
    key, value = issue_key(tenant=tenant_a, name="CRM", user=None)
    client, address = signed_in(boss), reverse("admin:tenants_apikey_revoke", args=[key.pk])
    assert client.get(address).status_code == 200
    assert find_key(value) == key
    client.post(address)
    assert find_key(value) is None
    assert client.get(address).status_code == 403  # there is nothing left to revoke


def test_a_key_is_deleted_by_nobody(root, tenant_a, signed_in):
    key, _value = issue_key(tenant=tenant_a, name="CRM", user=None)
    answer = signed_in(root).post(reverse("admin:tenants_apikey_delete", args=[key.pk]), {"post": "yes"})
    assert answer.status_code == 403


def links(client):
    page = client.get("/admin/")
    groups = page.context["sidebar_navigation"]
    return {str(item["link"]) for group in groups for item in group["items"] if item["has_permission"]}


def test_an_operator_sees_the_desk_and_nothing_of_settings(anna, signed_in):
    seen = links(signed_in(anna))
    assert reverse("desk") in seen
    settings = ("tenants_member", "tenants_apikey", "tenants_tenant", "auth_user", "integrations_actionlog")
    assert not seen & {reverse(f"admin:{name}_changelist") for name in settings}
    assert reverse("admin:tenants_trouble") not in seen
    assert reverse("admin:integrations_cards") not in seen


def test_a_tenants_administrator_sees_everything_but_users(boss, signed_in, root):
    assert links(signed_in(root)) - links(signed_in(boss)) == {reverse("admin:auth_user_changelist")}


def test_the_menu_leads_nowhere_that_is_closed(boss, head, anna, signed_in):
    for member in (boss, head, anna):
        client = signed_in(member)
        for link in links(client):
            assert client.get(link, follow=True).status_code == 200, (member.role, link)


def test_one_who_works_in_two_tenants_switches_and_others_are_offered_nothing(
    boss, anna, tenant_a, tenant_b, signed_in
):
    address = reverse("admin:switch_tenant")
    assert address not in signed_in(anna).get("/admin/").text
    add_member(tenant=tenant_b, username="boss", role=Role.ADMIN)
    client = signed_in(boss)
    assert address in client.get("/admin/").text
    client.post(address, {"tenant": tenant_b.pk})
    own = reverse("admin:tenants_tenant_change", args=[tenant_b.pk])
    assert client.get(reverse("admin:tenants_tenant_changelist")).url == own


def test_nobody_switches_into_a_tenant_that_is_not_theirs(boss, tenant_b, signed_in):
    client = signed_in(boss)
    assert client.post(reverse("admin:switch_tenant"), {"tenant": tenant_b.pk}).status_code == 403
    assert client.post(reverse("admin:switch_tenant"), {"tenant": "x"}).status_code == 403


def test_a_staff_account_without_a_tenant_sees_nothing(db, signed_in):
    client = signed_in(User.objects.create_user("lost", is_staff=True))
    assert client.get(reverse("admin:tenants_member_changelist")).status_code == 403
    assert links(client) == set()


def test_pages_that_packages_registered_are_gone():
    registered = {model._meta.label for model in admin.site._registry}
    assert not registered & {"auth.Group", "otp_totp.TOTPDevice"}
    assert not {label for label in registered if label.startswith("django_q.")}


def test_no_page_asks_for_anything_from_another_host(boss, signed_in):
    page = signed_in(boss).get("/admin/").text
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_a_list_asks_the_database_no_more_for_more_rows(
    boss, tenant_a, signed_in, django_assert_max_num_queries
):
    client = signed_in(boss)
    client.get(reverse("admin:tenants_member_changelist"))
    for number in range(12):
        add_member(tenant=tenant_a, username=f"op{number}", role=Role.OPERATOR)
    # session, user, scope, the teams to filter by and which of them are one's own, two counts, the rows
    with django_assert_max_num_queries(9):
        client.get(reverse("admin:tenants_member_changelist"))


def test_the_menu_marks_one_entry_alone(boss, signed_in):
    client = signed_in(boss)
    for name in ("admin:tenants_trouble", "admin:tenants_member_add", "admin:integrations_cards"):
        groups = client.get(reverse(name)).context["sidebar_navigation"]
        assert sum(bool(item["active"]) for group in groups for item in group["items"]) == 1, name


def test_an_administrator_makes_a_team_and_puts_somebody_into_it(boss, anna, tenant_a, tenant_b, signed_in):
    client = signed_in(boss)
    theirs = Team.objects.create(tenant=tenant_b, name="Beta's")
    client.post(reverse("admin:tenants_team_add"), {"name": "Evenings"})
    team = Team.objects.get(tenant=tenant_a)
    page = reverse("admin:tenants_member_change", args=[anna.pk])
    client.post(page, {"name": "Anna", "role": "operator", "team": theirs.pk})
    assert Member.objects.get(pk=anna.pk).team is None
    client.post(page, {"name": "Anna", "role": "operator", "team": team.pk})
    assert Member.objects.get(pk=anna.pk).team == team
    assert "Anna" in client.get(reverse("admin:tenants_team_change", args=[team.pk])).text

    client.post(reverse("admin:tenants_team_delete", args=[team.pk]), {"post": "yes"})

    assert Member.objects.get(pk=anna.pk).team is None

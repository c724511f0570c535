"""Joining, changing role and leaving."""

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.tenants import membership
from apps.tenants.models import Member, Role
from tests.cast import PASSWORD


def test_a_new_member_can_sign_in_to_the_admin(anna):
    assert anna.user.is_staff
    assert anna.user.check_password(PASSWORD)


def test_without_a_password_the_account_cannot_sign_in(tenant_a):
    member = membership.add_member(tenant=tenant_a, username="mute", role=Role.OPERATOR)
    assert not member.user.has_usable_password()
    assert member.name == "mute"


def test_an_existing_account_joins_a_second_tenant_and_keeps_its_password(anna, tenant_b):
    second = membership.add_member(
        tenant=tenant_b, username="anna", password="another one 99", role=Role.HEAD, name="Anna B"
    )
    assert second.user == anna.user
    assert second.user.check_password(PASSWORD)


def test_adding_a_member_again_brings_role_and_name_up_to_date(anna, tenant_a):
    again = membership.add_member(tenant=tenant_a, username="anna", role=Role.HEAD, name="Anna K.")
    assert again.pk == anna.pk
    assert (again.role, again.name) == (Role.HEAD, "Anna K.")


def test_a_tenants_administrator_cannot_draw_in_somebody_elses_account(anna, tenant_b):
    with pytest.raises(IntegrityError):
        membership.add_member(
            tenant=tenant_b, username="anna", password=PASSWORD, role=Role.OPERATOR, new_account=True
        )


def test_leaving_the_last_tenant_ends_staff_rights_and_every_open_session(anna, boss, signed_in):
    client = signed_in(anna)
    assert client.get("/admin/").status_code == 200
    membership.remove_member(member=anna)
    user = User.objects.get(username="anna")
    assert not user.is_staff
    assert client.get("/admin/").status_code == 302


def test_whoever_was_removed_comes_back_with_a_new_password(anna, boss, tenant_a):
    membership.remove_member(member=anna)
    back = membership.add_member(
        tenant=tenant_a, username="anna", password="a new one 42", role=Role.OPERATOR
    )
    assert back.user.check_password("a new one 42")
    assert back.user.is_staff


def test_leaving_one_of_two_tenants_leaves_the_account_alone(anna, boss, tenant_b):
    membership.add_member(tenant=tenant_b, username="anna", role=Role.OPERATOR)
    membership.remove_member(member=anna)
    user = User.objects.get(username="anna")
    assert user.is_staff
    assert user.check_password(PASSWORD)


def test_a_superuser_keeps_everything_when_a_membership_ends(root, boss, tenant_a):
    member = membership.add_member(tenant=tenant_a, username="root", role=Role.OPERATOR)
    membership.remove_member(member=member)
    root.refresh_from_db()
    assert root.is_staff
    assert root.check_password(PASSWORD)


def test_the_last_administrator_can_neither_leave_nor_step_down(boss):
    with pytest.raises(membership.LastAdministrator):
        membership.remove_member(member=boss)
    with pytest.raises(membership.LastAdministrator):
        membership.change_member(member=boss, role=Role.HEAD, name=boss.name)
    assert Member.objects.get(pk=boss.pk).role == Role.ADMIN


def test_with_a_second_administrator_the_first_may_go(boss, tenant_a):
    membership.add_member(tenant=tenant_a, username="deputy", role=Role.ADMIN)
    membership.remove_member(member=boss)
    assert not Member.objects.filter(pk=boss.pk).exists()


def test_an_account_shared_with_another_tenant_is_reset_by_neither(anna, tenant_b):
    membership.add_member(tenant=tenant_b, username="anna", role=Role.OPERATOR)
    with pytest.raises(membership.SharedAccount):
        membership.reset_password(member=anna, password="taken over 1")
    TOTPDevice.objects.create(user=anna.user, name="app")
    with pytest.raises(membership.SharedAccount):
        membership.reset_second_factor(member=anna)
    assert TOTPDevice.objects.filter(user=anna.user).exists()


def test_a_superusers_account_is_reset_by_no_tenant(root, tenant_a):
    member = membership.add_member(tenant=tenant_a, username="root", role=Role.ADMIN)
    with pytest.raises(membership.SharedAccount):
        membership.reset_password(member=member, password="taken over 1")

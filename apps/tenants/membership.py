"""Who works in a tenant: joining, changing role, leaving; and what of it their account may still do."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.tenants.models import Member, Role, Team, Tenant


class LastAdministrator(ValueError):
    """A tenant keeps at least one administrator, else nobody could let anyone in again."""

    public = gettext_lazy("This is the last administrator. Make somebody else one first.")


class SharedAccount(ValueError):
    """The account belongs to other organisations too, or to the installation: none alone may take it over."""

    public = gettext_lazy(
        "This account belongs to other organisations too. Only its owner can change its password."
    )


@transaction.atomic
def add_member(
    *,
    tenant: Tenant,
    username: str,
    password: str | None = None,
    role: Role,
    name: str = "",
    team: Team | None = None,
    new_account: bool = False,
) -> Member:
    """Make somebody a member, or bring their role and name up to date.

    An account is made where there is none; one that is there keeps its password, unless it has no usable one.
    `team` is a new member's. With `new_account` a taken username is an IntegrityError: a tenant's
    administrator draws in nobody else's.
    """
    username = User.normalize_username(username)
    if new_account:
        user = User.objects.create(username=username, password=make_password(None))
    else:
        user, _ = User.objects.get_or_create(username=username, defaults={"password": make_password(None)})
    if password is not None and not user.has_usable_password():
        user.set_password(password)
    user.is_staff = True
    # Shown in the corner of their pages; somebody who has one already keeps it.
    user.first_name = user.first_name or name[:150]
    user.save(update_fields=["password", "is_staff", "first_name"])
    member = Member.objects.filter(tenant=tenant, user=user).first()
    if member is None:
        return Member.objects.create(tenant=tenant, user=user, role=role, name=name or username, team=team)
    return change_member(member=member, role=role, name=name or member.name)


@transaction.atomic
def change_member(*, member: Member, role: Role, name: str) -> Member:
    if role != Role.ADMIN:
        keep_an_administrator(member)
    if (member.role, member.name) != (role, name):
        member.role, member.name = role, name
        member.save(update_fields=["role", "name"])
    return member


@transaction.atomic
def remove_member(*, member: Member) -> None:
    keep_an_administrator(member)
    user = member.user
    member.delete()
    retire([user.pk])


def keep_an_administrator(member: Member) -> None:
    """LastAdministrator when the tenant has no other. Two who leave at once wait for each other."""
    Tenant.objects.select_for_update().get(pk=member.tenant_id)
    was_admin = Member.objects.filter(pk=member.pk, role=Role.ADMIN).exists()
    others = Member.objects.filter(tenant=member.tenant_id, role=Role.ADMIN).exclude(pk=member.pk)
    if was_admin and not others.exists():
        raise LastAdministrator


def retire(users: list[int]) -> None:
    """Accounts that belong to no tenant any more are shut out: another password hash ends every session."""
    for user in User.objects.filter(pk__in=users, is_superuser=False, memberships=None):
        user.is_staff = False
        user.set_unusable_password()
        user.save(update_fields=["is_staff", "password"])


def is_own_account(member: Member) -> bool:
    """Whether the tenant alone answers for the account, so that its administrator may reset it."""
    if member.user.is_superuser:
        return False
    return not Member.objects.filter(user=member.user_id).exclude(tenant=member.tenant_id).exists()


def reset_password(*, member: Member, password: str) -> None:
    if not is_own_account(member):
        raise SharedAccount
    member.user.set_password(password)
    member.user.save(update_fields=["password"])


def reset_second_factor(*, member: Member) -> None:
    """For a lost phone: the next sign-in asks for the password alone."""
    if not is_own_account(member):
        raise SharedAccount
    TOTPDevice.objects.filter(user=member.user_id).delete()

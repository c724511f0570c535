"""The sections `tenant`, `teams`, `members` and `special_days` of a tenant's file."""

import secrets
from decimal import Decimal
from typing import Annotated, Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables
from pydantic import AfterValidator, Field

from apps.tenants.hours import errors_in_hours, in_order
from apps.tenants.membership import LastAdministrator, add_member, is_own_account, reset_password
from apps.tenants.models import Member, Phones, Role, Sees, Team, Tenant
from apps.tenants.provisioning import special_days
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, GivenSecret, Key, LongName, Name
from apps.tenants.provisioning.report import compare
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

FIELDS = (
    *("name", "timezone", "language", "batch_window_seconds", "working_hours", "ai_monthly_cap_usd"),
    *("claims_on_reply", "reopen_days", "refusal_reasons", "campaigns_need_consent", "undo_seconds"),
    *("operators_see", "operators_phones", "heads_phones"),
)


def _username(value: str) -> str:
    value = User.normalize_username(value)
    try:
        User.username_validator(value)
    except ValidationError as error:
        raise ValueError(error.messages[0]) from None
    return value


class TenantEntry(Entry):
    slug: Key
    name: LongName = ""
    timezone: str = ""
    language: str = ""
    batch_window_seconds: Annotated[int, Field(strict=True)] = 0
    working_hours: dict[str, Any] = {}
    ai_monthly_cap_usd: Decimal | None = None
    claims_on_reply: Annotated[bool, Field(strict=True)] = True
    reopen_days: Annotated[int, Field(strict=True)] = 3
    refusal_reasons: str = ""
    campaigns_need_consent: bool = True
    undo_seconds: Annotated[int, Field(strict=True)] = 0
    operators_see: Sees = Sees.ALL
    operators_phones: Phones = Phones.SHOWN
    heads_phones: Phones = Phones.SHOWN


class TeamEntry(Entry):
    name: Name


class MemberEntry(Entry):
    username: Annotated[str, Field(min_length=1, max_length=150), AfterValidator(_username)]
    role: Role
    name: Annotated[LongName, Field(max_length=150)] = ""
    # By its name; null takes somebody out of their team.
    team: Name | None = None
    password: GivenSecret | None = None


class _Section:
    names = ("tenant", "teams", "members", "special_days")
    order = 0

    def apply(self, run: Run) -> None:
        run.tenant = _apply_tenant(run) or _stand_in(run)
        for _path, team in run.several("teams", TeamEntry, unique="name"):
            _row, made = Team.objects.get_or_create(tenant=run.tenant, name=team.name)
            run.note("team", team.name, created=made)
        entries = list(run.several("members", MemberEntry, unique="username"))
        # Administrators first: one may hand over to another in the same file.
        for path, entry in sorted(entries, key=lambda one: one[1].role != Role.ADMIN):
            _apply_member(run, path, entry)
        special_days.apply(run)

    def export(self, tenant: Tenant, into: Exported) -> None:
        values = {"slug": tenant.slug, **_values(tenant)}
        into.data["tenant"] = {
            name: _plain(value) for name, value in values.items() if value not in (None, {}, "")
        }
        if teams := Team.objects.filter(tenant=tenant).values_list("name", flat=True):
            into.data["teams"] = [{"name": name} for name in teams]
        members = Member.objects.filter(tenant=tenant).select_related("user", "team")
        into.data["members"] = [
            {"username": one.user.get_username(), "role": one.role, "name": one.name}
            | ({"team": one.team.name} if one.team else {})
            for one in members.order_by("user__username")
        ]
        if days := special_days.exported(tenant):
            into.data["special_days"] = days


SECTION = _Section()


def _apply_tenant(run: Run) -> Tenant | None:
    if "tenant" not in run.document.data:
        run.problem((), "The section «tenant» is required.")
    entry = run.one("tenant", TenantEntry)
    if entry is None:
        return None
    tenant = Tenant.objects.select_for_update(no_key=True).filter(slug=entry.slug).first()
    before = None if tenant is None else _values(tenant)
    tenant = tenant or Tenant(slug=entry.slug)
    for name in entry.model_fields_set & {*FIELDS}:
        setattr(tenant, name, getattr(entry, name))
    if not _is_right(run, tenant):
        return None
    differences = compare(before, _values(tenant))
    if before is None or differences:
        tenant.save()
    run.note("tenant", tenant.slug, created=before is None, differences=differences)
    return tenant


def _is_right(run: Run, tenant: Tenant) -> bool:
    errors: list[tuple[Path, str]] = [
        (("working_hours", days) if days else ("working_hours",), text)
        for days, text in errors_in_hours(tenant.working_hours).items()
    ]
    try:
        tenant.clean_fields(exclude={"working_hours"})
    except ValidationError as error:
        errors += [((name,), text) for name, texts in error.message_dict.items() for text in texts]
    for path, text in errors:
        run.problem(("tenant", *path), text)
    return not errors


def _stand_in(run: Run) -> Tenant:
    """Somebody to judge the rest of the file with. Nothing of it stays: there is a problem already."""
    given = run.document.data.get("tenant")
    slug = given.get("slug") if isinstance(given, dict) else None
    known = Tenant.objects.filter(slug=slug).first() if isinstance(slug, str) else None
    return known or Tenant.objects.create(slug=f"stand-in-{secrets.token_hex(8)}", name="—")


def _values(tenant: Tenant) -> dict[str, Any]:
    return {name: getattr(tenant, name) for name in FIELDS}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return in_order(value) if isinstance(value, dict) else value


@sensitive_variables()
def _apply_member(run: Run, path: Path, entry: MemberEntry) -> None:
    user = User.objects.filter(username=entry.username).first()
    member = Member.objects.filter(tenant=run.tenant, user=user).first() if user else None
    before = None if member is None else _values_of(member)
    team = _team_of(run, path, entry)
    password = entry.password.get_secret_value() if entry.password else None
    try:
        with transaction.atomic():
            made = add_member(
                tenant=run.tenant,
                username=entry.username,
                password=password if user is None else None,
                role=entry.role,
                name=entry.name,
                team=team,
            )
            if "team" in entry.model_fields_set and made.team != team:
                made.team = team
                made.save(update_fields=["team"])
    except LastAdministrator as error:
        run.problem((*path, "role"), str(error.public))
        return
    notes, touched = _settle_password(made, password, is_new=user is None)
    run.note(
        "member",
        entry.username,
        created=before is None,
        differences=compare(before, _values_of(made)),
        notes=notes,
        touched=touched,
    )


def _team_of(run: Run, path: Path, entry: MemberEntry) -> Team | None:
    if entry.team is None:
        return None
    found = Team.objects.filter(tenant=run.tenant, name=entry.team).first()
    if found is None:
        run.problem((*path, "team"), f"There is no team «{entry.team}». List it under «teams».")
    return found


def _values_of(member: Member) -> dict[str, Any]:
    return {
        "role": str(member.role),
        "name": member.name,
        "team": member.team.name if member.team else None,
    }


@sensitive_variables()
def _settle_password(member: Member, password: str | None, *, is_new: bool) -> tuple[tuple[str, ...], bool]:
    """What is to be said of it, and whether it was changed."""
    if password is None:
        unset = not member.user.has_usable_password()
        return (("no password: give one in the file, or in the admin",) if unset else ()), False
    if is_new:
        return ("password set", *_weaknesses(password, member.user)), True
    if not is_own_account(member):
        return ("password left alone: the account is not this organisation's only",), False
    if member.user.check_password(password):
        return (), False
    reset_password(member=member, password=password)
    return ("password changed", *_weaknesses(password, member.user)), True


@sensitive_variables()
def _weaknesses(password: str, user: User) -> tuple[str, ...]:
    """Only said: whoever runs this decides, as with `createsuperuser --noinput`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return tuple(f"the password is weak: {text}" for text in error.messages)
    return ()

"""Who reads clients' phones and hears their recordings is noted: one small statement that breaks no page."""

from datetime import timedelta

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from apps.appeals.models import Access, AccessKind, Attachment, Contact
from apps.tenants.models import Phones, Tenant
from apps.tenants.scope import Scope

log = structlog.get_logger(__name__)

KEPT = timedelta(days=365)
DAY, HOUR = "%Y-%m-%d", "%Y-%m-%dT%H"
RECORDINGS = ("voice", "audio")


def saw_phone(scope: Scope, contact: Contact, kind: AccessKind = AccessKind.PHONE) -> None:
    """A page with the whole phone: once a day for each employee and client. Call before it is shown."""
    if contact.phone and scope.phones == Phones.SHOWN:
        _note(scope, contact.tenant_id, kind, contact=contact, every=DAY, what=f"c{contact.pk}")


def saw_calls_phone(scope: Scope, *, tenant_id: int, call_id: int, name: str) -> None:
    """Of call analysis: the number on a call's page, `name` as in `heard_call`."""
    if scope.phones == Phones.SHOWN:
        about, what = f"☎ {name}", f"call{call_id}"
        _note(scope, tenant_id, AccessKind.PHONE, about=about, every=DAY, what=what)


def pressed_show(scope: Scope, contact: Contact) -> None:
    _note(scope, contact.tenant_id, AccessKind.SHOWN, contact=contact)


def saw_clients(scope: Scope, tenant: Tenant) -> None:
    if scope.phones == Phones.SHOWN:
        _note(scope, tenant.pk, AccessKind.LIST, every=HOUR)


def heard(scope: Scope, file: Attachment) -> None:
    """Players ask for a recording in many parts: once an hour for each employee and recording."""
    if file.kind in RECORDINGS:
        contact = file.message.conversation.contact
        _note(
            scope,
            file.tenant_id,
            AccessKind.RECORDING,
            contact=contact,
            about=f"№{file.pk}",
            every=HOUR,
            what=f"f{file.pk}",
        )


def heard_call(scope: Scope, *, tenant_id: int, call_id: int, name: str) -> None:
    """Of call analysis: `name` is the id by which the CRM knows the call. It is no known client's."""
    _note(scope, tenant_id, AccessKind.RECORDING, about=f"☎ {name}", every=HOUR, what=f"call{call_id}")


def took_file(scope: Scope, *, tenant_id: int, about: str) -> None:
    """One with phones in it: whether there are any is its maker's to know."""
    _note(scope, tenant_id, AccessKind.EXPORT, about=about)


def _note(
    scope: Scope,
    tenant_id: int,
    kind: AccessKind,
    *,
    contact: Contact | None = None,
    about: str = "",
    every: str = "",
    what: str = "",
) -> None:
    """Two pages of one employee in one moment write one row: the index decides."""
    now = timezone.now()
    row = Access(
        tenant_id=tenant_id,
        member=scope.member,
        who=scope.member.name if scope.member else scope.user.get_username(),
        kind=kind,
        contact=contact,
        about=about[:200],
        at=now,
        once=f"{kind}:u{scope.user.pk}:{what}:{timezone.localtime(now).strftime(every)}" if every else None,
    )
    try:
        with transaction.atomic():
            Access.objects.bulk_create([row], ignore_conflicts=True)
    except DatabaseError:
        log.exception("accesses.not_noted", kind=kind)


def sweep() -> None:
    Access.objects.filter(at__lt=timezone.now() - KEPT).delete()

"""E-mails to a tenant's administrators: written in the transaction of their cause, sent once each."""

import smtplib
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import ConfigInvalid, OutcomeUnknown, Rejected, Transient
from apps.core.models import State
from apps.core.text import clean
from apps.tenants.models import Letter, Member, Role, Tenant

NOT_SET_UP = _("The installation sends no e-mails: EMAIL_URL is not set.")
NOT_LET_IN = _("The mail server does not accept the name and password in EMAIL_URL.")
REFUSED = _("The mail server does not take this e-mail. Check the address, and the sender in EMAIL_FROM.")
NOT_TAKEN = (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError)
KEPT = timedelta(days=30)


def is_set_up() -> bool:
    return bool(settings.MAIL_IS_SET_UP)


def administrators_of(tenant: Tenant) -> list[str]:
    """Their addresses, as far as they have one."""
    found = Member.objects.filter(tenant=tenant, role=Role.ADMIN, user__is_active=True)
    addresses = found.exclude(user__email="").order_by("pk").values_list("user__email", flat=True)
    return list(dict.fromkeys(addresses))


def write_to_administrators(*, tenant: Tenant, subject: str, text: str) -> None:
    """Goes if and only if the transaction commits. Nobody is written to where no mail is set up."""
    if not is_set_up():
        return
    Letter.objects.bulk_create(
        Letter(
            tenant=tenant, address=address, subject=clean(subject, limit=200).replace("\n", " "), text=text
        )
        for address in administrators_of(tenant)
    )


@sensitive_variables()
def send(letter: Letter) -> None:
    """The work behind every e-mail."""
    if not is_set_up():
        raise Rejected(NOT_SET_UP, code="no_mail")
    connection = get_connection()
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError:
        raise ConfigInvalid(NOT_LET_IN, code="mail_auth") from None
    except (smtplib.SMTPException, OSError):
        raise Transient(code="mail_connect") from None
    try:
        _hand_over(letter, connection)
    finally:
        connection.close()


def _hand_over(letter: Letter, connection: BaseEmailBackend) -> None:
    _note(letter, handed=True)
    message = EmailMessage(letter.subject, letter.text, to=[letter.address], connection=connection)
    try:
        message.send()
    except NOT_TAKEN as error:
        _note(letter, handed=False)
        if _may_pass(error):
            raise Transient(code="mail_not_now") from None
        raise Rejected(REFUSED, code="mail_refused") from None
    except (smtplib.SMTPException, OSError):
        raise OutcomeUnknown(code="mail_broken") from None


def _note(letter: Letter, *, handed: bool) -> None:
    """While the row is still this worker's; otherwise another one is at it."""
    ours = Letter.objects.filter(pk=letter.pk, state=State.RUNNING, attempts=letter.attempts)
    letter.handed_at = timezone.now() if handed else None
    if not ours.update(handed_at=letter.handed_at):
        raise Transient(code="lost")


def _may_pass(error: Exception) -> bool:
    """RFC 5321, 4.2.1: 4yz is for the moment, 5yz is for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _said in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 500


def is_repeatable(letter: Letter) -> bool:
    return letter.handed_at is None


def sweep() -> None:
    old = Letter.objects.exclude(state__in=[State.QUEUED, State.RUNNING])
    old.filter(created_at__lt=timezone.now() - KEPT).delete()

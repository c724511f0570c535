"""Administrators are written to, once each, when an endpoint switches itself off; a mail server may fail."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import get_connection
from django.utils import timezone

from apps.core.models import State
from apps.core.work.perform import run
from apps.core.work.recover import recover
from apps.integrations.webhooks.endpoints import switch_off, switch_on
from apps.integrations.webhooks.models import Disabled, WebhookEndpoint
from apps.tenants import mailing
from apps.tenants.membership import add_member
from apps.tenants.models import Letter, Role, Tenant
from tests.peers.smtp import SmtpPeer
from tests.work import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(settings: Any) -> Iterator[SmtpPeer]:
    with SmtpPeer() as peer:
        settings.MAIL_IS_SET_UP = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", peer.port, 5
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.DEFAULT_FROM_EMAIL = "crm@example.com"
        settings.PUBLIC_URL = "https://crm.example.com"
        yield peer


@pytest.fixture(autouse=True)
def _people(tenant: Tenant) -> None:
    for name, role, address in (
        ("boss1", Role.ADMIN, "boss@example.com"),
        ("boss2", Role.ADMIN, "second@example.com"),
        ("boss3", Role.ADMIN, ""),
        ("head1", Role.HEAD, "head@example.com"),
    ):
        member = add_member(tenant=tenant, username=name, password="", role=role, name=name)
        member.user.email = address
        member.user.save()


def fall(endpoint: WebhookEndpoint) -> None:
    switch_off(endpoint=endpoint, because=Disabled.FAILING)


def test_each_administrator_with_an_address_gets_one(mail: SmtpPeer, endpoint: WebhookEndpoint) -> None:
    fall(endpoint)
    fall(endpoint)
    drain()
    assert sorted(to for to, _ in mail.letters) == ["boss@example.com", "second@example.com"]
    _, letter = mail.letters[0]
    text = letter.get_content()  # type: ignore[attr-defined]
    assert endpoint.name in str(letter["Subject"])
    assert "трое суток ничего не принимал" in text
    assert f"https://crm.example.com/admin/integrations/webhookendpoint/{endpoint.pk}/change/" in text
    assert endpoint.url not in text
    assert {one.state for one in Letter.objects.all()} == {State.DONE}


def test_it_is_told_again_when_it_falls_again_and_never_of_what_was_done_by_hand(
    mail: SmtpPeer, endpoint: WebhookEndpoint
) -> None:
    switch_off(endpoint=endpoint)
    assert not Letter.objects.exists()
    switch_on(endpoint=endpoint, send_kept=False)
    fall(endpoint)
    switch_on(endpoint=endpoint, send_kept=False)
    fall(endpoint)
    assert Letter.objects.count() == 4


def test_where_no_mail_is_set_up_nothing_is_written(endpoint: WebhookEndpoint) -> None:
    fall(endpoint)
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("refuse", "state", "code"),
    [
        ({"MAIL": "451 later"}, State.QUEUED, "mail_not_now"),
        ({"RCPT": "450 busy"}, State.QUEUED, "mail_not_now"),
        ({"RCPT": "550 nobody"}, State.FAILED, "mail_refused"),
        ({"DATA.": "554 spam"}, State.FAILED, "mail_refused"),
        ({"EHLO": "421 closing", "HELO": "421 closing"}, State.QUEUED, "mail_not_now"),
    ],
)
def test_what_the_server_does_not_take_has_not_gone(
    refuse: dict[str, str], state: State, code: str, mail: SmtpPeer, endpoint: WebhookEndpoint
) -> None:
    mail.refuse = refuse
    fall(endpoint)
    drain()
    for letter in Letter.objects.all():
        assert (letter.state, letter.error_code, letter.handed_at) == (state, code, None)
    mail.refuse = {}
    Letter.objects.filter(state=State.QUEUED).update(due_at=timezone.now())
    drain()
    assert len(mail.letters) == (2 if state == State.QUEUED else 0)


def test_of_one_that_broke_off_nobody_knows_and_it_is_not_sent_again(
    mail: SmtpPeer, endpoint: WebhookEndpoint
) -> None:
    mail.hang_up = "DATA."
    fall(endpoint)
    drain()
    assert {(one.state, one.error_code) for one in Letter.objects.all()} == {(State.UNKNOWN, "mail_broken")}


def test_nobody_there_is_tried_again(mail: SmtpPeer, endpoint: WebhookEndpoint, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    fall(endpoint)
    drain()
    assert {(one.state, one.handed_at) for one in Letter.objects.all()} == {(State.QUEUED, None)}


@pytest.mark.parametrize(("handed", "state"), [(True, State.UNKNOWN), (False, State.QUEUED)])
def test_a_worker_killed_while_it_sends(
    handed: bool, state: State, mail: SmtpPeer, endpoint: WebhookEndpoint
) -> None:
    fall(endpoint)
    now = timezone.now()
    Letter.objects.update(
        state=State.RUNNING,
        attempts=1,
        lease_until=now - timedelta(seconds=1),
        handed_at=now if handed else None,
    )
    recover()
    assert {one.state for one in Letter.objects.all()} == {state}


def test_a_worker_that_slept_through_its_lease_sends_nothing(
    mail: SmtpPeer, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    fall(endpoint)
    letter = Letter.objects.first()
    assert letter is not None

    def late(*args: Any, **kwargs: Any) -> Any:
        Letter.objects.filter(pk=letter.pk).update(attempts=9)
        return get_connection(*args, **kwargs)

    monkeypatch.setattr("apps.tenants.mailing.get_connection", late)
    run("tenants.Letter", letter.pk)
    assert mail.letters == []


def test_old_ones_are_swept(mail: SmtpPeer, endpoint: WebhookEndpoint) -> None:
    fall(endpoint)
    drain()
    mailing.sweep()
    assert Letter.objects.count() == 2
    Letter.objects.update(created_at=timezone.now() - timedelta(days=31))
    mailing.sweep()
    assert not Letter.objects.exists()


def test_the_page_says_who_is_told(
    mail: SmtpPeer, endpoint: WebhookEndpoint, boss: Any, settings: Any
) -> None:
    page = f"/admin/integrations/webhookendpoint/{endpoint.pk}/change/"
    assert "boss@example.com, second@example.com" in boss.get(page).content.decode()
    settings.MAIL_IS_SET_UP = False
    assert "EMAIL_URL" in boss.get(page).content.decode()

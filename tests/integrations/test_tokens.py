"""Tokens that services give for a while: one asks, all use it, and none outlives the settings it is of."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone

from apps.core.errors import AuthFailed, Transient
from apps.integrations.connecting import connect, disconnect, reconfigure
from apps.integrations.models import AccessToken, Connection
from apps.integrations.opening import open_connection
from apps.integrations.tokens import Token, access_token, forget_token, kept_token
from apps.tenants.models import Tenant

pytestmark = pytest.mark.django_db
MARGIN = timedelta(minutes=5)
DAY = timedelta(days=1)


class Service:
    """Gives `token-1`, `token-2` …; counts how often it was asked."""

    def __init__(self, *, lasts: timedelta = DAY) -> None:
        self.asked = 0
        self.lasts = lasts
        self.fails: Exception | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Token:
        with self._lock:
            self.asked += 1
        if self.fails:
            raise self.fails
        return Token(value=f"token-{self.asked}", expires_at=timezone.now() + self.lasts)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def made(tenant: Tenant) -> Connection:
    return connect(tenant=tenant, connector="telegram", values={"bot_token": "1:a-token-of-the-bot"})


def ask(connection: Connection, obtain: Callable[[], Token], *, within: float | None = None) -> str:
    fresh = Connection.objects.get(pk=connection.pk)
    return access_token(open_connection(fresh, within=within), obtain, margin=MARGIN)


def make_old(left: timedelta = -timedelta(hours=1)) -> None:
    AccessToken.objects.update(expires_at=timezone.now() + left, lease_until=None)


def test_a_token_is_asked_for_once_and_kept_encrypted(made: Connection, service: Service) -> None:
    assert [ask(made, service) for _ in range(3)] == ["token-1"] * 3
    assert service.asked == 1
    with database.cursor() as cursor:
        cursor.execute("SELECT t::text FROM integrations_accesstoken t")
        assert "token-1" not in cursor.fetchone()[0]


def test_an_expired_token_is_replaced(made: Connection, service: Service) -> None:
    ask(made, service)
    make_old()
    assert ask(made, service) == "token-2"


def test_a_refused_token_is_forgotten_but_not_the_one_that_came_after_it(
    made: Connection, service: Service
) -> None:
    ask(made, service)
    forget_token(made, "token-1")
    assert ask(made, service) == "token-2"
    forget_token(made, "token-1")
    assert ask(made, service) == "token-2"


def test_what_the_next_token_is_asked_for_with_outlives_a_refused_one(made: Connection) -> None:
    ask(made, lambda: Token(value="first", refresh="r-1", expires_at=timezone.now() + DAY))
    forget_token(made, "first")
    kept = kept_token(open_connection(made))
    assert kept is not None
    assert (kept.value, kept.refresh) == ("", "r-1")


def test_a_token_that_still_lasts_serves_on_while_the_service_is_away(
    made: Connection, service: Service
) -> None:
    ask(made, service)
    make_old(timedelta(minutes=2))
    service.fails = Transient()
    assert [ask(made, service), ask(made, service)] == ["token-1", "token-1"]
    assert service.asked == 2  # it is not asked with every call


def test_an_expired_token_is_not_used_whatever_the_service_says(made: Connection, service: Service) -> None:
    ask(made, service)
    make_old()
    for failure in (Transient(), AuthFailed()):
        service.fails = failure
        with pytest.raises(type(failure)):
            ask(made, service)
    service.fails = None
    assert ask(made, service) == "token-4"


def test_a_service_that_gives_short_lived_tokens_is_not_asked_with_every_call(made: Connection) -> None:
    service = Service(lasts=timedelta(minutes=2))
    assert [ask(made, service), ask(made, service)] == ["token-1", "token-1"]


def test_disconnecting_and_changed_settings_wipe_it(made: Connection, service: Service) -> None:
    ask(made, service)
    reconfigure(connection=made, values={}, name="Another name")
    assert AccessToken.objects.count() == 1
    reconfigure(connection=made, values={"parse_mode": "HTML"})
    assert AccessToken.objects.count() == 0
    assert ask(made, service) == "token-2"
    disconnect(connection=made)
    assert AccessToken.objects.count() == 0


def test_whoever_opened_it_with_other_settings_neither_takes_nor_leaves_a_token(
    made: Connection, service: Service
) -> None:
    opened = open_connection(made)
    reconfigure(connection=made, values={"base_url": "https://other.example", "bot_token": "2:b-token"})
    assert ask(made, service) == "token-1"
    assert access_token(opened, service, margin=MARGIN) == "token-2"
    assert ask(made, service) == "token-1"
    disconnect(connection=made)
    assert access_token(opened, service, margin=MARGIN) == "token-3"
    assert AccessToken.objects.count() == 0


def test_settings_that_change_while_the_service_is_asked_keep_its_answer_out(made: Connection) -> None:
    def meanwhile() -> Token:
        reconfigure(connection=made, values={"parse_mode": "HTML"})
        return Token(value="of-yesterday", expires_at=timezone.now() + DAY)

    assert ask(made, meanwhile) == "of-yesterday"
    assert AccessToken.objects.count() == 0


def test_a_token_that_no_key_opens_any_more_is_asked_for_again(
    made: Connection, service: Service, settings: Any
) -> None:
    ask(made, service)
    fresh = Connection.objects.get(pk=made.pk)
    opened = open_connection(fresh)
    dict(fresh.secrets)  # opened before the key was lost
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()]
    kept = kept_token(opened)
    assert kept is not None
    assert kept.value == ""


def test_a_rotation_of_keys_takes_tokens_along(made: Connection, service: Service, settings: Any) -> None:
    ask(made, service)
    old, new = settings.CREDENTIALS_KEYS[0], Fernet.generate_key().decode()
    settings.CREDENTIALS_KEYS = [new, old]
    out = StringIO()
    call_command("rotate_credentials", stdout=out)
    assert "integrations.AccessToken.value: 1 rotated" in out.getvalue()
    settings.CREDENTIALS_KEYS = [new]
    assert ask(made, service) == "token-1"


def test_a_token_is_in_no_repr(made: Connection) -> None:
    token = Token(value="secret-1", refresh="secret-2", expires_at=timezone.now())
    assert "secret" not in repr(token)


# Several at once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", ["nothing", "expired"])
def test_of_many_that_need_a_new_token_exactly_one_asks(
    made: Connection, service: Service, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before == "expired":
        ask(made, service)
        make_old()
        service.asked = 0
    waiting: set[int] = set()
    others_wait, real = threading.Event(), time.sleep

    def sleep(seconds: float) -> None:
        waiting.add(threading.get_ident())
        if len(waiting) == 3:
            others_wait.set()
        real(seconds)

    def slow() -> Token:
        token = service()
        assert others_wait.wait(10), "they do not wait"
        return token

    def one(_number: int) -> str:
        try:
            return ask(made, slow)
        finally:
            database.close()

    monkeypatch.setattr(time, "sleep", sleep)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == ["token-1"] * 4
    assert service.asked == 1


@pytest.mark.django_db(transaction=True)
def test_those_who_waited_in_vain_do_not_all_ask_again(made: Connection, service: Service) -> None:
    service.fails = AuthFailed()
    asking, go_on = threading.Event(), threading.Event()

    def slow() -> Token:
        asking.set()
        assert go_on.wait(10)
        return service()

    def one() -> BaseException | None:
        try:
            ask(made, slow)
        except (AuthFailed, Transient) as error:
            return error
        finally:
            database.close()
        return None

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(one)
        assert asking.wait(10)
        second = pool.submit(_waiting, made, slow, go_on)
        assert isinstance(first.result(), AuthFailed)
        assert isinstance(second.result(), Transient)
    assert service.asked == 1


def _waiting(made: Connection, obtain: Callable[[], Token], go_on: threading.Event) -> BaseException | None:
    """Lets the first go on once this one has looked and found it busy."""
    real = time.sleep

    def sleep(seconds: float) -> None:
        go_on.set()
        real(seconds)

    patch = pytest.MonkeyPatch()
    patch.setattr(time, "sleep", sleep)
    try:
        ask(made, obtain)
    except (AuthFailed, Transient) as error:
        return error
    finally:
        patch.undo()
        database.close()
    return None


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_while_it_asks_blocks_nobody_for_longer_than_its_lease(
    made: Connection, service: Service
) -> None:
    process = _asking_process(made)
    assert process.stdout is not None
    assert process.stdout.readline() == b"asking\n"
    with pytest.raises(Transient):
        ask(made, service, within=0.3)  # it is still alive, as far as anybody can tell
    process.kill()
    process.communicate()

    lease = AccessToken.objects.get().lease_until
    assert lease is not None
    assert lease <= timezone.now() + timedelta(seconds=12)
    AccessToken.objects.update(lease_until=timezone.now() + timedelta(seconds=0.4))
    assert ask(made, service) == "token-1"
    assert service.asked == 1


def _asking_process(made: Connection) -> "subprocess.Popen[bytes]":
    script = (
        "import os, threading, django\n"
        "from datetime import timedelta\n"
        "from django.conf import settings\n"
        "settings.DATABASES['default'].update(NAME=os.environ['TEST_DATABASE'])\n"
        "django.setup()\n"
        "from apps.integrations.models import Connection\n"
        "from apps.integrations.opening import open_connection\n"
        "from apps.integrations.tokens import access_token\n"
        "def hang():\n"
        "    print('asking', flush=True)\n"
        "    threading.Event().wait()\n"
        f"opened = open_connection(Connection.objects.get(pk={made.pk}))\n"
        "access_token(opened, hang, margin=timedelta(minutes=5))\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATA_DIR": str(django_settings.DATA_DIR),
        "TEST_DATABASE": str(database.settings_dict["NAME"]),
    }
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment,
        cwd=django_settings.BASE_DIR,
        stdout=subprocess.PIPE,
    )

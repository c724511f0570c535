"""API keys, and the API's door: who asks, for which rows, and how errors look."""

import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from rest_framework import exceptions, generics, serializers
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from apps.core.errors import AuthFailed, ConfigInvalid, RateLimited, Transient
from apps.integrations.models import ActionLog, Connection
from apps.tenants.api import TenantScoped, tenant_of
from apps.tenants.keys import KeyInUse, find_key, issue_key, revoke_key
from apps.tenants.models import ApiKey
from apps.tenants.scope import EVERYONE

make = APIRequestFactory()


class LogSerializer(serializers.ModelSerializer):
    class Meta:
        model = ActionLog
        fields = ("id", "connection", "method", "host", "path", "milliseconds")


class Log(TenantScoped, generics.ListCreateAPIView):
    queryset = ActionLog.objects.all()
    serializer_class = LogSerializer


log_view = Log.as_view()


@pytest.fixture
def key(tenant_a):
    return issue_key(tenant=tenant_a, name="CRM", user=None)


def connection_of(tenant):
    return Connection.objects.create(tenant=tenant, key="tg", connector="telegram", name=f"Bot of {tenant}")


def logged(tenant, **fields):
    return ActionLog.objects.create(
        tenant=tenant, method="GET", host="example.com", path="/", milliseconds=1, **fields
    )


def test_a_keys_value_is_stored_nowhere(key):
    row, value = key
    assert value.startswith("bk_")
    stored = ApiKey.objects.filter(pk=row.pk).values().get()
    assert value not in repr(stored)
    assert stored["last_four"] == value[-4:]


def test_a_key_is_found_by_its_value_until_it_is_revoked(key):
    row, value = key
    assert find_key(value) == row
    assert find_key(value + "x") is None
    revoke_key(key=row)
    assert find_key(value) is None
    assert not row.is_live


def test_a_value_that_was_ever_a_key_is_not_issued_again(key, tenant_b):
    row, value = key
    revoke_key(key=row)
    with pytest.raises(KeyInUse) as raised:
        issue_key(tenant=tenant_b, name="copy", user=None, value=value)
    assert value not in str(raised.value)


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_value_is_no_key(tenant_a, value):
    with pytest.raises(ValueError, match="empty"):
        issue_key(tenant=tenant_a, name="CRM", user=None, value=value)


@pytest.mark.parametrize(
    "how",
    [
        lambda value: make.get("/x", headers={"X-API-Key": value}),
        lambda value: make.get("/x", headers={"Authorization": f"Bearer {value}"}),
        lambda value: make.get("/x", {"apiKey": value}),
    ],
    ids=["header", "bearer", "query"],
)
def test_the_key_may_come_in_any_of_three_places(key, tenant_a, tenant_b, how):
    own, _foreign = logged(tenant_a), logged(tenant_b)
    answer = log_view(how(key[1]))
    assert [row["id"] for row in answer.data] == [own.pk]


def test_without_a_key_and_without_a_session_the_answer_is_401(db):
    answer = log_view(make.get("/x"))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.data["status"] == "error"
    assert answer.data["code"] == "not_authenticated"


def test_a_wrong_key_is_401_and_appears_in_no_log(db, caplog):
    caplog.set_level(logging.DEBUG)
    answer = log_view(make.get("/x", {"apiKey": "bk_secretsecret"}))
    assert answer.status_code == 401
    assert answer.data["code"] == "invalid_api_key"
    assert "secretsecret" not in caplog.text


def test_a_keys_last_use_is_noted_once_a_minute(key, django_assert_num_queries):
    row, value = key
    with time_machine.travel("2026-11-21 10:00:00+00:00", tick=False) as clock:
        log_view(make.get("/x", {"apiKey": value}))
        row.refresh_from_db()
        first = row.last_used_at
        clock.shift(timedelta(seconds=59))
        with django_assert_num_queries(2):  # the key, the list
            log_view(make.get("/x", {"apiKey": value}))
        clock.shift(timedelta(seconds=2))
        log_view(make.get("/x", {"apiKey": value}))
        row.refresh_from_db()
    assert row.last_used_at - first == timedelta(seconds=61)


def test_a_signed_in_administrator_sees_their_tenant_and_an_operator_nothing(boss, anna, tenant_a, tenant_b):
    own, _foreign = logged(tenant_a), logged(tenant_b)
    for member, expected in ((boss, 200), (anna, 403)):
        request = make.get("/x")
        force_authenticate(request, member.user)
        answer = log_view(request)
        assert answer.status_code == expected
    request = make.get("/x")
    force_authenticate(request, boss.user)
    assert [row["id"] for row in log_view(request).data] == [own.pk]


def test_a_view_may_admit_other_roles(anna):
    class OpenLog(Log):
        roles = EVERYONE

    request = make.get("/x")
    force_authenticate(request, anna.user)
    assert OpenLog.as_view()(request).status_code == 200


def test_what_is_created_belongs_to_the_keys_tenant(key, tenant_a):
    connection = connection_of(tenant_a)
    data = {"connection": connection.pk, "method": "GET", "host": "h", "path": "/", "milliseconds": 5}
    answer = log_view(make.post("/x", data, headers={"X-API-Key": key[1]}))
    assert answer.status_code == 201
    assert ActionLog.objects.get().tenant == tenant_a


def test_another_tenants_row_is_refused_as_if_it_did_not_exist(key, tenant_b):
    connection = connection_of(tenant_b)
    data = {"connection": connection.pk, "method": "GET", "host": "h", "path": "/", "milliseconds": 5}
    answer = log_view(make.post("/x", data, headers={"X-API-Key": key[1]}))
    assert answer.status_code == 400
    assert list(answer.data["errors"]) == ["connection"]
    assert "Bot" not in str(answer.data)
    assert not ActionLog.objects.exists()


def test_a_superusers_session_belongs_to_no_tenant(root):
    request = make.get("/x")
    force_authenticate(request, root)
    assert log_view(request).status_code == 403


def raising(error):
    class View(APIView):
        authentication_classes = ()
        permission_classes = ()

        def get(self, request):
            raise error

    return View.as_view()(make.get("/x", {"apiKey": "bk_secretsecret"}))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (exceptions.MethodNotAllowed("GET"), 405, "method_not_allowed"),
        (exceptions.ParseError(), 400, "parse_error"),
        (exceptions.Throttled(wait=7.2), 429, "throttled"),
        (RateLimited(after=timedelta(seconds=7.5)), 429, "rate_limited"),
        (AuthFailed(), 409, "auth_failed"),
        (Transient(), 502, "transient"),
        (ConfigInvalid(field="shop_id"), 400, "config_invalid"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_every_error_has_the_same_envelope(error, status, code):
    answer = raising(error)
    assert answer.status_code == status
    assert answer.data["status"] == "error"
    assert answer.data["code"] == code
    assert answer.data["message"]
    if status == 429:
        assert answer["Retry-After"] == "8"
    if code == "config_invalid":
        assert list(answer.data["errors"]) == ["shop_id"]


def test_nested_field_errors_are_named_by_their_path():
    error = exceptions.ValidationError({"stages": [{}, {"name": ["Empty."]}], "non_field_errors": ["Odd."]})
    assert raising(error).data["errors"] == {"stages.1.name": ["Empty."], "": ["Odd."]}


def test_our_own_error_is_500_in_the_envelope_and_logged_without_the_key(caplog, capsys):
    answer = raising(RuntimeError("broken"))
    assert answer.status_code == 500
    assert answer.data["code"] == "internal"
    assert "broken" not in str(answer.data)
    logged = caplog.text + "".join(capsys.readouterr())
    assert "api.internal_error" in logged
    assert "secretsecret" not in logged


def test_a_key_is_no_user(key):
    seen: dict[str, Any] = {}

    class View(APIView):
        def get(self, request):
            seen.update(user=request.user, tenant=tenant_of(request))
            raise Http404

    View.as_view()(make.get("/x", headers={"X-API-Key": key[1]}))
    assert isinstance(seen["user"], AnonymousUser)
    assert seen["tenant"] == key[0].tenant

"""Both shapes of Firebase against strict peers: what is sent, what refusals mean, how it is connected."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected, Transient
from apps.integrations.checking import check_connection
from apps.integrations.connecting import InvalidSettings, connect
from apps.integrations.models import Connection, Health
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector
from apps.push.contract import DeviceGone, PushMessage, Subscription
from apps.tenants.models import Tenant
from tests.peers import fcm
from tests.peers.fcm import FcmPeer, GatewayPeer, own_values, plain_values, refusal
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SUBSCRIPTION = Subscription(endpoint="https://push.example/abc", p256dh="BPublic", auth="secret")


def message(type: str = "android", **fields: Any) -> PushMessage:
    values: dict[str, Any] = {
        "token": "token-1",
        "type": type,
        "title": "Новое сообщение: Иван Петров · Сайт",
        "body": "Здравствуйте! Можно заменить батарею на iPhone 14?",
        "data": {"appeal_id": "7", "client_name": "Иван Петров", "type": "new_message"},
        "collapse": "conversation-7",
        "link": "https://crm.example.com/admin/desk/7/",
        "sounds": True,
        "lasts": 10 * MINUTE,
    }
    return PushMessage(**(values | fields))


def send(connection: Connection, **fields: Any) -> None:
    connector("fcm").send(open_connection(connection), message(**fields))


def error_of(connection: Connection, **fields: Any) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        send(connection, **fields)
    return raised.value


def test_a_phone_gets_what_the_document_has(firebase: Connection, google: FcmPeer) -> None:
    send(firebase)
    (sent,) = google.sent
    assert sent == {
        "token": "token-1",
        "notification": {"title": message().title, "body": message().body},
        "data": {"appeal_id": "7", "client_name": "Иван Петров", "type": "new_message"},
        "android": {
            "collapse_key": "conversation-7",
            "priority": "HIGH",
            "ttl": "600s",
            "notification": {
                "icon": "ic_notification",
                "click_action": "OPEN_APPEAL",
                "sound": "default",
                "tag": "conversation-7",
            },
        },
    }


def test_a_browser_gets_a_link_only_where_it_is_https(firebase: Connection, google: FcmPeer) -> None:
    send(firebase, type="web")
    send(firebase, type="web", link="http://127.0.0.1:8000/admin/desk/7/", sounds=False)
    first, second = google.sent
    assert first["webpush"] == {
        "headers": {"TTL": "600", "Urgency": "high", "Topic": "conversation-7"},
        "fcm_options": {"link": "https://crm.example.com/admin/desk/7/"},
    }
    assert "fcm_options" not in second["webpush"]


def test_a_gateway_gets_the_documents_request(old_gateway: Connection, gateway: GatewayPeer) -> None:
    send(old_gateway)
    (sent,) = gateway.sent
    assert sent == {
        "to": "token-1",
        "collapse_key": "conversation-7",
        "notification": {
            "title": message().title,
            "body": message().body,
            "icon": "ic_notification",
            "sound": "default",
            "click_action": "OPEN_APPEAL",
        },
        "data": {"appeal_id": "7", "client_name": "Иван Петров", "type": "new_message"},
    }


def test_the_check_names_the_project_and_sends_nothing(firebase: Connection, google: FcmPeer) -> None:
    assert (firebase.health, firebase.account, firebase.api_shape) == (Health.OK, fcm.PROJECT, "vendor")
    assert firebase.warnings == []
    assert google.sent == []


def test_a_gateway_is_connected_with_a_word_about_google(
    old_gateway: Connection, gateway: GatewayPeer
) -> None:
    assert (old_gateway.health, old_gateway.api_shape) == (Health.OK, "spec")
    assert "Google" in old_gateway.warnings[0]["ru"]
    assert gateway.sent == []


def test_without_the_web_app_a_warning_says_that_there_are_phones_only(
    tenant_a: Tenant, google: FcmPeer
) -> None:
    values = own_values(google.url) | {"web_app_id": ""}
    made = check_connection(connection=connect(tenant=tenant_a, connector="fcm", values=values), within=9)
    assert made.health == Health.OK
    assert len(made.warnings) == 1


def test_one_access_token_serves_until_it_is_refused(firebase: Connection, google: FcmPeer) -> None:
    send(firebase)
    send(firebase)
    assert len(google.to(fcm.TOKEN)) == 1
    google.revoke()
    send(firebase)
    assert len(google.to(fcm.TOKEN)) == 2
    assert len(google.sent) == 3


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(404, "NOT_FOUND", code="UNREGISTERED"), DeviceGone),
        (refusal(403, "PERMISSION_DENIED", code="SENDER_ID_MISMATCH"), DeviceGone),
        (refusal(400, "INVALID_ARGUMENT", code="INVALID_ARGUMENT", field="message.token"), DeviceGone),
        (refusal(400, "INVALID_ARGUMENT", code="INVALID_ARGUMENT", field="message.data[0].key"), Rejected),
        (refusal(401, "UNAUTHENTICATED", code="THIRD_PARTY_AUTH_ERROR"), Rejected),
        (refusal(403, "PERMISSION_DENIED"), ConfigInvalid),
        (refusal(404, "NOT_FOUND"), ConfigInvalid),
        (refusal(503, "UNAVAILABLE", code="UNAVAILABLE"), Transient),
        (refusal(500, "INTERNAL", code="INTERNAL"), Transient),
        (Reply(close=True), Transient),
    ],
    ids=[
        "unregistered",
        "another sender",
        "no token",
        "bad data",
        "other certificate",
        "403",
        "404",
        "503",
        "500",
        "hangs up",
    ],
)
def test_what_googles_refusals_mean(
    firebase: Connection, google: FcmPeer, reply: Reply, kind: type[OutsideError]
) -> None:
    google.dead["token-1"] = reply
    error = error_of(firebase)
    assert type(error) is kind
    assert isinstance(error, DeviceGone) or not issubclass(kind, DeviceGone)


def test_a_limit_says_when_to_come_back(firebase: Connection, google: FcmPeer) -> None:
    reply = refusal(429, "RESOURCE_EXHAUSTED", code="QUOTA_EXCEEDED")
    google.dead["token-1"] = Reply(status=429, json=reply.json, headers={"Retry-After": "60"})
    error = error_of(firebase)
    assert isinstance(error, RateLimited)
    assert error.after == MINUTE


def test_an_outage_says_when_to_come_back(firebase: Connection, google: FcmPeer) -> None:
    reply = refusal(503, "UNAVAILABLE", code="UNAVAILABLE")
    google.dead["token-1"] = Reply(status=503, json=reply.json, headers={"Retry-After": "90"})
    error = error_of(firebase)
    assert isinstance(error, Transient)
    assert error.after == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("NotRegistered", DeviceGone),
        ("InvalidRegistration", DeviceGone),
        ("MismatchSenderId", DeviceGone),
        ("Unavailable", Transient),
        ("DeviceMessageRateExceeded", RateLimited),
        ("MessageTooBig", Rejected),
    ],
)
def test_what_a_gateways_refusals_with_200_mean(
    old_gateway: Connection, gateway: GatewayPeer, word: str, kind: type[OutsideError]
) -> None:
    gateway.dead["token-1"] = word
    assert type(error_of(old_gateway)) is kind


def test_a_deleted_key_of_the_account_calls_for_a_new_one(tenant_a: Tenant, google: FcmPeer) -> None:
    google.script(fcm.TOKEN, [Reply(status=400, json={"error": "invalid_grant"})])
    made = connect(tenant=tenant_a, connector="fcm", values=own_values(google.url))
    made = check_connection(connection=made, within=9)
    assert made.health == Health.NEEDS_RECONNECT
    assert "service account" in made.error_text


def test_a_server_key_at_googles_address_is_told_to_be_of_no_use(
    tenant_a: Tenant, gateway: GatewayPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.push.connectors.fcm.plain.VENDOR_URL", gateway.url)
    gateway.script(fcm.LEGACY, [Reply(status=404, body="<html>Not Found</html>")])
    made = connect(tenant=tenant_a, connector="fcm", values=plain_values(gateway.url))
    made = check_connection(connection=made, within=9)
    assert made.health == Health.MISCONFIGURED
    assert "Google switched off" in made.error_text


@pytest.mark.parametrize("broken", ["not json", "{}", '{"private_key": "x"}'])
def test_what_is_no_service_account_is_refused_without_quoting_it(tenant_a: Tenant, broken: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        connect(tenant=tenant_a, connector="fcm", values={"service_account_json": broken})
    (text,) = raised.value.errors["service_account_json"]
    assert broken not in text


@pytest.mark.parametrize(("api", "missing"), [("vendor", "service_account_json"), ("spec", "server_key")])
def test_what_a_chosen_way_needs_is_asked_for_beside_its_field(
    tenant_a: Tenant, google: FcmPeer, api: str, missing: str
) -> None:
    values = own_values(google.url) | plain_values(google.url) | {"api": api}
    with pytest.raises(InvalidSettings) as raised:
        connect(tenant=tenant_a, connector="fcm", values=values | {missing: ""})
    assert list(raised.value.errors) == [missing]


def test_a_browser_is_registered_from_here(firebase: Connection, google: FcmPeer) -> None:
    token = connector("fcm").register_browser(open_connection(firebase), SUBSCRIPTION)
    assert token == "web-token:abc:1"
    (taken,) = google.subscriptions
    assert (taken["endpoint"], taken["p256dh"], taken["auth"]) == (
        SUBSCRIPTION.endpoint,
        SUBSCRIPTION.p256dh,
        SUBSCRIPTION.auth,
    )
    assert google.to(fcm.REGISTER)[0].headers["Referer"]


@pytest.mark.parametrize("route", [fcm.INSTALL, fcm.REGISTER])
@pytest.mark.parametrize("status", [400, 403])
def test_a_web_app_that_google_does_not_know_is_told(
    firebase: Connection, google: FcmPeer, route: str, status: int
) -> None:
    google.script(route, [refusal(status, "INVALID_ARGUMENT")])
    with pytest.raises(ConfigInvalid) as raised:
        connector("fcm").register_browser(open_connection(firebase), SUBSCRIPTION)
    assert raised.value.field == "web_api_key"


def test_a_registration_that_is_no_registration_is_no_crash(firebase: Connection, google: FcmPeer) -> None:
    google.script(fcm.REGISTER, [Reply(json=[])])
    with pytest.raises(ConfigInvalid):
        connector("fcm").register_browser(open_connection(firebase), SUBSCRIPTION)


def test_before_a_check_the_keys_that_were_given_decide(
    tenant_a: Tenant, google: FcmPeer, gateway: GatewayPeer
) -> None:
    send(connect(tenant=tenant_a, connector="fcm", values=own_values(google.url)))
    send(connect(tenant=tenant_a, connector="fcm", values=plain_values(gateway.url)))
    assert (len(google.sent), len(gateway.sent)) == (1, 1)


def test_a_refused_server_key_is_an_auth_failure(old_gateway: Connection, gateway: GatewayPeer) -> None:
    gateway.script(fcm.LEGACY, [Reply(status=401, body="<html>no</html>")])
    assert isinstance(error_of(old_gateway), AuthFailed)

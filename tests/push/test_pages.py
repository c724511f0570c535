"""A member's devices: on their own page, by the API, and never anybody else's."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from fcm_django.models import DeviceType

from apps.integrations.connecting import connect, disconnect
from apps.integrations.models import Connection, Health
from apps.push.devices import MOST, add_phone
from apps.push.models import Device, Outcome, Push
from apps.push.pages import browser_name
from apps.tenants.keys import issue_key
from apps.tenants.models import Member, Tenant
from tests.peers import fcm
from tests.peers.fcm import FcmPeer, own_values, refusal
from tests.work import drain

pytestmark = pytest.mark.django_db

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
SUBSCRIPTION = {"endpoint": "https://push.example/abc", "p256dh": "BPublic", "auth": "secret"}
PAGE = "/admin/desk/notifications/"


@pytest.fixture
def desk(anna: Member, signed_in: Any) -> Client:
    client: Client = signed_in(anna)
    return client


@pytest.fixture
def phone(firebase: Connection, anna: Member) -> Device:
    return add_phone(member=anna, registration_id="anna-phone", name="Pixel 9")[0]


def test_a_browser_is_added_once_and_named_as_its_owner_knows_it(
    firebase: Connection, google: FcmPeer, desk: Client, anna: Member
) -> None:
    for _time in range(2):
        answer = desk.post(reverse("push_add"), SUBSCRIPTION, headers={"User-Agent": CHROME})
        assert answer.json() == {"ok": True, "device": Device.objects.get().pk}
    device = Device.objects.get()
    assert (device.member, device.type, device.name) == (anna, DeviceType.WEB, "Chrome · Windows")
    assert device.registration_id == "web-token:abc:2", "the former would bring every notification twice"
    assert "Chrome · Windows" in desk.get(PAGE).text


def test_a_browser_whose_user_changes_tells_the_new_one_alone(
    firebase: Connection, google: FcmPeer, desk: Client, head: Member, signed_in: Any
) -> None:
    desk.post(reverse("push_add"), SUBSCRIPTION)
    signed_in(head).post(reverse("push_add"), SUBSCRIPTION)
    assert Device.objects.get().member == head


def test_what_google_says_is_told_to_whoever_adds_a_browser(
    firebase: Connection, google: FcmPeer, desk: Client
) -> None:
    google.script(fcm.INSTALL, [refusal(400, "INVALID_ARGUMENT")])
    answer = desk.post(reverse("push_add"), SUBSCRIPTION).json()
    assert answer["ok"] is False
    assert "apiKey" in answer["error"]
    firebase.refresh_from_db()
    assert firebase.health == Health.MISCONFIGURED
    assert not Device.objects.exists()


@pytest.mark.parametrize("missing", ["endpoint", "p256dh", "auth"])
def test_half_a_subscription_asks_nobody(
    firebase: Connection, google: FcmPeer, desk: Client, missing: str
) -> None:
    assert desk.post(reverse("push_add"), SUBSCRIPTION | {missing: ""}).json()["ok"] is False
    assert google.to(fcm.INSTALL) == []


def test_a_try_goes_by_the_way_of_every_notification(phone: Device, google: FcmPeer, desk: Client) -> None:
    assert desk.post(reverse("push_try", args=[phone.pk])).status_code == 302
    drain()
    assert Push.objects.get().outcome == Outcome.SENT
    (sent,) = google.sent
    assert sent["data"]["type"] == "test"
    assert "последнее уведомление" in desk.get(PAGE).text


def test_a_device_is_removed_with_what_waits_for_it(phone: Device, desk: Client) -> None:
    desk.post(reverse("push_try", args=[phone.pk]))
    desk.post(reverse("push_remove", args=[phone.pk]))
    assert not Device.objects.exists()
    assert not Push.objects.exists()


def test_a_colleagues_devices_are_neither_seen_nor_touched(
    phone: Device, head: Member, signed_in: Any
) -> None:
    client = signed_in(head)
    assert "Pixel 9" not in client.get(PAGE).text
    for name in ("push_try", "push_remove"):
        assert client.post(reverse(name, args=[phone.pk])).status_code == 404
    assert client.delete(f"/api/push/devices/{phone.pk}").status_code == 404
    assert Device.objects.filter(pk=phone.pk).exists()


def test_where_no_service_is_connected_the_page_is_as_it_was(desk: Client) -> None:
    page = desk.get(PAGE).text
    assert "Ваши устройства" not in page
    assert 'name="pushed"' not in page
    wishes = {"shown": ["own"], "tune": "chime", "volume": 60}
    assert desk.post(PAGE, wishes).status_code == 302
    from apps.appeals.models import NoticeWishes

    assert "free" in NoticeWishes.objects.get().pushed


def test_wishes_for_devices_are_kept_where_they_are_asked(phone: Device, desk: Client) -> None:
    from apps.appeals.models import NoticeWishes

    desk.post(PAGE, {"shown": ["own"], "pushed": ["own", "due"], "tune": "chime", "volume": 60})
    assert NoticeWishes.objects.get().pushed == ["own", "due"]


def test_a_cut_connection_is_told_beside_the_devices(
    phone: Device, firebase: Connection, desk: Client
) -> None:
    disconnect(connection=firebase)
    page = desk.get(PAGE).text
    assert "Pixel 9" in page
    assert "Сервис уведомлений отключён" in page


def test_a_device_of_a_former_service_is_turned_on_again_and_stays_one(
    phone: Device, firebase: Connection, google: FcmPeer, desk: Client, tenant_a: Tenant
) -> None:
    disconnect(connection=firebase)
    again = connect(tenant=tenant_a, connector="fcm", key="again", values=own_values(google.url))
    page = desk.get(PAGE).text
    assert "через который шли уведомления, отключён" in page
    assert "data-gone" in page
    assert reverse("push_try", args=[phone.pk]) not in page

    told = desk.post("/api/push/devices", {"registration_id": "anna-phone"}, content_type="application/json")
    assert told.status_code == 200
    taken = Device.objects.get()
    assert (taken.pk, taken.connection, taken.active) == (phone.pk, again, True)
    assert taken.date_created > phone.date_created
    assert reverse("push_try", args=[phone.pk]) in desk.get(PAGE).text


def test_nobody_has_more_devices_than_a_person_can_have(firebase: Connection, anna: Member) -> None:
    for number in range(MOST + 2):
        add_phone(member=anna, registration_id=f"token-{number}", name="")
    assert Device.objects.count() == MOST
    assert not Device.objects.filter(registration_id="token-0").exists()


def test_the_worker_is_a_script_at_an_address_that_stays(client: Client) -> None:
    answer = client.get("/push/worker.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert '"/admin/"' in answer.text


# --- the API


def test_an_app_tells_its_token_with_every_start(firebase: Connection, desk: Client, anna: Member) -> None:
    given = {"registration_id": "from-the-app", "name": "Pixel 9"}
    first = desk.post("/api/push/devices", given, content_type="application/json")
    assert first.status_code == 201
    assert first.json() == {
        "id": Device.objects.get().pk,
        "type": "android",
        "name": "Pixel 9",
        "device_id": None,
        "active": True,
        "date_created": first.json()["date_created"],
        "reached_at": None,
    }
    assert desk.post("/api/push/devices", given, content_type="application/json").status_code == 200
    listed = desk.get("/api/push/devices")
    assert [one["name"] for one in listed.json()["devices"]] == ["Pixel 9"]
    assert "from-the-app" not in listed.text
    assert desk.delete(f"/api/push/devices/{first.json()['id']}").status_code == 204
    assert not Device.objects.exists()


def test_a_key_names_the_employee(
    firebase: Connection, client: Client, tenant_a: Tenant, anna: Member, stranger: Member
) -> None:
    _key, value = issue_key(tenant=tenant_a, name="App", user=None)
    headers = {"X-API-Key": value}

    def tell(**given: str) -> Any:
        return client.post("/api/push/devices", given, content_type="application/json", headers=headers)

    assert tell(registration_id="t", username="anna").status_code == 201
    assert Device.objects.get().member == anna
    for username in ("", "stranger"):
        answer = tell(registration_id="other", username=username)
        assert answer.status_code == 400
        assert "username" in answer.json()["errors"]


@pytest.mark.parametrize("token", ["", " ", "две строки", "a\nb", "x" * 5000])
def test_what_is_no_token_is_refused(firebase: Connection, desk: Client, token: str) -> None:
    answer = desk.post("/api/push/devices", {"registration_id": token}, content_type="application/json")
    assert answer.status_code == 400
    assert not Device.objects.exists()


def test_an_app_is_known_by_what_it_calls_its_phone(firebase: Connection, desk: Client) -> None:
    for token in ("one", "another"):
        given = {"registration_id": token, "device_id": "pixel", "type": "android"}
        answer = desk.post("/api/push/devices", given, content_type="application/json")
    assert answer.json()["device_id"] == "pixel"
    assert Device.objects.get().registration_id == "another"


@pytest.mark.parametrize("kind", ["web", "ios", "fax"])
def test_it_takes_phones_alone(firebase: Connection, desk: Client, kind: str) -> None:
    given = {"registration_id": "t", "type": kind}
    answer = desk.post("/api/push/devices", given, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["type"])
    assert not Device.objects.exists()


def test_without_a_service_the_app_is_told_so(desk: Client) -> None:
    answer = desk.post("/api/push/devices", {"registration_id": "t"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "no_push_service")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (CHROME, "Chrome · Windows"),
        (CHROME.replace("Safari", "YaBrowser/25.10.0 Safari"), "Яндекс Браузер · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.7; rv:144.0) Firefox/144.0", "Firefox · macOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36", "Chrome · Android"),
        ("", "Браузер"),
    ],
)
def test_a_browser_has_a_name_for_people(agent: str, name: str) -> None:
    assert browser_name(agent) == name

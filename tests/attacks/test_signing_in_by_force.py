"""Guessing passwords and codes, and what a session is good for."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"


def sign_in(client: Client, username: str, password: str = PASSWORD, code: str = "", **extra):
    return client.post(LOGIN, {"username": username, "password": password, "code": code}, **extra)


def test_guesses_of_one_password_end(boss):
    client = Client()
    for _ in range(10):
        sign_in(client, "boss", "wrong")
    sign_in(client, "boss")
    assert "_auth_user_id" not in client.session


def test_one_password_tried_on_many_names_ends_too(boss):
    client = Client()
    for number in range(100):
        sign_in(client, f"nobody{number}", "wrong")
    sign_in(client, "boss")
    assert "_auth_user_id" not in client.session


def test_another_address_may_still_sign_in(boss):
    for number in range(100):
        sign_in(Client(), f"nobody{number}", "wrong")
    client = Client()
    sign_in(client, "boss", REMOTE_ADDR="198.51.100.7")
    assert "_auth_user_id" in client.session


def test_behind_a_proxy_the_client_counts_and_not_the_proxy(boss, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for _ in range(12):
        sign_in(Client(), "boss", "wrong", headers={"X-Forwarded-For": "203.0.113.5"})
    client = Client()
    sign_in(client, "boss", headers={"X-Forwarded-For": "198.51.100.7"})
    assert "_auth_user_id" in client.session


def test_a_client_cannot_choose_the_address_it_is_counted_under(boss):
    for number in range(12):
        sign_in(Client(), "boss", "wrong", headers={"X-Forwarded-For": f"203.0.113.{number}"})
    client = Client()
    sign_in(client, "boss", headers={"X-Forwarded-For": "198.51.100.7"})
    assert "_auth_user_id" not in client.session


def test_a_session_given_by_somebody_else_is_not_the_one_signed_in(boss):
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "x"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = str(before)
    sign_in(client, "boss")
    assert client.session.session_key != before
    assert Client(headers={"cookie": f"sessionid={before}"}).get("/admin/").status_code != 200


def test_signing_out_ends_the_session_itself(boss):
    client = Client()
    sign_in(client, "boss")
    key = client.session.session_key
    client.post(reverse("admin:logout"))
    assert Client(headers={"cookie": f"sessionid={key}"}).get("/admin/").status_code == 302


def test_a_link_signs_nobody_out(boss, signed_in):
    client = signed_in(boss)
    assert client.get(reverse("admin:logout")).status_code == 405
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "next_page",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\thttps://evil.example",
        "https:evil.example",
    ],
)
def test_signing_in_leads_to_no_other_site(next_page, boss):
    for where in (f"{LOGIN}?next={next_page}", LOGIN):
        client = Client()
        answer = client.post(where, {"username": "boss", "password": PASSWORD, "next": next_page})
        assert answer.status_code == 302
        assert "evil" not in answer["Location"].split("?")[0]
        assert "javascript" not in answer["Location"]
    answer = client.post("/i18n/setlang/", {"language": "en", "next": next_page})
    assert "evil" not in answer.get("Location", "")


def test_a_password_alone_opens_nothing_where_there_is_a_second_factor(boss):
    device = TOTPDevice.objects.create(user=boss.user, name="app", confirmed=True)
    client = Client()
    sign_in(client, "boss")
    assert "_auth_user_id" not in client.session
    for where in (
        "/admin/",
        "/admin/desk/",
        "/api/integrations",
        reverse("admin:second_factor"),
        reverse("admin:password_change"),
    ):
        assert client.get(where).status_code in (302, 401, 403), where
    sign_in(client, "boss", code="000000")
    assert "_auth_user_id" not in client.session
    # The same code is good once.
    device.refresh_from_db()
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    code = str(totp.token()).zfill(6)
    sign_in(client, "boss", code=code)
    assert "_auth_user_id" in client.session
    again = Client()
    sign_in(again, "boss", code=code)
    assert "_auth_user_id" not in again.session


def test_another_password_ends_all_other_sessions(boss):
    mine, theirs = Client(), Client()
    sign_in(mine, "boss")
    sign_in(theirs, "boss")
    form = {"old_password": PASSWORD, "new_password1": "other horse 18!", "new_password2": "other horse 18!"}
    assert mine.post(reverse("admin:password_change"), form).status_code == 302
    assert mine.get("/admin/").status_code == 200
    assert theirs.get("/admin/").status_code == 302


def test_a_member_who_left_is_out_at_once(boss, anna, signed_in):
    client = signed_in(anna)
    assert client.get("/admin/desk/").status_code == 200
    signed_in(boss).post(reverse("admin:tenants_member_delete", args=[anna.pk]), {"post": "yes"})
    assert not User.objects.get(pk=anna.user_id).has_usable_password()
    assert client.get("/admin/desk/").status_code in (302, 403)


@pytest.mark.parametrize("language", ["../../etc", "x" * 5000, "en\r\nSet-Cookie: a=b", "zz", "ru-\x00"])
def test_a_language_nobody_has_changes_nothing(language):
    client = Client()
    client.cookies["django_language"] = language.replace("\r\n", "")
    assert client.get(LOGIN).status_code == 200
    assert client.post("/i18n/setlang/", {"language": language}).status_code in (204, 302)
    assert "django_language" not in client.cookies or client.cookies[
        "django_language"
    ].value == language.replace("\r\n", "")


POSTS = [
    "/admin/login/",
    "/admin/logout/",
    "/i18n/setlang/",
    "/admin/tenants/member/own/second-factor/",
    "/admin/tenants/member/own/organisation/",
    "/admin/tenants/tenant/trouble/?work=channels.InboundEvent&state=failed&code=",
    "/admin/integrations/connection/connect/webchat/",
    "/admin/channels/inboundevent/accounting/replay/",
    "/admin/tenants/apikey/add/",
    "/admin/tenants/member/add/",
    "/admin/password_change/",
    "/api/integrations",
]


@pytest.mark.parametrize("where", POSTS)
def test_no_page_takes_a_post_of_another_site(where, boss):
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss.user)
    assert client.post(where, {"name": "x"}).status_code in (403, 405)

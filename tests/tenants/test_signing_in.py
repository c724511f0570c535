"""Signing in: second factor, guessing, language."""

import time
from base64 import b32decode

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.tenants.language import LanguageMiddleware
from tests.cast import PASSWORD


def sign_in(client, username, password=PASSWORD, code=""):
    return client.post("/admin/login/", {"username": username, "password": password, "code": code})


def code_of(device):
    totp = TOTP(device.bin_key)
    totp.time = time.time()
    return f"{totp.token():06d}"


@pytest.fixture
def phone(boss):
    return TOTPDevice.objects.create(user=boss.user, name="app", confirmed=True)


def test_the_form_offers_a_field_for_the_code(db):
    page = Client().get("/admin/login/").text
    assert 'name="code"' in page
    assert 'autocomplete="one-time-code"' in page


def test_without_a_second_factor_the_password_is_enough(boss):
    assert sign_in(Client(), "boss").status_code == 302


@pytest.mark.parametrize("code", ["", "000000", "abc"])
def test_with_a_second_factor_the_password_alone_is_not(boss, phone, code):
    client = Client()
    assert sign_in(client, "boss", code=code).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_a_right_code_signs_in_and_verifies_the_session(boss, phone):
    client = Client()
    assert sign_in(client, "boss", code=code_of(phone)).status_code == 302
    assert client.session["otp_device_id"] == phone.persistent_id


def test_a_code_is_good_once(boss, phone):
    code = code_of(phone)
    assert sign_in(Client(), "boss", code=code).status_code == 302
    assert sign_in(Client(), "boss", code=code).status_code == 200


def test_a_wrong_password_tells_nothing_of_the_second_factor(boss, anna, phone):
    with_factor = sign_in(Client(), "boss", password="wrong").context["form"].non_field_errors()
    without = sign_in(Client(), "anna", password="wrong").context["form"].non_field_errors()
    assert with_factor == without


def test_guessing_is_held_off_even_once_the_password_is_right(boss):
    client = Client()
    for _attempt in range(10):
        sign_in(client, "boss", password="wrong")
    answer = sign_in(client, "boss")
    assert answer.status_code == 200
    assert answer.context["form"].has_error("__all__", code="throttled")


def test_guessing_at_one_account_leaves_others_alone(boss, anna):
    for _attempt in range(11):
        sign_in(Client(), "boss", password="wrong")
    assert sign_in(Client(), "anna").status_code == 302


def test_the_second_factor_is_turned_on_by_scanning_and_confirming(boss, signed_in):
    client, address = signed_in(boss), reverse("admin:second_factor")
    assert client.get(address).status_code == 200
    assert not TOTPDevice.objects.exists()  # looking changes nothing
    client.post(address, {"begin": "1"})
    page = client.get(address)
    device = TOTPDevice.objects.get()
    assert not device.confirmed
    assert "<svg" in page.text
    assert b32decode(page.context["key"]) == device.bin_key
    client.post(address, {"code": "000000"})
    device.refresh_from_db()
    assert not device.confirmed
    TOTPDevice.objects.update(throttling_failure_count=0)
    client.post(address, {"code": code_of(device)})
    device.refresh_from_db()
    assert device.confirmed
    page = client.get(address)
    assert "<svg" not in page.text.split('id="content"')[1]
    assert page.context["key"] == ""


def test_an_unconfirmed_device_locks_nobody_out(boss):
    TOTPDevice.objects.create(user=boss.user, name="app", confirmed=False)
    assert sign_in(Client(), "boss").status_code == 302


def test_it_is_turned_off_with_a_code_only(boss, phone, signed_in):
    client, address = signed_in(boss), reverse("admin:second_factor")
    client.post(address, {"begin": "1"})  # no way round: the secret in force stays
    client.post(address, {"code": "000000"})
    assert TOTPDevice.objects.get() == phone
    TOTPDevice.objects.update(throttling_failure_count=0)
    client.post(address, {"code": code_of(phone)})
    assert not TOTPDevice.objects.exists()


def test_administrators_are_reminded_and_operators_are_not(boss, anna, signed_in):
    link = f'href="{reverse("admin:second_factor")}" class="text-link'
    assert link in signed_in(boss).get("/admin/").text
    assert link not in signed_in(anna).get("/admin/").text
    TOTPDevice.objects.create(user=boss.user, name="app", confirmed=True)
    assert link not in signed_in(boss).get("/admin/").text


def test_russian_unless_another_language_was_chosen(db, settings):
    browser = Client(headers={"Accept-Language": "en"})
    assert 'lang="ru"' in browser.get("/admin/login/").text
    browser.post("/i18n/setlang/", {"language": "en", "next": "/admin/login/"})
    assert 'lang="en"' in browser.get("/admin/login/").text
    assert 'lang="ru"' in Client().get("/admin/login/").text  # the next visitor in the same thread


def test_a_made_up_language_is_russian(rf):
    rf.cookies["django_language"] = "../../etc"
    middleware = LanguageMiddleware(lambda request: HttpResponse(request.LANGUAGE_CODE))
    assert middleware(rf.get("/")).content == b"ru"


def test_the_language_costs_no_query(rf, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        LanguageMiddleware(lambda request: HttpResponse())(rf.get("/webhook/telegram/"))

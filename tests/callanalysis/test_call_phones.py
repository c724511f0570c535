"""Clients' phones in calls, for whoever is not to see them: on every page, in files, and by no search."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.callanalysis.models import Call, Cell, Mark, Transcript
from apps.core.tables.reading import read_table
from apps.tenants.models import Member, Phones, Tenant
from tests.callanalysis.talks import judged, talked

pytestmark = pytest.mark.django_db

CALLS = "/admin/callanalysis/call/"
PHONE = "8, 912, 345, 67, 89"


@pytest.fixture
def call(tenant_a: Tenant, boss: Member) -> Call:
    """Called by the client's phone, as telephone exchanges do, with phones in all that was said and found."""
    call = talked(tenant_a, external_id="in-79123456789-17", client_phone="+79123456789")
    said = ("Диктую: 8, 912,", "345, 67, 89.", f"Повторю: {PHONE}. Цена 3500 рублей.")
    segments = [
        {"start": 4.0 * n, "end": 4.0 * n + 3, "speaker": "client", "text": text}
        for n, text in enumerate(said)
    ]
    Transcript.objects.update(segments=segments, text="\n".join(said))
    judged(call, by=boss)
    Mark.objects.update(quote=PHONE, comment="Клиент назвал 89123456789")
    Cell.objects.filter(name="device").update(value="+7 912 345-67-89", said="+7 912 345-67-89")
    return call


@pytest.fixture
def hidden() -> None:
    Tenant.objects.update(heads_phones=Phones.HIDDEN)


def bare(page: str) -> str:
    return "".join(sign for sign in page if sign.isdecimal() or sign.isalpha() or sign == "•")


def page_of(call: Call, client: Client) -> str:
    address = reverse("admin:callanalysis_call_change", args=[call.pk])
    return html.unescape(client.get(address).content.decode())


@pytest.mark.parametrize("how", [Phones.HIDDEN, Phones.ON_CLICK])
def test_the_calls_page_shows_no_phone_in_what_was_said_and_found(
    how: Phones, call: Call, head: Member, signed_in: Callable[[Member], Client]
) -> None:
    whole = page_of(call, signed_in(head))
    for text in (PHONE, "89123456789", "+7 912 345-67-89", "Диктую: 8, 912,", "in-79123456789-17"):
        assert text in whole, text
    Tenant.objects.update(heads_phones=how)
    shown = page_of(call, signed_in(head))
    assert "91234567" not in bare(shown)
    # In parts neither.
    assert "345, 67" not in shown
    for text in ("Диктую: •, •••,", "•••, ••, 89.", "Цена 3500 рублей", "+7 912 •••-••-89"):
        assert text in shown, text
    # What its reader may not see is not theirs to put right.
    device = Cell.objects.get(name="device").pk
    assert f"cell/{device}/" in whole
    assert f"cell/{device}/" not in shown


def test_administrators_see_whole_phones_whatever_heads_may(
    call: Call, hidden: None, boss: Member, signed_in: Callable[[Member], Client]
) -> None:
    assert PHONE in page_of(call, signed_in(boss))


def test_the_list_and_its_files_show_no_phone_in_ids_of_calls(
    call: Call, head: Member, signed_in: Callable[[Member], Client]
) -> None:
    def files() -> list[str]:
        client = signed_in(head)
        csv: Any = client.get(f"{CALLS}export/csv/")
        book: Any = client.get(f"{CALLS}export/xlsx/")
        rows = read_table(b"".join(book.streaming_content), most_rows=10).rows
        return [client.get(CALLS).content.decode(), b"".join(csv.streaming_content).decode(), str(rows)]

    assert all("in-79123456789-17" in one for one in files())
    Tenant.objects.update(heads_phones=Phones.HIDDEN)
    shown = files()
    assert not any("91234567" in bare(one) for one in shown)
    assert all("in-+7 912 •••-••-89-17" in one for one in shown)
    assert reverse("admin:callanalysis_call_change", args=[call.pk]) in shown[0]


def test_the_recording_is_saved_under_no_phone(
    call: Call, hidden: None, head: Member, signed_in: Callable[[Member], Client]
) -> None:
    answer = signed_in(head).get(reverse("admin:callanalysis_call_recording", args=[call.pk]))
    assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert "91234567" not in bare(answer["Content-Disposition"])


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=%2B7+912+345-67-89", True),
        ("q=in-79123456789-17", True),
        ("q=рублей", True),
        ("q=7912345", False),
        ("q=912345678", False),
        ("q=in-7912", False),
    ],
)
def test_a_phone_is_found_by_the_whole_of_it_alone(
    query: str, is_found: bool, call: Call, hidden: None, head: Member, boss: Member,
    signed_in: Callable[[Member], Client],
) -> None:  # fmt: skip
    Transcript.objects.update(text="912345678900 рублей")
    found = signed_in(head).get(f"{CALLS}?{query}").context["cl"].result_list
    assert [one.pk for one in found] == ([call.pk] if is_found else [])
    assert signed_in(boss).get(f"{CALLS}?{query}").context["cl"].result_list


@pytest.mark.parametrize("lookup", ["client_phone__startswith=%2B7912", "external_id__contains=7912"])
def test_no_filter_in_the_address_tells_a_phone_by_its_parts(
    lookup: str, call: Call, head: Member, signed_in: Callable[[Member], Client]
) -> None:
    assert signed_in(head).get(f"{CALLS}?{lookup}").context["cl"].result_list
    Tenant.objects.update(heads_phones=Phones.HIDDEN)
    assert signed_in(head).get(f"{CALLS}?{lookup}").status_code == 400

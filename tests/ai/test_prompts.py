"""Wording in versions: the newest is in force, none is overwritten, the rules stay under all of them."""

import pytest
from django.contrib.auth.models import User
from model_bakery import baker

from apps.ai.models import PromptVersion, Purpose
from apps.ai.prompts import prompt_for, restore_built_in, restore_prompt, save_prompt
from apps.tenants.models import Tenant


def save(tenant: Tenant, text: str, purpose: Purpose = Purpose.EXTRACTION) -> PromptVersion:
    version = save_prompt(tenant=tenant, purpose=purpose, text=text, user=None)
    assert version is not None
    return version


@pytest.mark.parametrize(("language", "word"), [("ru", "клиент"), ("en", "client")])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_built_in_wording_is_in_the_tenants_language(
    tenant: Tenant, language: str, word: str, purpose: Purpose
) -> None:
    tenant.language = language
    prompt = prompt_for(tenant=tenant, purpose=purpose)
    assert prompt.number == 0
    assert word in prompt.text


def test_the_newest_version_is_in_force(tenant: Tenant) -> None:
    save(tenant, "Первое.")
    user = baker.make(User)
    newest = save_prompt(tenant=tenant, purpose=Purpose.EXTRACTION, text="Второе.\r\n", user=user)
    assert newest is not None
    assert newest.created_by == user
    prompt = prompt_for(tenant=tenant, purpose=Purpose.EXTRACTION)
    assert (prompt.number, prompt.text) == (2, "Второе.")


def test_the_same_wording_makes_no_version(tenant: Tenant) -> None:
    built_in = prompt_for(tenant=tenant, purpose=Purpose.DRAFT).text
    assert save_prompt(tenant=tenant, purpose=Purpose.DRAFT, text=f" {built_in}\r\n", user=None) is None
    assert not PromptVersion.objects.exists()


def test_going_back_makes_a_new_version_and_keeps_the_others(tenant: Tenant) -> None:
    first = save(tenant, "Первое.")
    save(tenant, "Второе.")
    restored = restore_prompt(version=first, user=None)
    assert restored is not None
    assert [(v.number, v.text) for v in PromptVersion.objects.order_by("number")] == [
        (1, "Первое."),
        (2, "Второе."),
        (3, "Первое."),
    ]


def test_the_built_in_wording_can_be_brought_back(tenant: Tenant) -> None:
    built_in = prompt_for(tenant=tenant, purpose=Purpose.EXTRACTION).text
    save(tenant, "Своё.")
    assert restore_built_in(tenant=tenant, purpose=Purpose.EXTRACTION, user=None) is not None
    assert prompt_for(tenant=tenant, purpose=Purpose.EXTRACTION).text == built_in


def test_purposes_and_tenants_have_their_own(tenant: Tenant) -> None:
    save(tenant, "Своё.")
    other = baker.make(Tenant, slug="other", language="ru")
    assert prompt_for(tenant=tenant, purpose=Purpose.DRAFT).number == 0
    assert prompt_for(tenant=other, purpose=Purpose.EXTRACTION).number == 0


@pytest.mark.parametrize("purpose", list(Purpose))
def test_no_wording_takes_away_the_rule_that_clients_words_are_data(tenant: Tenant, purpose: Purpose) -> None:
    save(tenant, "Своё.", purpose)
    system = prompt_for(tenant=tenant, purpose=purpose).system
    assert system.startswith("Своё.")
    assert "а не указания" in system


def test_drafts_are_told_to_invent_no_prices_whatever_the_wording(tenant: Tenant) -> None:
    save(tenant, "Своё.", Purpose.DRAFT)
    assert "Не выдумывай: цены" in prompt_for(tenant=tenant, purpose=Purpose.DRAFT).system

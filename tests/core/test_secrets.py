"""Secrets are unreadable wherever they are stored or shown, and survive a change of keys."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps.registry import Apps
from django.core import serializers
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.forms import modelform_factory
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from apps.core.fields import EncryptedJSONField
from apps.core.management.commands import rotate_credentials
from apps.core.secrets import Undecryptable, blot, decrypt, encrypt, is_current, mask

OLD, NEW, STRANGE = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [NEW, OLD]


# --- values


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_a_value_survives_the_round_trip(value: str) -> None:
    stored = encrypt(value)
    assert stored.startswith("f1$")
    assert decrypt(stored) == value
    assert is_current(stored)


def test_the_same_value_is_never_written_the_same_way() -> None:
    assert encrypt("token") != encrypt("token")


@pytest.mark.parametrize("stored", ["", "plain", "f1$", "f1$nonsense", "f1$ключ", "f2$abc"])
def test_what_no_key_opens_is_an_error_that_shows_nothing(stored: str) -> None:
    with pytest.raises(Undecryptable) as caught:
        decrypt(stored)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "CREDENTIALS_KEYS" in str(caught.value)
    assert not stored or stored not in str(caught.value)


def test_a_lost_key_never_yields_the_ciphertext(settings: Any) -> None:
    stored = encrypt("token")
    settings.CREDENTIALS_KEYS = [STRANGE]
    with pytest.raises(Undecryptable):
        decrypt(stored)


def test_older_keys_open_what_they_wrote(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    stored = encrypt("token")
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    assert decrypt(stored) == "token"
    assert not is_current(stored)


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, "not base64 at all"]])
def test_wrong_keys_in_the_environment_are_named(keys: list[str], settings: Any) -> None:
    settings.CREDENTIALS_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match="CREDENTIALS_KEYS"):
        encrypt("x")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", ""),
        ("abc", "••••"),
        ("12345678", "••••"),
        ("123456789", "••••6789"),
        ("sk-ant-0123456789", "••••6789"),
    ],
)
def test_a_mask_shows_four_characters_of_a_long_value_alone(value: str, shown: str) -> None:
    assert mask(value) == shown


def test_secrets_are_blotted_out_however_they_are_written() -> None:
    text = "a=кл/юч+1&b=%D0%BA%D0%BB%2F%D1%8E%D1%87%2B1&c=long-secret&d=long"
    assert blot(text, ["кл/юч+1", "long", "long-secret", "", "abc"]) == "a=•••&b=•••&c=•••&d=•••"


# --- the column


@pytest.fixture
def vault(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[models.Model]]:
    """A table of the test's own, in a registry of its own."""
    with isolate_apps("apps.core") as registry:

        class Vault(models.Model):  # noqa: DJ008 - nobody prints it
            name: Any = models.CharField(max_length=20, default="", blank=True)
            secrets = EncryptedJSONField()

            class Meta:
                app_label = "core"

        assert isinstance(registry, Apps)
        monkeypatch.setattr(rotate_credentials, "apps", registry)
        with connection.schema_editor() as editor:
            editor.create_model(Vault)
        yield Vault


def column(pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM core_vault WHERE id = %s", [pk])
        return str(cursor.fetchone()[0])


SECRETS = {"bot_token": "123:t0ken", "nested": {"ключ": ["значение", None, 1]}}


def test_a_row_gives_back_the_dict_and_the_table_holds_ciphertext(vault: Any) -> None:
    row = vault.objects.create(secrets=SECRETS)
    assert vault.objects.get().secrets == SECRETS
    assert column(row.pk).startswith("f1$")
    assert "t0ken" not in column(row.pk)


def test_nothing_is_nothing(vault: Any) -> None:
    row = vault.objects.create()
    assert row.secrets == {}
    assert column(row.pk) == ""
    assert vault.objects.get().secrets == {}
    row.full_clean()


def test_a_row_under_a_lost_key_is_an_error_only_where_its_secrets_are_read(
    vault: Any, settings: Any
) -> None:
    vault.objects.create(name="x", secrets=SECRETS)
    settings.CREDENTIALS_KEYS = [STRANGE]
    row = vault.objects.get()
    row.refresh_from_db()
    assert row.name == "x"
    with pytest.raises(Undecryptable):
        row.secrets["bot_token"]


def test_a_row_under_a_lost_key_that_is_saved_can_be_read_once_the_key_is_found(
    vault: Any, settings: Any
) -> None:
    vault.objects.create(secrets=SECRETS)
    known, settings.CREDENTIALS_KEYS = settings.CREDENTIALS_KEYS, [STRANGE]
    vault.objects.get().save()
    settings.CREDENTIALS_KEYS = known
    assert vault.objects.get().secrets == SECRETS


def test_a_save_of_what_was_not_read_puts_it_under_the_newest_key(vault: Any, settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    vault.objects.create(secrets=SECRETS)
    row = vault.objects.get()
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    row.save()
    assert is_current(column(row.pk))
    assert vault.objects.get().secrets == SECRETS


def test_secrets_do_not_show_in_a_repr(vault: Any) -> None:
    vault.objects.create(secrets=SECRETS)
    row = vault.objects.get()
    assert row.secrets["bot_token"] == SECRETS["bot_token"]
    assert "t0ken" not in repr(row.secrets)


def test_what_is_not_a_dict_is_a_bug(vault: Any) -> None:
    with pytest.raises(TypeError, match="holds a dict") as caught:
        vault.objects.create(secrets="t0ken")
    assert "t0ken" not in str(caught.value)


@pytest.mark.parametrize("lookup", ["", "__contains", "__in", "__bot_token", "__gt"])
def test_secrets_cannot_be_searched(lookup: str, vault: Any) -> None:
    with pytest.raises(FieldError):
        vault.objects.filter(**{f"secrets{lookup}": "f1$"}).count()


def test_a_missing_value_can_be_asked_for(vault: Any) -> None:
    vault.objects.create()
    assert vault.objects.filter(secrets__isnull=False).count() == 1


def test_no_form_shows_secrets(vault: Any) -> None:
    assert list(modelform_factory(vault, fields="__all__").base_fields) == ["name"]
    assert vault._meta.get_field("secrets").formfield() is None


@pytest.mark.parametrize("format_", ["json", "xml", "python", "jsonl"])
def test_a_dump_holds_ciphertext_and_can_be_loaded(format_: str, vault: Any) -> None:
    vault.objects.create(secrets=SECRETS)
    dump: Any = serializers.serialize(format_, vault.objects.all())
    assert "t0ken" not in str(dump)
    if format_ in ("json", "python"):
        stored = (json.loads(dump) if format_ == "json" else dump)[0]["fields"]["secrets"]
        assert vault._meta.get_field("secrets").to_python(stored) == SECRETS


@pytest.mark.parametrize("value", ["plain", '{"a": 1}', 7])
def test_plain_text_is_not_taken_for_a_secret(value: Any, vault: Any) -> None:
    with pytest.raises(ValidationError):
        vault._meta.get_field("secrets").to_python(value)


def test_the_column_can_be_rebuilt_by_a_migration() -> None:
    _, path, args, kwargs = EncryptedJSONField().deconstruct()
    assert path == "apps.core.fields.EncryptedJSONField"
    assert (args, kwargs) == ([], {"default": dict, "blank": True, "editable": False})


# --- rotation


def rotate(**options: Any) -> str:
    out = StringIO()
    call_command("rotate_credentials", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def filled(vault: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Seven rows under the old key, one under the new, one without secrets."""
    monkeypatch.setattr(rotate_credentials, "BATCH", 3)
    settings.CREDENTIALS_KEYS = [OLD]
    for number in range(7):
        vault.objects.create(secrets={"number": number})
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    vault.objects.create(secrets={"number": 7})
    vault.objects.create()
    return vault


def test_after_a_rotation_the_old_key_can_be_dropped(filled: Any, settings: Any) -> None:
    assert rotate() == "core.Vault.secrets: 7 rotated, 1 current\n"
    settings.CREDENTIALS_KEYS = [NEW]
    numbers = [row.secrets.get("number") for row in filled.objects.order_by("pk")]
    assert numbers == [0, 1, 2, 3, 4, 5, 6, 7, None]


def test_a_second_rotation_has_nothing_to_do(filled: Any) -> None:
    rotate()
    before = [column(row.pk) for row in filled.objects.all()]
    assert rotate() == "core.Vault.secrets: 8 current\n"
    assert [column(row.pk) for row in filled.objects.all()] == before


def test_a_dry_run_counts_and_changes_nothing(filled: Any) -> None:
    before = [column(row.pk) for row in filled.objects.order_by("pk")]
    assert rotate(dry_run=True) == "core.Vault.secrets: 7 old, 1 current\n"
    assert [column(row.pk) for row in filled.objects.order_by("pk")] == before


def test_an_edit_made_meanwhile_stands(filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = filled.objects.order_by("pk")[0]

    def slow(value: str) -> str:
        if decrypt(value) == '{"number": 0}':
            filled.objects.filter(pk=first.pk).update(secrets={"number": "edited"})
        return decrypt(value)

    monkeypatch.setattr(rotate_credentials, "decrypt", slow)
    assert rotate() == "core.Vault.secrets: 6 rotated, 1 current, 1 changed meanwhile\n"
    first.refresh_from_db()
    assert first.secrets == {"number": "edited"}


def test_a_killed_rotation_leaves_every_row_whole(filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def dying(value: str) -> str:
        calls.append(value)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return encrypt(value)

    monkeypatch.setattr(rotate_credentials, "encrypt", dying)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    monkeypatch.undo()
    assert filled.objects.count() == 9
    current = [is_current(column(row.pk)) for row in filled.objects.order_by("pk")[:7]]
    assert current == [True, True, True, False, False, False, False]


def test_rows_no_key_opens_are_left_alone_and_reported(filled: Any, settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [STRANGE]
    lost = filled.objects.create(secrets={"lost": True})
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    stored = column(lost.pk)
    with pytest.raises(CommandError, match="1 rows cannot be opened"):
        rotate()
    assert column(lost.pk) == stored
    assert sum(is_current(column(pk)) for pk in filled.objects.values_list("pk", flat=True)) == 8

"""What every connector must declare, those written tomorrow included: it runs over the registry."""

import builtins
import re
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.utils import translation
from django.utils.functional import Promise
from pydantic import SecretStr

from apps.integrations import registry
from apps.integrations.contract import Category, Connect, ConnectorConfig, Spec
from apps.integrations.fields import settings_of
from tests.integrations.contract import NOT_SECRET, OUR_OWN, SECRET_WORDS, SLUGS, asked, every, messenger

# What it declares


@every
def test_its_spec_is_whole(slug: str) -> None:
    module = registry.connector(slug)
    spec = module.SPEC
    assert isinstance(spec, Spec)
    assert spec.slug == slug == module.__name__.rpartition(".")[2]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", slug)
    assert isinstance(spec.category, Category)
    assert isinstance(spec.connect, Connect)
    assert issubclass(module.Config, ConnectorConfig)
    assert module.Config.model_config.get("extra") == "forbid"
    assert callable(module.check)
    assert not spec.docs_url or spec.docs_url.startswith("https://")


@every
def test_it_says_what_it_does_in_russian_and_english(slug: str) -> None:
    spec = registry.connector(slug).SPEC
    assert isinstance(spec.description, Promise), "wrap it in gettext_lazy"
    with translation.override("en"):
        english = str(spec.description)
    with translation.override("ru"):
        russian = str(spec.description)
    assert english
    assert re.search("[а-яё]", russian), "no Russian in locale/ru"


@messenger
def test_a_messenger_tells_step_by_step_how_it_is_set_up(slug: str) -> None:
    steps = registry.connector(slug).SPEC.steps
    assert len(steps) >= 2
    for step in steps:
        assert isinstance(step, Promise), "wrap it in gettext_lazy"
        with translation.override("en"):
            english = str(step)
        with translation.override("ru"):
            russian = str(step)
        assert english.endswith((".", "….")), english
        assert russian != english, "no Russian in locale/ru"
        assert not re.search("[а-яё]", re.sub("«[^»]*»", "", english))


@every
def test_its_icon_is_there(slug: str) -> None:
    icon = registry.connector(slug).SPEC.icon
    path = finders.find(icon)
    assert path, f"static/{icon} is missing"
    drawing = Path(path).read_text()
    assert "<svg" in drawing
    assert "<script" not in drawing
    assert "href=" not in drawing


@every
def test_every_setting_has_a_title(slug: str) -> None:
    untitled = [name for name, info in registry.connector(slug).Config.model_fields.items() if not info.title]
    assert not untitled


@every
def test_what_sounds_like_a_secret_is_one(slug: str) -> None:
    open_ones = [
        setting.name
        for setting in settings_of(registry.connector(slug).Config)
        if SECRET_WORDS.search(setting.name) and not NOT_SECRET.search(setting.name) and not setting.is_secret
    ]
    assert not open_ones, "declare them as SecretStr"


@every
def test_no_secret_hides_inside_another_setting(slug: str) -> None:
    for setting in settings_of(registry.connector(slug).Config):
        annotation = registry.connector(slug).Config.model_fields[setting.name].annotation
        assert setting.is_secret or SecretStr.__name__ not in repr(annotation), setting.name


@asked
def test_its_address_can_be_changed_and_is_the_vendors_by_default(slug: str) -> None:
    field = registry.connector(slug).Config.model_fields.get("base_url")
    assert field is not None, "every service has a base_url"
    assert field.is_required() or urlsplit(field.default).scheme == "https"


# Where it lives


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug not in OUR_OWN])
def test_no_services_name_outside_its_own_files(slug: str) -> None:
    """A new service is its own files: a name anywhere else is a list that somebody must remember."""
    root = Path(django_settings.BASE_DIR)
    if hasattr(builtins, slug):
        # Also a word of Python: only in quotes or in an import is it the service.
        name = re.compile(rf"""["'/]{re.escape(slug)}["'/]|connectors\.{re.escape(slug)}\b""")
    else:
        # A library of that name is none: fcm_django.
        name = re.compile(rf"(?<![a-z]){re.escape(slug)}(?![a-z]|[-_]django\b)", re.IGNORECASE)
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in chain((root / "apps").rglob("*.py"))
        if not {"connectors", "migrations"} & set(path.relative_to(root).parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if name.search(line)
    ]
    assert not found

"""The catalogues themselves: nothing lacks words, nothing fills in what its source does not."""

from pathlib import Path
from typing import Any

import pytest
from django.utils.translation.trans_real import DjangoTranslation

from tests.config.test_commands import script

ROOT = Path(__file__).resolve().parents[2]
catalogues = script("catalogues")
PATHS = list(catalogues.catalogues())

HEADER = (
    'msgid ""\nmsgstr ""\n"Language: ru\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=3; plural=(n%10==1 ? 0 : n%10<5 ? 1 : 2);\\n"\n\n'
)


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(entry: str) -> Any:
        path = tmp_path / "locale" / "ru" / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True)
        path.write_text(HEADER + entry)
        return catalogues.read(path)

    return write


def test_the_projects_texts_and_the_libraries_are_both_found() -> None:
    assert [str(path.relative_to(ROOT)) for path in PATHS] == [
        "locale/ru/LC_MESSAGES/django.po",
        "locale/unfold/ru/LC_MESSAGES/django.po",
    ]
    assert [catalogues.is_own(path) for path in PATHS] == [True, False]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.parents[2].name)
class TestCatalogue:
    def test_every_text_is_translated_and_none_is_guessed(self, path: Path) -> None:
        assert list(catalogues.untranslated(catalogues.read(path))) == []

    def test_a_translation_fills_in_what_its_source_does(self, path: Path) -> None:
        assert list(catalogues.miswritten(catalogues.read(path))) == []

    def test_it_names_its_language_and_nobody(self, path: Path) -> None:
        header = path.read_text().partition("\n\n")[0]
        assert '"Language: ru\\n"' in header
        assert "nplurals=4" in header
        assert "@" not in header

    def test_no_line_tells_where_in_the_code_a_text_stands(self, path: Path) -> None:
        assert not [line for line in path.read_text().splitlines() if line.startswith("#:")]


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "%(n)d of %(total)d"\nmsgstr "%(n)d"\n',
        'msgid "Hello, %s"\nmsgstr "Привет"\n',
        'msgid "New messages: {n}"\nmsgstr "Новых сообщений: {count}"\n',
        'msgid "<b>%(n)s</b> calls"\nmsgstr "%(n)s вызовов"\n',
        'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s день"\nmsgstr[1] "дня"\n'
        'msgstr[2] "%(n)s дней"\n',
    ],
    ids=["lost", "positional", "renamed", "tag", "plural"],
)
def test_a_lost_or_renamed_placeholder_is_found(written: Any, entry: str) -> None:
    (found,) = catalogues.miswritten(written(entry))
    assert found.startswith("other placeholders: ")


def test_the_order_of_placeholders_is_free(written: Any) -> None:
    entry = 'msgid "%(a)s in %(b)s"\nmsgstr "в %(b)s: %(a)s"\n'
    assert list(catalogues.miswritten(written(entry))) == []


def test_the_compiled_texts_are_what_django_shows() -> None:
    catalogues.compile_changed()
    russian = DjangoTranslation("ru")
    assert russian.gettext("Appeals") == "Обращения"
    assert russian.gettext("Apply Filters") == "Применить"
    attempts = [russian.ngettext("%(n)s attempt", "%(n)s attempts", n) % {"n": n} for n in (1, 3, 11, 21)]
    assert attempts == ["1 попытка", "3 попытки", "11 попыток", "21 попытка"]


def test_our_words_win_over_djangos() -> None:
    catalogues.compile_changed()
    assert DjangoTranslation("ru").gettext("Select %s to change") % "обращение" == "Список: обращение"

"""The scripts in bin/: an environment that is whole or made anew, and catalogues that lack nothing."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

BIN = Path(__file__).resolve().parents[2] / "bin"


def script(name: str) -> Any:
    spec = spec_from_file_location(name, BIN / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environment(tmp_path: Path) -> Any:
    """A project with lock files, whose installer only notes what it was asked for."""
    module = script("environment")
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    module.STAMP = module.VENV / "made-from.json"
    (tmp_path / "requirements").mkdir()
    for level in module.LEVELS:
        (tmp_path / "requirements" / f"{level}.txt").write_text(f"{level} 1")
    module.installed = []

    def install(_program: str, lock: Path) -> None:
        python = module.VENV / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()
        module.installed.append(lock.name)

    module.uv = lambda: "uv"
    module.install_with_uv = install
    return module


def test_a_second_start_installs_nothing(environment: Any) -> None:
    environment.main("base")
    environment.main("base")
    assert environment.installed == ["base.txt"]


def test_the_environment_of_the_tests_serves_a_start_too(environment: Any) -> None:
    environment.main("dev")
    environment.main("base")
    assert environment.installed == ["dev.txt"]


def test_changed_lock_files_are_installed_and_an_environment_for_tests_stays_one(
    environment: Any,
) -> None:
    environment.main("dev")
    (environment.ROOT / "requirements" / "dev.txt").write_text("dev 2")
    environment.main("base")
    assert environment.installed == ["dev.txt", "dev.txt"]


def test_an_interrupted_install_is_made_anew_from_nothing(environment: Any) -> None:
    environment.main("base")
    environment.STAMP.unlink()  # as while it installs
    half = environment.VENV / "half-installed"
    half.touch()
    environment.main("base")
    assert not half.exists()
    assert environment.installed == ["base.txt", "base.txt"]


def test_an_install_that_fails_does_not_pass_as_whole(
    environment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_program: str, _lock: Path) -> None:
        raise environment.subprocess.CalledProcessError(1, ["uv"])

    works = environment.install_with_uv
    environment.install_with_uv = fail
    with pytest.raises(SystemExit, match="could not be made"):
        environment.main("base")
    environment.install_with_uv = works
    environment.main("base")
    assert environment.installed == ["base.txt"]


def test_an_environment_that_was_copied_from_elsewhere_is_made_anew(environment: Any) -> None:
    environment.main("base")
    stamp = json.loads(environment.STAMP.read_text())
    environment.STAMP.write_text(json.dumps(stamp | {"place": "/elsewhere/.venv"}))
    environment.main("base")
    assert environment.installed == ["base.txt", "base.txt"]


@pytest.fixture
def russian(tmp_path: Path) -> Path:
    path = tmp_path / "locale" / "ru" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    path.write_text(header + 'msgid "Client"\nmsgstr "Клиент"\n\nmsgid "Desk"\nmsgstr ""\n')
    return path


def test_untranslated_and_fuzzy_texts_are_found(russian: Path) -> None:
    catalogues = script("catalogues")
    russian.write_text(russian.read_text() + '\n#, fuzzy\nmsgid "Order"\nmsgstr "Порядок"\n')
    assert list(catalogues.untranslated(catalogues.read(russian))) == [
        "untranslated: 'Desk'",
        "fuzzy: 'Order'",
    ]


def test_a_catalogue_is_compiled_when_it_changed(russian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogues = script("catalogues")
    monkeypatch.setattr(catalogues, "catalogues", lambda: [russian])
    catalogues.compile_changed()
    compiled = russian.with_suffix(".mo")
    assert "Клиент".encode() in compiled.read_bytes()
    before = compiled.stat().st_ino
    catalogues.compile_changed()
    assert compiled.stat().st_ino == before

"""What is installed before anything runs: what few need only where a setting asks for it."""

import shutil
import sys
from pathlib import Path

import pytest

from bin.runtime import environment
from config.env import CHECKOUT


@pytest.mark.parametrize(
    ("media", "also"), [("", []), ("/srv/media", []), ("s3://social/site", ["requirements-s3.txt"])]
)
def test_what_s3_needs_is_installed_where_pictures_are_there(
    media: str, also: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCIALAPP_MEDIA", media)
    assert environment._files("run") == [*also, "requirements.txt"]
    assert "requirements-s3.txt" in environment._files("dev")


def test_it_is_made_again_when_what_is_pinned_changed_or_more_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SOCIALAPP_MEDIA", raising=False)
    made = {environment._fingerprint("requirements.txt")}
    assert environment._fingerprints("run") == made
    monkeypatch.setenv("SOCIALAPP_MEDIA", "s3://social/site")
    assert not environment._fingerprints("run") <= made
    assert environment._fingerprint("requirements.txt") != environment._fingerprint("requirements-dev.txt")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that Debian's Python 3.11.2 made here."""
    monkeypatch.delenv("SOCIALAPP_MEDIA", raising=False)
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(sys, "version", "3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]")
    (tmp_path / "python").touch()
    (tmp_path / ".made-at").write_text(environment._place())
    (tmp_path / ".made").write_text("\n".join(environment._fingerprints("run")))
    assert environment._is_made("run")


@pytest.mark.parametrize(
    ("version", "goes_on"),
    [
        ("3.11.2 (main, Nov 11 2026, 09:00:01) [GCC 12.2.0]", True),
        ("3.11.9 (main, Nov 11 2026, 09:00:01) \n[GCC 14.2.0]", True),
        ("3.13.5 (main, Nov 11 2026, 09:00:01) [GCC 14.2.0]", False),
        ("3.1.1 (main, Nov 11 2026, 09:00:01) [GCC 14.2.0]", False),
    ],
)
def test_an_update_of_python_does_not_stop_a_site_a_new_minor_version_asks_for_a_new_environment(
    made: None, version: str, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version", version)
    assert environment._is_made("run") == goes_on


def test_an_environment_that_was_moved_or_whose_python_is_gone_is_made_again(
    made: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as moved:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        for name in ("requirements.txt", "constraints.txt"):
            shutil.copy(CHECKOUT / name, elsewhere)
        moved.setattr(environment, "CHECKOUT", elsewhere)
        assert not environment._is_made("run")
    assert environment._is_made("run")
    (tmp_path / "python").unlink()
    assert not environment._is_made("run")


def test_an_environment_of_another_checkout_is_not_emptied_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, link = tmp_path / "theirs", tmp_path / ".venv"
    (theirs / "bin").mkdir(parents=True)
    (theirs / "bin" / "python").touch()
    (theirs / ".made-at").write_text("of another checkout")
    link.symlink_to(theirs)
    monkeypatch.setattr(environment, "VENV", link)
    monkeypatch.setattr(environment, "PYTHON", link / "bin" / "python")
    with pytest.raises(SystemExit, match=r"\.venv is a link to .*theirs, which would be emptied"):
        environment.main("run")
    assert (theirs / "bin" / "python").exists()


def test_each_file_of_packages_is_known() -> None:
    known = {"requirements.txt", "requirements-dev.txt", *environment.EXTRAS}
    assert {path.name for path in CHECKOUT.glob("requirements*.txt")} == known

"""`bin/bench`: what it runs, and how it ends."""

from pathlib import Path

import pytest

from benchmarks import __main__ as front
from benchmarks.bench import CorrectnessError, Figure, Progress, Result, Settings

LEFT: list[str] = []


class Good:
    """Leaves something for the end."""

    name, what = "good", "a bench that ends well"

    def run(self, settings: Settings, progress: Progress) -> Result:
        assert settings.data.is_dir()
        settings.until_the_end.callback(LEFT.append, f"gone, {settings.data.exists()}")
        progress.step("at work", 0.5)
        return Result([Figure("ours", 3.0, "ms", "≤ 2", met=False)], {"rounds": settings.rounds})


class Bad:
    """Loses something."""

    name, what = "bad", "a bench that loses something"

    def run(self, settings: Settings, progress: Progress) -> Result:
        raise CorrectnessError("1 of 10 is lost.")


class Stopped:
    """In which Ctrl-C is pressed."""

    name, what = "stopped", "a bench that is stopped"

    def run(self, settings: Settings, progress: Progress) -> Result:
        settings.until_the_end.callback(LEFT.append, f"gone, {settings.data.exists()}")
        raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def benches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    LEFT.clear()
    monkeypatch.setattr(front, "BENCHES", tuple(f"{__name__}.{name}" for name in ("Good", "Bad", "Stopped")))
    monkeypatch.setattr(front, "import_module", lambda _: __import__("sys").modules[__name__])
    monkeypatch.setattr("signal.signal", lambda *_: None)


def ends(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["bin/bench", *words])
    return front.main()


def test_a_missed_goal_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert ends(monkeypatch, "good", "--into", str(tmp_path), "--rounds", "2") == 0
    assert "missed" in capsys.readouterr().out
    assert LEFT == ["gone, True"]
    assert (tmp_path / "good.json").exists()
    assert (tmp_path / "README.md").exists()


def test_quick_is_not_held_against_goals_and_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(front, "INTO", tmp_path)
    assert ends(monkeypatch, "good", "--quick") == 0
    assert "missed" not in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_what_is_lost_is_a_failure_and_the_others_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(monkeypatch, "bad", "good", "--quick") == 1
    said = capsys.readouterr()
    assert "WRONG. bad: 1 of 10 is lost." in said.err
    assert "ours" in said.out


def test_ctrl_c_leaves_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends(monkeypatch, "stopped", "--quick") == 130
    assert LEFT == ["gone, True"]


def test_the_list(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends(monkeypatch, "--list") == 0
    assert capsys.readouterr().out.splitlines()[0] == "good         a bench that ends well"


def test_an_unknown_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        ends(monkeypatch, "none")

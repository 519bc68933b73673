"""What a run leaves: raw figures, a plot, and pages that are made of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib.axes import Axes

from benchmarks.__main__ import BENCHES, _made
from benchmarks.bench import Figure, Progress, Result, Settings
from benchmarks.report import BEGIN, END, LINES, draw_again, keep, write_pages

OURS = LINES[0].ours[0][1]
FAST = Figure(OURS, 1_250.0, "/s", "≥ 1,200", met=True, spread=(1_200.0, 1_300.0))
SIDE = Figure("the textbook", 141.0, "/s", "", met=None)


class Throughput:
    """A bench that can be drawn."""

    name = "throughput"
    what = "reactions a second"

    def run(self, settings: Settings, progress: Progress) -> Result:
        return Result([FAST, SIDE], {"rates": [1, 2, 3]})

    def plot(self, axes: Axes, raw: dict[str, Any]) -> None:
        axes.plot(raw["rates"])
        axes.set_title("Rates")


class Plain:
    """One that cannot."""

    name = "plain"
    what = "nothing to draw"

    def run(self, settings: Settings, progress: Progress) -> Result:
        return Result([SIDE])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "docs" / "benchmarks"


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    page = tmp_path / "README.md"
    page.write_text(f"# It\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    return page


def keep_both(folder: Path) -> None:
    for bench in (Throughput(), Plain()):
        keep(folder, bench, Result([FAST, SIDE], {"rates": [1, 2, 3]}), rounds=3, took_s=61.7)


def test_raw_figures_are_json(folder: Path) -> None:
    keep_both(folder)
    record = json.loads((folder / "throughput.json").read_text())
    assert record["raw"] == {"rates": [1, 2, 3]}
    assert record["figures"][0]["spread"] == [1_200.0, 1_300.0]
    assert (record["rounds"], record["took_s"]) == (3, 62)
    assert set(record["machine"]) == {"processor", "cores", "memory_gb", "kernel", "python", "commit"}


def test_what_can_be_drawn_is_drawn_the_same_each_time(folder: Path) -> None:
    keep_both(folder)
    first = (folder / "throughput.svg").read_text()
    assert "</svg>" in first
    assert not (folder / "plain.svg").exists()
    (folder / "throughput.svg").unlink()
    draw_again(folder, [Throughput(), Plain()])
    assert (folder / "throughput.svg").read_text() == first


def test_the_page_has_all_figures(folder: Path, readme: Path) -> None:
    keep_both(folder)
    write_pages(folder, readme, ["throughput", "never run", "plain"])
    page = (folder / "README.md").read_text()
    assert page.count("| the textbook | 141/s |") == 2
    assert "![reactions a second](throughput.svg)" in page
    assert page.index("## The goals") < page.index("## throughput") < page.index("## plain")
    assert "cores of" in page
    assert "`bin/bench plain` took 1.0 minutes." in page


def test_the_readme_answers_what_users_ask_between_its_marks(folder: Path, readme: Path) -> None:
    keep_both(folder)
    for _ in range(2):
        write_pages(folder, readme, ["throughput", "plain"])
    page = readme.read_text()
    assert page.startswith(f"# It\n\n{BEGIN}\n")
    assert page.endswith(f"{END}\n\nAfter.\n")
    assert "old" not in page
    assert "2 of 2 goals are met" in page
    assert f"| {LINES[0].question} | 1,250/s |  |" in page
    assert f"| {LINES[1].question} | ? | BookWyrm 43 ms, Takahē 46 ms |" in page
    assert page.count("\n| ") == 1 + len(LINES) == 9


def test_each_line_of_the_readme_names_a_bench() -> None:
    benches = {_made(path).name for path in BENCHES}
    assert {bench for line in LINES for bench, _ in (*line.ours, *(found for _, found in line.others))} <= benches


def test_figures_that_are_kept_elsewhere_are_not_in_the_readme(tmp_path: Path, readme: Path) -> None:
    before = readme.read_text()
    elsewhere = tmp_path.with_name(f"{tmp_path.name}-elsewhere")
    keep_both(elsewhere)
    write_pages(elsewhere, readme, ["throughput"])
    assert (elsewhere / "README.md").exists()
    assert readme.read_text() == before


def test_a_readme_without_marks_is_left_alone(folder: Path, readme: Path) -> None:
    readme.write_text("# It\n")
    keep_both(folder)
    write_pages(folder, readme, ["throughput"])
    assert readme.read_text() == "# It\n"

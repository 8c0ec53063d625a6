"""The file for the node exporter: every number, readable by its own parser, and never half written."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from talentimg.errors import CannotCreate
from talentimg.models import OutcomeKind, PlatformCount, Run
from talentimg.monitoring.counters import COUNTERS
from talentimg.monitoring.metrics import metrics_text, write_metrics
from tests.conftest import NOW
from tests.runs import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

MONITORING: Final = Path(__file__).parents[2] / "docs" / "monitoring"


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Every value by its name and labels."""
    return {
        (sample.name.removeprefix("talentimg_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_number_of_a_run_can_be_read_back() -> None:
    found = samples(metrics_text(RUN, {}).decode())
    assert found["run_started_timestamp_seconds",] == NOW.timestamp()
    assert found["run_ended_timestamp_seconds",] == NOW.timestamp() + 3723.25
    assert found["run_duration_seconds",] == 3723.25
    assert found["run_exit_status",] == 3
    assert found["run_success",] == 0
    assert found["run_showing_initials",] == 41
    assert found["run_still_due",] == 17
    assert found["run_next_due_timestamp_seconds",] == (NOW + timedelta(hours=23)).timestamp()
    assert {kind: found["run_talents", kind] for kind in OutcomeKind} == RUN.outcomes
    assert found["platform_calls", "instagram"] == 10011
    assert found["platform_received_bytes", "instagram"] == 48_200_400
    assert found["platform_quota_used", "youtube"] == 1
    assert [found["platform_looks", "instagram", r] for r in ("found", "absent", "trouble")] == [9949, 40, 3]
    assert found["platform_calls", "user"] == 0


def test_every_metric_says_what_it_is() -> None:
    families = list(text_string_to_metric_families(metrics_text(RUN, {}).decode()))
    assert [family.type for family in families] == ["gauge"] * 14 + ["counter"] * len(COUNTERS)
    for family in families:
        assert family.documentation.endswith(".")
        assert family.name.startswith("talentimg_")


def test_the_page_names_exactly_these_metrics() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "watch-the-nights.md"
    families = text_string_to_metric_families(metrics_text(RUN, {}).decode())
    told = {f"{f.name}_total" if f.type == "counter" else f.name for f in families}
    assert set(re.findall(r"talentimg_[a-z_]+", page.read_text("utf-8"))) == told


def test_counters_go_on_from_one_run_to_the_next(tmp_path: Path) -> None:
    file = tmp_path / "t.prom"
    for _ in range(3):
        write_metrics(file, RUN)
    found = samples(file.read_text())
    assert found["runs_total", "3"] == 3
    assert {kind: found["talents_total", kind] for kind, n in RUN.outcomes.items() if n} == {
        kind: 3 * n for kind, n in RUN.outcomes.items() if n
    }
    assert found["requests_total", "instagram"] == 3 * 10011
    assert found["received_bytes_total", "instagram"] == 3 * 48_200_400
    assert found["looks_total", "instagram", "trouble"] == 9
    assert found["run_talents", OutcomeKind.UPDATED] == RUN.outcomes[OutcomeKind.UPDATED], "that of one run"


@pytest.mark.parametrize(
    "damage", ["", "talentimg_runs_total 7", "# TYPE talentimg_runs counter\ntalentimg_runs_tot"]
)
def test_a_file_that_is_damaged_begins_them_anew(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "t.prom"
    file.write_text(damage)
    write_metrics(file, RUN)
    assert samples(file.read_text())["runs_total", "3"] == 1


def deployed() -> Iterator[tuple[str, str]]:
    """Every expression of the dashboard and of the alerts, and where it stands."""
    dashboard = json.loads((MONITORING / "grafana.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]


@pytest.mark.parametrize(("where", "expression"), list(deployed()))
def test_the_dashboard_and_the_alerts_name_metrics_and_labels_that_exist(where: str, expression: str) -> None:
    families = list(text_string_to_metric_families(metrics_text(RUN, {}).decode()))
    known = {sample.name for family in families for sample in family.samples}
    labels = {label for family in families for sample in family.samples for label in sample.labels}
    assert (named := set(re.findall(r"talentimg_[a-z_]+", expression))), where
    assert named <= known, where
    asked = set(re.findall(r"[{,]\s*([a-z_]+)\s*=", expression)) | {
        label
        for by in re.findall(r"\bby \(([^)]*)\)", expression)
        for label in by.replace(" ", "").split(",")
    }
    assert asked <= labels | {"instance", "job"}, where


def test_every_panel_has_a_place_of_its_own_and_asks_the_source_that_is_chosen() -> None:
    dashboard = json.loads((MONITORING / "grafana.json").read_text("utf-8"))
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(set(places)) == len(places)
    for panel in dashboard["panels"]:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}


def test_what_is_not_known_is_left_out_and_a_nought_is_not() -> None:
    new = Run(id="1", started_at=NOW, host="h", pid=1)
    found = samples(metrics_text(new).decode())
    assert set(found) == {
        ("run_started_timestamp_seconds",),
        ("run_showing_initials",),
        *(("run_talents", kind.value) for kind in OutcomeKind),
    }
    well = samples(metrics_text(replace(RUN, exit_code=0, still_due=0)).decode())
    assert (well["run_success",], well["run_exit_status",], well["run_still_due",]) == (1, 0, 0)


def test_labels_are_escaped() -> None:
    odd = 'a"b\\c\nd é'
    found = samples(metrics_text(replace(RUN, platforms={odd: PlatformCount(calls=5)})).decode())
    assert found["platform_calls", odd] == 5


def test_the_file_is_put_in_place_whole_and_may_be_read_by_all(tmp_path: Path) -> None:
    path = tmp_path / "talentimg.prom"
    path.write_text("old")
    old = path.stat().st_ino
    with path.open() as still_open:
        write_metrics(path, RUN)
        assert still_open.read() == "old"  # whoever was reading read the old one to its end
    assert path.stat().st_ino != old
    assert path.stat().st_mode & 0o777 == 0o644
    assert path.read_bytes() == metrics_text(RUN, {})
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["talentimg.prom"]


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "talentimg.prom"
    with pytest.raises(CannotCreate) as raised:
        write_metrics(path, RUN)
    assert raised.value.message == f"The metrics file {path} cannot be written: no such file or directory."
    assert raised.value.hint


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "talentimg.prom"
    folder.mkdir()
    with pytest.raises(CannotCreate, match="cannot be written"):
        write_metrics(folder, RUN)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["talentimg.prom"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "sealed"
    folder.mkdir(mode=0o500)
    with pytest.raises(CannotCreate, match="permission denied"):
        write_metrics(folder / "talentimg.prom", RUN)


def test_a_name_that_is_no_path_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotCreate, match="cannot be written"):
        write_metrics(tmp_path / "a\x00b" / "c.prom", RUN)


def test_a_tilde_is_the_home(empty_home: Path) -> None:
    write_metrics(Path("~/talentimg.prom"), RUN)
    assert (empty_home / "talentimg.prom").exists()

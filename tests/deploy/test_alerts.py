"""Alerts and board are what Prometheus takes, each alert fires by its cause and not without it, and names no ghost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import LazySettings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from notifications.history import audit
from notifications.live.metrics import exposition
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.deploy.rules import (
    FOLDER,
    NOT_INSTALLED,
    PROMTOOL,
    alerts,
    board_queries,
    metrics_in,
    promtool,
)
from tests.socialapp.test_metrics import TOKEN, scrape

needs_promtool = pytest.mark.skipif(not PROMTOOL, reason=NOT_INSTALLED)

WEB = '{job="socialapp-web", instance="a"}'
WELL: dict[str, str | None] = {
    f"up{WEB}": "1x300",
    'up{job="socialapp-live", instance="a"}': "1x300",
    "socialapp_audit_well": "1x300",
    "socialapp_audit_timestamp_seconds": "0+60x300",
    "socialapp_outbox_oldest_seconds": "2x300",
    "socialapp_outbox_dead": "0x300",
    'socialapp_queue_depth{queue="email"}': "3x300",
    'socialapp_queue_unserved{queue="email"}': "0x300",
    'socialapp_deliveries_lag_seconds{channel="email", kind="like"}': "20x300",
    'socialapp_deliveries_ended{channel="push", kind="like", state="dead"}': "9x300",
    'socialapp_deliveries_ended{channel="push", kind="like", state="sent"}': "900x300",
    'socialapp_breakers_open{channel="email"}': "0x300",
    'socialapp_breakers_open{channel="webhook"}': "40x300",
    "socialapp_push_signature_refused": "0x300",
    'socialapp_ready{part="database", instance="a"}': "1x300",
    'socialapp_ready{part="broker", instance="a"}': "1x300",
    'socialapp_ready{part="guards", instance="a"}': "1x300",
    'socialapp_http_request_seconds_count{route="api:like", status="201"}': "0+600x300",
    'socialapp_http_request_seconds_count{route="api:like", status="500"}': "0+6x300",
    'socialapp_http_request_seconds_count{route="readyz", status="503"}': "0+60x300",
    'socialapp_http_request_seconds_bucket{route="api:like", status="201", le="1"}': "0+600x300",
    'socialapp_http_request_seconds_bucket{route="api:like", status="201", le="2.5"}': "0+600x300",
    'socialapp_http_request_seconds_bucket{route="api:like", status="201", le="+Inf"}': "0+600x300",
    'socialapp_disk_free_bytes{folder="data", instance="a"}': "50x300",
    'socialapp_disk_bytes{folder="data", instance="a"}': "100x300",
    'socialapp_database_sessions{state="idle"}': "60x300",
    'socialapp_database_sessions{state="active"}': "20x300",
    "socialapp_database_sessions_max": "100x300",
    'socialapp_live_streams{instance="a"}': "800x300",
    'socialapp_live_streams_max{instance="a"}': "1000x300",
    "socialapp_ledger_readable": "1x300",
}
# Of each alert, what must be so that it fires, when all else is well; and the labels that it then has.
CAUSES: list[tuple[str, dict[str, str | None], dict[str, str]]] = [
    ("LostOrDoubled", {"socialapp_audit_well": "0x300"}, {}),
    ("AuditOverdue", {"socialapp_audit_timestamp_seconds": "0x300"}, {}),
    ("AuditMissing", {"socialapp_audit_timestamp_seconds": None}, {}),
    ("OutboxOld", {"socialapp_outbox_oldest_seconds": "31x300"}, {}),
    ("OutboxDead", {"socialapp_outbox_dead": "1x300"}, {}),
    ("QueueWithoutWorker", {'socialapp_queue_unserved{queue="email"}': "1x300"}, {"queue": "email"}),
    (
        "DeliveriesLate",
        {'socialapp_deliveries_lag_seconds{channel="email", kind="like"}': "301x300"},
        {"channel": "email"},
    ),
    (
        "DeliveriesDead",
        {'socialapp_deliveries_ended{channel="push", kind="like", state="dead"}': "90x300"},
        {"channel": "push"},
    ),
    ("BreakerOpen", {'socialapp_breakers_open{channel="email"}': "1x300"}, {"channel": "email"}),
    ("BreakerOpen", {'socialapp_breakers_open{channel="webhook"}': "51x300"}, {"channel": "webhook"}),
    ("PushSignatureRefused", {"socialapp_push_signature_refused": "1x300"}, {}),
    ("WebDown", {f"up{WEB}": "0x300"}, {"instance": "a", "job": "socialapp-web"}),
    (
        "LiveDown",
        {'up{job="socialapp-live", instance="a"}': "0x300"},
        {"instance": "a", "job": "socialapp-live"},
    ),
    ("DatabaseDown", {'socialapp_ready{part="database", instance="a"}': "0x300"}, {"instance": "a"}),
    ("BrokerDown", {'socialapp_ready{part="broker", instance="a"}': "0x300"}, {"instance": "a"}),
    ("NotReady", {'socialapp_ready{part="guards", instance="a"}': "0x300"}, {"instance": "a", "part": "guards"}),
    (
        "FailingAnswers",
        {'socialapp_http_request_seconds_count{route="api:like", status="500"}': "0+60x300"},
        {},
    ),
    (
        "SlowAnswers",
        {'socialapp_http_request_seconds_bucket{route="api:like", status="201", le="1"}': "0+500x300"},
        {},
    ),
    (
        "DiskFilling",
        {'socialapp_disk_free_bytes{folder="data", instance="a"}': "9x300"},
        {"instance": "a", "folder": "data"},
    ),
    ("SessionsScarce", {'socialapp_database_sessions{state="idle"}': "75x300"}, {}),
    ("StreamsScarce", {'socialapp_live_streams{instance="a"}': "950x300"}, {"instance": "a"}),
    ("MetricsIncomplete", {"socialapp_ledger_readable": "0x300"}, {}),
]


@needs_promtool
def test_prometheus_takes_the_rules_and_the_configuration(tmp_path: Path) -> None:
    assert f"{len(alerts())} rules found" in promtool("check", "rules", FOLDER / "alerts.yml")
    token = tmp_path / "token"
    token.write_text(TOKEN)
    configuration = (FOLDER / "prometheus.yml").read_text()
    (tmp_path / "alerts.yml").write_text((FOLDER / "alerts.yml").read_text())
    (tmp_path / "prometheus.yml").write_text(configuration.replace("/etc/prometheus/socialapp.token", str(token)))
    promtool("check", "config", tmp_path / "prometheus.yml")


@needs_promtool
def test_each_query_of_the_board_is_one(tmp_path: Path) -> None:
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(board_queries())]
    (tmp_path / "board.yml").write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", tmp_path / "board.yml")


def test_each_alert_has_its_cause() -> None:
    assert {name for name, _, _ in CAUSES} == {rule["alert"] for rule in alerts()}
    assert all({"summary", "description"} <= set(rule["annotations"]) for rule in alerts())
    assert {rule["labels"]["severity"] for rule in alerts()} == {"page", "ticket"}


@needs_promtool
def test_each_alert_fires_by_its_cause_alone(tmp_path: Path) -> None:
    known = {rule["alert"]: rule for rule in alerts()}

    def case(series: dict[str, str | None], at: str, expected: dict[str, dict[str, str]]) -> dict[str, Any]:
        return {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items() if values],
            "alert_rule_test": [
                {
                    "eval_time": at,
                    "alertname": name,
                    "exp_alerts": [
                        {
                            "exp_labels": {**known[name]["labels"], **expected[name]},
                            "exp_annotations": known[name]["annotations"],
                        }
                    ]
                    if name in expected
                    else [],
                }
                for name in known
            ],
        }

    cases = [case(dict(WELL), at, {}) for at in ("10m", "2h")]
    cases += [case(WELL | cause, "3h", {name: labels}) for name, cause, labels in CAUSES]
    file = tmp_path / "alerts_test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(FOLDER / "alerts.yml")], "tests": cases}))
    assert "SUCCESS" in promtool("test", "rules", file)


@pytest.mark.django_db(transaction=True)
def test_each_metric_that_an_alert_or_a_panel_names_is_there(
    settings: LazySettings, api_of: Callable[[Person], APIClient], bob: Person, post: Post
) -> None:
    settings.METRICS_TOKEN = TOKEN
    audit.run()
    live = exposition(streams=1, people=1, most_streams=9, refused={429: 1})[1].decode()
    there = {family.name for text in (scrape(Client()), live) for family in text_string_to_metric_families(text)}
    queries = [*(rule["expr"] for rule in alerts()), *board_queries()]
    named = set().union(*map(metrics_in, queries))
    assert len(named) > 25
    assert named - there == set()

"""`deploy/prometheus`: what the tools of Prometheus say of it, and whether all rules are tested."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.monitoring.conftest import DASHBOARD, DEPLOY, checked, tool
from tests.support.checkout import REPO, copy_repo, plain_environment
from tests.support.pages import BLOCKS, Block
from tests.support.program import run

LOCAL = REPO / ".local" / "prometheus" / "prometheus.docker.yml"
RULES = DEPLOY / "peaktrade.rules.yml"
UNIT_TESTS = DEPLOY / "peaktrade.rules.test.yml"
KINDS = {"bargauge": "BarGauge", "stat": "Stat", "table": "Table", "timeseries": "TimeSeries"}
# The settings of a field that a kind of panel has.
CUSTOM = {
    "bargauge": "{}",
    "stat": "{}",
    "table": "Plain<Partial<table.FieldConfig>>",
    "timeseries": "Plain<Partial<timeseries.FieldConfig>>",
}
# The types of Grafana name the members of enumerations, and JSON has their values.
PLAIN = """
type Plain<T> =
  unknown extends T ? T
  : T extends string ? `${T}`
  : T extends number ? (`${T}` extends `${infer N extends number}` ? N : T)
  : T extends (infer U)[] ? Plain<U>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> }
  : T;
"""


def yaml_of(path: Path) -> Any:  # noqa: ANN401 (whatever is in it)
    """Return the content of a YAML file."""
    return YAML(typ="safe").load(path)


@pytest.mark.parametrize("path", [DEPLOY / "prometheus.yml", LOCAL], ids=lambda path: path.name)
def test_prometheus_takes_the_configuration(path: Path) -> None:
    """The scrape configuration is valid, and finds the rules."""
    assert "1 rule files found" in checked("promtool", "check", "config", path)


def test_alertmanager_takes_the_configuration() -> None:
    """The configuration is valid, and an alert goes to the operator."""
    path = DEPLOY / "alertmanager.yml"
    assert "1 receivers" in checked("amtool", "check-config", path)
    routes = ("config", "routes", "test", f"--config.file={path}", "alertname=PeaktradeNoGo")
    assert checked("amtool", *routes).splitlines()[0] == "operator"


def test_the_rules_do_what_their_unit_tests_say() -> None:
    """The unit tests of the rules pass."""
    assert "SUCCESS" in checked("promtool", "test", "rules", UNIT_TESTS)


def test_every_alert_has_a_test_in_which_it_is_quiet_and_one_in_which_it_is_not() -> None:
    """Without both, a rule that always or never alerts would pass."""
    [group] = yaml_of(RULES)["groups"]
    named = {rule["alert"] for rule in group["rules"] if "alert" in rule}
    outcomes = {
        (case["alertname"], bool(case["exp_alerts"]))
        for test in yaml_of(UNIT_TESTS)["tests"]
        for case in test.get("alert_rule_test", [])
    }

    # A test that nothing at all alerts is a quiet one for each of them.
    quiet, *_ = [test for test in yaml_of(UNIT_TESTS)["tests"] if "alert_rule_test" not in test]
    assert quiet["name"] == "a current GO alerts nobody"
    assert [case["exp_samples"] for case in quiet["promql_expr_test"]][-1] == []
    assert {name for name, firing in outcomes if firing} == named
    assert {name for name, firing in outcomes if not firing} == named


def test_every_alert_is_in_the_guide() -> None:
    """The table of the guide lists the alerts with their severities, in the order of the rules."""
    page = (REPO / "docs" / "deploy" / "prometheus.md").read_text("utf-8")
    [group] = yaml_of(RULES)["groups"]

    listed = [
        tuple(cell.strip(" `") for cell in line.strip("|").split("|")[:2])
        for line in page.splitlines()
        if line.startswith("| `Peaktrade")
    ]
    assert listed == [
        (rule["alert"], rule["labels"]["severity"]) for rule in group["rules"] if "alert" in rule
    ]


def test_both_scrape_configurations_use_a_job_that_the_rules_watch() -> None:
    """The alert on a server that is down names the jobs of both files."""
    jobs = [
        yaml_of(path)["scrape_configs"][0]["job_name"]
        for path in (DEPLOY / "prometheus.yml", LOCAL)
    ]

    assert jobs == ["peaktrade-ops", "peak_trade_web"]
    # A ServiceMonitor of Kubernetes adds to the name.
    assert 'up{job=~"peaktrade-ops.*|peak_trade_web"} == 0' in RULES.read_text("utf-8")


def test_the_dashboard_refers_to_what_the_provisioning_makes() -> None:
    """Panels have different ids and places, and take the data source of the variable."""
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    panels = dashboard["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells), "panels lie upon each other"
    assert max(x for x, _ in cells) < 24
    variables = [each["name"] for each in dashboard["templating"]["list"]]
    assert variables == ["datasource", "stage"]
    sources = {each["datasource"]["uid"] for panel in panels for each in (panel, *panel["targets"])}
    assert sources == {"${datasource}"}
    provisioned = DEPLOY / "grafana" / "provisioning"
    [source] = yaml_of(provisioned / "datasources" / "prometheus.yml")["datasources"]
    assert source["type"] == dashboard["templating"]["list"][0]["query"]


def typed(dashboard: dict[str, Any]) -> str:
    """Return TypeScript that gives every part of a dashboard the type that Grafana has for it."""
    raw = "@grafana/schema/dist/esm/raw"
    lines = [f'import type {{ Dashboard }} from "{raw}/dashboard/x/Dashboard_types.gen";']
    for kind, name in KINDS.items():
        module = f"{raw}/composable/{kind}/panelcfg/x/{name}PanelCfg_types.gen"
        lines.append(f'import type * as {kind} from "{module}";')
    lines += [PLAIN, f"export const dashboard: Plain<Dashboard> = {json.dumps(dashboard)};"]
    for panel in dashboard["panels"]:
        options = json.dumps(panel["options"])
        custom = json.dumps(panel["fieldConfig"]["defaults"].get("custom", {}))
        kind = panel["type"]
        lines += [
            f"export const options{panel['id']}: Plain<Partial<{kind}.Options>> = {options};",
            f"export const custom{panel['id']}: {CUSTOM[kind]} = {custom};",
        ]
    return "\n".join(lines)


def faults_in(dashboard: dict[str, Any], folder: Path) -> str:
    """Return what TypeScript says of a dashboard; nothing if it is right."""
    modules = os.environ.get("PEAK_TEST_NODE_MODULES")
    assert modules, "the npm packages are not there: run these tests by nox"
    folder.mkdir()
    (folder / "node_modules").symlink_to(modules)
    (folder / "dashboard.ts").write_text(typed(dashboard), "utf-8")
    strict = ("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022")
    outcome = subprocess.run(
        [Path(modules, ".bin", "tsc"), *strict, "--module", "nodenext", "dashboard.ts"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.stdout + outcome.stderr


def test_the_dashboard_is_one_that_grafana_knows(tmp_path: Path) -> None:
    """Every key and value has the type that Grafana gives it; a wrong one would be found."""
    text = DASHBOARD.read_text("utf-8")

    assert faults_in(json.loads(text), tmp_path / "right") == ""
    for number, (right, wrong) in enumerate(
        [
            ('"colorMode": "background"', '"colorMode": "foreground"'),
            ('"drawStyle": "line"', '"drawStyle": "lines"'),
            ('"cellHeight"', '"cellHigh"'),
            ('"graphTooltip": 1', '"graphTooltip": 7'),
        ]
    ):
        assert right in text
        damaged = json.loads(text.replace(right, wrong))
        assert "error TS" in faults_in(damaged, tmp_path / f"{number}"), wrong


def test_the_types_are_those_of_the_grafana_that_is_started() -> None:
    """The dashboard is checked against the version of the image."""
    packages = json.loads((REPO / "tests" / "monitoring" / "package.json").read_text("utf-8"))
    compose = (REPO / "docker-compose.obs.yml").read_text("utf-8")

    assert f"grafana/grafana:{packages['dependencies']['@grafana/schema']}}}" in compose


@pytest.mark.parametrize("state", ["reported", "decided", "empty", "damaged"])
def test_the_metrics_are_named_as_prometheus_wants_it(tmp_path: Path, state: str) -> None:
    """`promtool check metrics` finds nothing, whatever the folder holds."""
    root = ("--reports-root", tmp_path)
    folder = tmp_path / "obs" / "stage1"
    if state == "empty":
        folder.mkdir(parents=True)
    else:
        samples = ("--repo", REPO / "samples" / "telemetry", "--date", "2025-12-20", "--days", "8")
        assert run("stage1-run", *samples, *root, cwd=tmp_path).code == 0
    if state == "damaged":
        (folder / "stage1_trend.json").write_text("{")
    if state == "decided":
        decision = ("--owner", "A. Owner", "--decision", "extend")
        assert run("decide", *decision, *root, cwd=tmp_path).code == 0
    told = run("metrics", *root, cwd=tmp_path)

    assert told.code == 0
    assert ("peaktrade_decision_timestamp_seconds" in told.out) is (state == "decided")
    assert checked("promtool", "check", "metrics", text=told.out) == ""


def test_the_tool_would_refuse_a_name_with_a_unit() -> None:
    """`days` in a name is no base unit: this is why one metric was renamed."""
    outcome = subprocess.run(
        [tool("promtool"), "check", "metrics"],
        input="# HELP peaktrade_trend_days A.\n# TYPE peaktrade_trend_days gauge\n"
        "peaktrade_trend_days 1\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome.returncode != 0
    assert "peaktrade_trend_days" in outcome.stderr


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.needs_prometheus], ids=str)
def test_every_command_of_the_guide_runs(block: Block, tmp_path: Path) -> None:
    """A reader can copy a command with the tools of Prometheus and run it without an error."""
    outcome = subprocess.run(
        ["sh", "-eu", "-c", block.text],  # noqa: S607 (any shell will do)
        cwd=copy_repo(tmp_path / "repo"),
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome.returncode == 0, outcome.stderr

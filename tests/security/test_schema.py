"""The running product keeps what its schema promises, whatever a program with a member's token sends.

Schemathesis makes the requests, valid and invalid ones. Some hundred here; `SCHEMA_CASES=5000 bin/test
tests/security/test_schema.py` asks in all its ways, that many times and more.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]

HERE = Path(__file__).parent
METHODS = {"get", "put", "post", "delete", "patch"}
CASES = int(os.environ.get("SCHEMA_CASES", "350"))
# The quick way is chance alone. The others try each bound of each field, a few thousand requests.
PHASES = "examples,coverage,fuzzing,stateful" if CASES > 1_000 else "fuzzing"


def operations_of(schema: str) -> int:
    """How many there are, by our own count."""
    answer = requests.get(schema, headers={"Accept": "application/vnd.oai.openapi+json"}, timeout=60)
    paths: dict[str, dict[str, Any]] = answer.json()["paths"]
    return sum(len(METHODS & path.keys()) for path in paths.values())


def test_each_answer_is_one_that_the_schema_describes(product: Product, tmp_path: Path) -> None:
    made = product.manage("token", "fumi")
    token = next(word for word in made.stdout.split() if word.startswith("sa_"))
    schema = f"{product.url}/api/social/v1/schema/"
    operations = operations_of(schema)
    report = tmp_path / "report.json"
    subprocess.run(
        [
            *(str(Path(sys.executable).with_name("st")), "--config-file", str(HERE / "schemathesis.toml")),
            *("run", schema, "--header", f"Authorization: Bearer {token}"),
            *("--checks", "all", "--phases", PHASES, "--max-examples", str(max(CASES // operations, 1))),
            *("--seed", "15", "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all"),
            *("--report", "json", "--report-json-path", str(report)),
        ],
        cwd=tmp_path,
        check=False,
    )
    found: dict[str, Any] = json.loads(report.read_text())
    assert (found["failures"], found["errors"]) == ([], [])
    assert (found["operations"]["tested"], found["operations"]["total"]) == (operations, operations)
    assert found["test_cases"]["generated"] >= CASES / 2

"""Which version this is: one word, in the changelog, on the command line and in the API."""

import json
import subprocess
import sys

import pytest
from rest_framework.test import APIClient

import socialapp
from config.env import CHECKOUT


@pytest.mark.parametrize("words", ["version", "--version"])
def test_the_command_line_tells_the_version_of_the_product_without_a_database(words: str) -> None:
    manage = [sys.executable, str(CHECKOUT / "manage.py"), words]
    said = subprocess.run(manage, env={}, capture_output=True, text=True, check=True)
    assert said.stdout == f"socialapp {socialapp.__version__}\n"


def test_the_newest_version_of_the_changelog_is_this_one() -> None:
    lines = (CHECKOUT / "CHANGELOG.md").read_text().splitlines()
    assert next(line for line in lines if line.startswith("## ")).startswith(f"## {socialapp.__version__}")


@pytest.mark.django_db
def test_the_schema_of_the_api_tells_the_version() -> None:
    schema = json.loads(APIClient().get("/api/social/v1/schema/", headers={"Accept": "application/json"}).content)
    assert schema["info"]["version"] == socialapp.__version__

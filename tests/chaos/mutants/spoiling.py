"""How a mutant changes the product's SQL, and its database."""

import json
import os
import re
from pathlib import Path

import psycopg2


def swapped(text: str, old: str, new: str) -> str:
    """With `old`, which must be there, replaced, however its words are spaced and broken into lines."""
    spoiled, count = re.subn(r"\s+".join(map(re.escape, old.split())), lambda _: new, text)
    if not count:
        raise AssertionError(f"The product no longer says {old!r}: this mutant is to be written anew.")
    return spoiled


def execute(statement: str) -> None:
    """In the product's database, one process after the other: IF NOT EXISTS alone fails where two create at once."""
    urls = json.loads((Path(os.environ["SOCIALAPP_DATA"]) / "embedded.json").read_text())
    connection = psycopg2.connect(urls["DATABASE_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('mutants'))")
            cursor.execute(statement)
    finally:
        connection.close()

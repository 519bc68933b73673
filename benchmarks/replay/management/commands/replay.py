"""manage.py replay FILE: real reactions of a real network, through the API, and what became of them."""

import asyncio
import ssl
import time
from argparse import ArgumentTypeError
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from tqdm import tqdm

from benchmarks.replay.cast import make_cast
from benchmarks.replay.sender import Sent, send
from benchmarks.replay.trace import BadTrace, read_trace

DELIVERY_PATIENCE_S = 120


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("must be 1 or more")
    return number


class Command(BaseCommand):
    help = (
        "Sends the reactions of a trace (lines of ACTOR TARGET UNIX_SECONDS KIND, as in the Higgs Twitter data set of "
        "SNAP) through the HTTP API of the running product, and prints what became of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--rate", type=float, default=0, help="reactions a second; as fast as it goes unless told")
        parser.add_argument("--limit", type=_positive, help="only the first so many")
        parser.add_argument("--connections", type=_positive, default=16, help="at once (default: 16)")
        parser.add_argument("--retries", type=int, default=0, help="send what failed again, up to so many times")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help=f"default: {settings.PUBLIC_URL}")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            events = read_trace(options["file"], options["limit"])
        except FileNotFoundError as error:
            raise CommandError(
                f"{options['file']} is not there. The trace is the Higgs Twitter data set of SNAP (Stanford)."
            ) from error
        except (BadTrace, OSError) as error:
            raise CommandError(str(error)) from error
        url = options["url"].rstrip("/")
        if not _answers(url):
            raise CommandError(f"Nobody answers at {url}. Start bin/up, or say with --url where the product is.")
        self.stdout.write(f"{len(events):,} reactions. Making their people and posts …")
        cast = make_cast(events)
        begun = _now()
        # Not needed while sending; and what replays faults outlives its database.
        connection.close()
        with tqdm(total=len(events), unit=" reactions", disable=None) as bar:
            sent = asyncio.run(
                send(
                    events,
                    cast,
                    url=url,
                    rate=options["rate"],
                    connections=options["connections"],
                    retries=options["retries"],
                    progress=bar.update,
                )
            )
        self._tell(sent)
        self._tell_delivery(begun)

    def _tell(self, sent: Sent) -> None:
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in sent.refused.most_common())
        self._line("accepted", f"{sent.accepted:,}")
        self._line("refused", f"{sent.refused.total():,}" + (f"  ({reasons})" if reasons else ""))
        self._line("requests/s", f"{sent.accepted / sent.seconds:,.0f}")
        self._line("request", _percentiles_ms(sent.latencies_s))

    def _tell_delivery(self, begun: datetime) -> None:
        if not _wait_until_delivered():
            self._line("inbox", f"messages still wait after {DELIVERY_PATIENCE_S} s: is a worker running?")
            return
        self._line("to the inbox", _percentiles_ms(_delivery_seconds(begun)))

    def _line(self, name: str, value: str) -> None:
        self.stdout.write(f"{name:>14}  {value}")


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/healthz", timeout=10) as answer:
            return bool(answer.status == 200)
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise CommandError(
                f"The certificate of {url} is not one that this machine trusts ({error.reason.verify_message}). "
                "Name the one that signed it: SSL_CERT_FILE=/path/to/ca.pem."
            ) from error
        return False
    except (OSError, ValueError):
        return False


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]


def _wait_until_delivered() -> bool:
    """Whether all that waits was handled (what was set aside does not wait)."""
    deadline = time.monotonic() + DELIVERY_PATIENCE_S
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT EXISTS (SELECT FROM messaging_outbox WHERE dead_lettered_at IS NULL)")
            if not cursor.fetchone()[0]:
                return True
            time.sleep(0.1)
    return False


def _delivery_seconds(begun: datetime) -> list[float]:
    """From a reaction's time, taken in its own statement, to the commit that put it into the inbox."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW track_commit_timestamp")
        # A server that does not keep the times of commits has the time of the row's insertion, milliseconds earlier.
        seen = "pg_xact_commit_timestamp(xmin)" if cursor.fetchone()[0] == "on" else "delivered_at"
        cursor.execute(
            f"SELECT extract(epoch FROM {seen} - at)::float FROM notifications_groupmember WHERE at >= %s",
            [begun],
        )
        return [seconds for (seconds,) in cursor.fetchall()]


def _percentiles_ms(seconds: Sequence[float]) -> str:
    if not seconds:
        return "nothing to measure"
    ordered = sorted(seconds)
    p50, p99 = (ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1_000 for part in (0.50, 0.99))
    return f"p50 {p50:,.1f} ms, p99 {p99:,.1f} ms"

"""The textbook and, on the same tables, the synchronous way."""

import json
import secrets
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.systems.running import PEOPLE
from benchmarks.systems.sandbox import Yard, Yardstick, yard
from benchmarks.systems.system import Request
from benchmarks.systems.warm import warm_up
from bin.runtime.processes import WEB_PROCESSES
from config.channels import CORES
from socialapp.web import WEB_THREADS
from tests.product import free_port

TEXTBOOK = "benchmarks.baselines.textbook"
SYNCHRONOUS = "benchmarks.baselines.synchronous"
SEED = f"""
INSERT INTO auth_user
    (username, password, first_name, last_name, email, is_staff, is_superuser, is_active, date_joined)
SELECT 'p' || n, '!', '', '', '', false, false, true, now() FROM generate_series(1, {PEOPLE}) AS n;
INSERT INTO authtoken_token (key, user_id, created) SELECT lpad(id::text, 40, '0'), id, now() FROM auth_user;
INSERT INTO textbook_post (author_id, body, created_at)
SELECT id, 'Good morning!', now() FROM auth_user ORDER BY id;
"""
# Gunicorn ends a connection that was idle for 2 s unless told, and a client may be sending just then.
GUNICORN = [
    *("--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)),
    *("--keep-alive", "75", "--log-level", "warning", "--no-control-socket"),
]


class Textbook(Yardstick):
    """Either of them."""

    PEOPLE_AND_POSTS = "SELECT author_id, id FROM textbook_post ORDER BY id"
    INBOX_ROWS = "SELECT count(*) FROM textbook_notification"
    LATENCIES = """
        SELECT extract(epoch FROM pg_xact_commit_timestamp(told.xmin) - pg_xact_commit_timestamp(liked.xmin))::float
        FROM textbook_like AS liked JOIN textbook_post AS post ON post.id = liked.post_id
        JOIN textbook_notification AS told ON told.recipient_id = post.author_id AND told.actor_id = liked.user_id
         AND told.verb = 'like' AND told.post_id = liked.post_id
        WHERE liked.created_at >= to_timestamp(%s)
    """

    def like(self, person: int, post: int) -> Request:
        headers = {"Authorization": f"Token {person:040}", "Content-Type": "application/json"}
        return Request("POST", "/api/likes/", headers, json.dumps({"post": post}).encode())

    def prepare(self, settings: str) -> None:
        """Tables, people, tokens, posts."""
        self.place.environment |= {"TEXTBOOK_SECRET_KEY": secrets.token_urlsafe(50)}
        self.place.migrate(settings)
        self.ask(SEED)
        self.ask("VACUUM ANALYZE")
        self.read_people()

    def serve(self, application: str) -> None:
        """By gunicorn."""
        self.start_web("gunicorn", "--bind", f"127.0.0.1:{self.port}", *GUNICORN, application)


class Synchronous(Textbook):
    """The synchronous one. `service_answers_after` sets how long its service takes."""

    def __init__(self, name: str, place: Yard) -> None:
        super().__init__(name, place)
        self.service_url = f"http://127.0.0.1:{free_port()}"

    def service_answers_after(self, seconds: float) -> None:
        """From now on."""
        address, body = f"{self.service_url}/answers-after", str(seconds).encode()
        urllib.request.urlopen(urllib.request.Request(address, data=body, method="PUT")).close()


@contextmanager
def textbook(*, kept: bool = True, workers: int | None = None) -> Iterator[Textbook]:
    """Warm. `kept`: connections to PostgreSQL outlive requests and tasks, which by default they do not."""
    with yard() as place:
        stack = Textbook("textbook, connections kept" if kept else "textbook", place)
        place.environment |= {"TEXTBOOK_CONNECTIONS": "kept" if kept else "as they come"}
        stack.prepare(f"{TEXTBOOK}.settings")
        stack.serve(f"{TEXTBOOK}.wsgi:application")
        place.start(
            "worker",
            *("celery", "-A", TEXTBOOK, "worker", "--concurrency", str(workers or max(2, CORES))),
            *("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"),
        )
        warm_up(stack)
        yield stack


@contextmanager
def synchronous(*, answers_after_s: float = 0.0) -> Iterator[Synchronous]:
    """Warm. Its connections are kept."""
    with yard() as place:
        stack = Synchronous("synchronous", place)
        place.environment |= {
            "TEXTBOOK_CONNECTIONS": "kept",
            "NOTIFICATION_SERVICE_URL": f"{stack.service_url}/notifications",
        }
        stack.prepare(f"{SYNCHRONOUS}.settings")
        place.start("service", f"{SYNCHRONOUS}.service", "--port", stack.service_url.rpartition(":")[2])
        stack.serve(f"{SYNCHRONOUS}.wsgi:application")
        warm_up(stack)
        stack.service_answers_after(answers_after_s)
        yield stack

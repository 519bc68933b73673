"""Processor time of what people look at: pages in a browser that is logged in, and the same by the API."""

from collections.abc import Iterator
from itertools import repeat

from benchmarks.bench import CorrectnessError, Figure, Progress, Result, Settings
from benchmarks.channels import shell
from benchmarks.database.seed import READER, Range, grow
from benchmarks.http.trial import QUICK_S
from benchmarks.load import offer
from benchmarks.meter import OUTSIDE, Meter
from benchmarks.percentiles import middle
from benchmarks.systems.product import Socialapp, socialapp
from benchmarks.systems.system import Request

ROWS, ROWS_QUICK = 100_000, 3_000
RATE, SECONDS = 10.0, 15.0
API = "/api/social/v1"
PARTS = ("web", "postgres")
# Reader follows two hundred people, and has a notification of each post.
SESSION = f"""
from django.test import Client
from socialapp.users.models import Person
browser = Client()
browser.force_login(Person.objects.get(pk={READER}), "allauth.account.auth_backends.AuthenticationBackend")
print("SESSION", json.dumps(browser.cookies["sessionid"].value))
"""
A_POST = "SELECT id FROM posts_post WHERE author_id > 1000000 ORDER BY id DESC LIMIT 1 OFFSET 500"

Cost = dict[str, float]  # ms of each part


class Pages:
    """One after the other, each at the same low rate."""

    name = "pages"
    what = f"processor time of a page, and of the same by the API, {RATE:.0f} a second of each"

    def run(self, settings: Settings, progress: Progress) -> Result:
        seconds = QUICK_S if settings.quick else SECONDS
        progress.step("starting", 0.0)
        with socialapp() as stack:  # of its own: it grows
            grow(stack.database_url, Range(1, ROWS_QUICK if settings.quick else ROWS))
            requests = _requests(stack)
            found: dict[str, list[Cost]] = {name: [] for name in requests}
            for turn in range(settings.rounds + 1):  # the first one warms up
                for name, request in requests.items():
                    progress.step(name, 0.1 + 0.9 * turn / (settings.rounds + 1))
                    found[name].append(_measure(stack, request, seconds))
        for costs in found.values():
            del costs[0]
        return Result(list(_figures(found)), {"rate": RATE, "ms": found})


def _requests(stack: Socialapp) -> dict[str, Request]:
    session = {"Cookie": f"sessionid={shell(stack.product, SESSION, 'SESSION')}"}
    token = {"Authorization": "Bearer sa_reader"}
    ((post,),) = stack.ask(A_POST)
    pages = {"home": "/", "post": f"/posts/{post}/", "inbox": "/inbox/", "profile": "/@m2/"}
    calls = {
        "home": "/feed/", "post": f"/posts/{post}/", "inbox": "/notifications/", "profile": "/people/m2/",
    }  # fmt: skip
    strangers = {"public feed": "/public/", "post": f"/posts/{post}/"}
    return {
        **{f"page, {name}": Request("GET", path, session) for name, path in pages.items()},
        **{f"page, {name}, without an account": Request("GET", path) for name, path in strangers.items()},
        **{f"API, {name}": Request("GET", f"{API}{path}", token) for name, path in calls.items()},
    }


def _measure(stack: Socialapp, request: Request, seconds: float) -> Cost:
    """Milliseconds of each part for each answer. Raises CorrectnessError when one was not 200."""
    number = round(RATE * seconds)
    with Meter(stack.processes) as meter:
        offered = offer(stack.url, repeat(request, number), rate=RATE)
    if set(offered.outcomes) != {200}:
        raise CorrectnessError(f"GET {request.path} was answered {offered.errors}.")
    usage = {group: used for group, used in meter.usage().items() if group not in OUTSIDE}
    return {part: 1_000 * usage[part].cpu_s / number for part in PARTS}


def _figures(found: dict[str, list[Cost]]) -> Iterator[Figure]:
    for name, costs in found.items():
        value, spread = middle([sum(cost.values()) for cost in costs])
        parts = ", ".join(f"{part} {middle([cost[part] for cost in costs])[0]:.1f}" for part in PARTS)
        yield Figure(f"{name}: processor time", value, "ms", "", None, spread, parts)

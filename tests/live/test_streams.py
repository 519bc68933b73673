"""Streams: what is told, to whom, from where on, and until when. A real process, real sockets."""

import http.client
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import connection

from notifications.inbox import reading
from notifications.live import hub as hubs
from notifications.live import stream as streams
from reactions import operations as reactions
from socialapp.follows.operations import follow
from socialapp.messaging import dispatch, live_updates
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, publish_post
from socialapp.users.models import Person, Token
from socialapp.users.operations import log_out_everywhere, revoke_access
from tests.live.conftest import Listener, Process, cookie_of
from tests.people import PASSWORD
from tests.security.test_lasting_access import reset

Listen = Callable[..., Listener]
Deliver = Callable[[], int]


def test_a_reaction_is_sent_with_the_badge_and_the_entry(
    listen: Listen, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    ada_hears = listen(ada)
    assert ada_hears.next().name == "hello"
    reactions.like(post_id=post.pk, person_id=bob.pk)
    deliver()
    told = ada_hears.next("inbox")
    assert told.data["unread"] == 1
    (entry,) = told.data["entries"]
    assert (entry["kind"], entry["post"], entry["count"], entry["unread"]) == ("like", post.pk, 1, True)
    assert entry["people"] == [{"username": "bob", "name": "Bob"}]
    assert told.id.startswith("1.0.")


def test_what_is_read_in_one_browser_is_read_in_the_other(
    listen: Listen, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    reactions.like(post_id=post.pk, person_id=bob.pk)
    deliver()
    other = listen(ada, cookie=True)
    assert other.next("hello").data["unread"] == 1
    reading.mark_all_read(person_id=ada.pk)
    assert other.next("inbox").data == {"unread": 0}
    reading.undo_mark_all_read(person_id=ada.pk)
    assert other.next("inbox").data == {"unread": 1}


def test_a_new_post_is_sent_to_its_followers_and_to_its_author(
    listen: Listen, ada: Person, bob: Person, charlie: Person, deliver: Deliver
) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    deliver()
    hears = {person: listen(person, cookie=True) for person in (ada, bob, charlie)}
    for each in hears.values():
        each.next("hello")
    made = publish_post(author=ada, body="Good morning!")[0]
    deliver()
    assert hears[bob].next("posts").data["posts"][0]["id"] == made.pk
    assert hears[bob].next("inbox").data == {"unread": 1}
    assert hears[ada].next("posts").data["posts"][0]["id"] == made.pk
    reactions.like(post_id=made.pk, person_id=charlie.pk)
    # The next that the stranger hears is a heartbeat or nothing: no post came before what comes now.
    follow(follower_id=ada.pk, followee_id=charlie.pk)
    deliver()
    assert hears[charlie].next().name == "inbox"


def test_counts_of_what_is_on_the_screen_move_and_others_do_not(
    listen: Listen, live: Process, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    other = publish_post(author=ada, body="Another")[0]
    bob_hears = listen(bob, f"?posts={post.pk}", cookie=True)
    stream = bob_hears.next("hello").data["stream"]
    # Also what it was when they came: their page may be older.
    assert bob_hears.next("counts").data == {str(post.pk): {"likes": 0, "shares": 0, "comments": 0}}
    reactions.like(post_id=post.pk, person_id=bob.pk)
    reactions.like(post_id=other.pk, person_id=bob.pk)
    deliver()
    assert bob_hears.next("counts").data == {str(post.pk): {"likes": 1, "shares": 0, "comments": 0}}
    watch(live, stream, [other.pk])
    assert bob_hears.next("counts").data == {str(other.pk): {"likes": 1, "shares": 0, "comments": 0}}


def test_what_one_does_to_ones_own_post_moves_its_count(listen: Listen, ada: Person, bob: Person, post: Post) -> None:
    bob_hears = listen(bob, f"?posts={post.pk}", cookie=True)
    bob_hears.next("counts")
    reactions.like(post_id=post.pk, person_id=ada.pk)
    assert bob_hears.next("counts").data[str(post.pk)]["likes"] == 1
    made, _ = reactions.comment(post_id=post.pk, author=ada, body="And good night.")
    assert bob_hears.next("counts").data[str(post.pk)]["comments"] == 1
    delete_post(post_id=made.pk, by=ada)
    assert bob_hears.next("counts").data[str(post.pk)]["comments"] == 0


@pytest.mark.parametrize("by_header", [True, False], ids=["Last-Event-ID", "after"])
def test_who_comes_back_is_sent_what_was_missed(
    listen: Listen, ada: Person, bob: Person, post: Post, deliver: Deliver, *, by_header: bool
) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    first = listen(ada)
    place = first.next("hello").id
    first.close()
    reactions.like(post_id=post.pk, person_id=bob.pk)
    reactions.share(post_id=post.pk, person_id=bob.pk)
    missed = publish_post(author=bob, body="While you were away")[0]
    deliver()
    again = listen(ada, "" if by_header else f"?after={place}", **({"Last_Event_ID": place} if by_header else {}))
    assert again.next("hello").data["unread"] == 3
    assert missed.pk in [post["id"] for post in again.next("posts").data["posts"]]
    assert [entry["kind"] for entry in again.next("inbox").data["entries"]] == ["share", "like"]


def test_who_missed_more_than_is_told_one_by_one_is_to_read_all_anew(
    listen: Listen, ada: Person, bob: Person, deliver: Deliver
) -> None:
    first = listen(ada)
    place = first.next("hello").id
    first.close()
    for number in range(21):
        reactions.like(post_id=publish_post(author=ada, body=f"{number}")[0].pk, person_id=bob.pk)
    deliver()
    again = listen(ada, f"?after={place}")
    again.next("hello")
    assert again.next().name == "resync"


def test_a_place_that_is_none_of_ours_starts_from_now(listen: Listen, ada: Person) -> None:
    for place in ("", "x", "1.2", "1.2.3.4", "9" * 40 + ".1.1", "%00"):
        assert listen(ada, f"?after={place}").next().name == "hello"


def test_without_redis_the_rows_themselves_are_looked_at(
    new_process: Callable[..., Process], listen: Listen, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    deaf = new_process(hears=False)
    follow(follower_id=ada.pk, followee_id=bob.pk)
    deliver()
    ada_hears = listen(ada, to=deaf)
    ada_hears.next("hello")
    reactions.like(post_id=post.pk, person_id=bob.pk)
    made = publish_post(author=bob, body="Can you hear me?")[0]
    deliver()
    told: dict[str, Any] = {}
    while "posts" not in told or told.get("inbox", {}).get("unread") != 2:
        event = ada_hears.next("inbox", "posts")
        told[event.name] = event.data
    assert told["posts"]["posts"][0]["id"] == made.pk


def test_a_database_that_breaks_off_costs_seconds_and_no_news(
    listen: Listen, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    ada_hears = listen(ada)
    ada_hears.next("hello")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    reactions.like(post_id=post.pk, person_id=bob.pk)
    deliver()
    assert [entry["kind"] for entry in ada_hears.next("inbox").data["entries"]] == ["like"]


def test_a_badge_that_no_number_tells_of_comes_right(
    listen: Listen, ada: Person, bob: Person, post: Post, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An author deletes their post: nobody's inbox changes, and yet what they read does."""
    monkeypatch.setattr(hubs, "CHECKS_PER_ROUND", 1)
    reactions.like(post_id=post.pk, person_id=bob.pk)
    deliver()
    ada_hears = listen(ada, cookie=True)
    assert ada_hears.next("hello").data["unread"] == 1
    delete_post(post_id=post.pk, by=ada)
    assert ada_hears.next("inbox").data == {"unread": 0}


@pytest.mark.parametrize("how", ["logged out", "revoked", "suspended", "password", "token and password", "everywhere"])
def test_what_opens_nothing_any_more_ends_the_stream(listen: Listen, ada: Person, how: str) -> None:
    ada_hears = listen(ada, cookie=how not in {"revoked", "token and password"})
    ada_hears.next("hello")
    if how == "logged out":
        Session.objects.all().delete()
    elif how == "revoked":
        Token.objects.all().delete()
    elif how == "token and password":
        revoke_access(person=ada)
    elif how == "everywhere":
        log_out_everywhere(person=ada)
    elif how == "suspended":
        Person.objects.filter(pk=ada.pk).update(suspended_at="2026-01-01T00:00Z")
    else:
        ada.set_password("another")
        ada.save()
    assert ada_hears.next("bye").data == {"why": "signed out", "again": None}
    with pytest.raises(AssertionError, match="ended"):
        ada_hears.next()


@pytest.mark.parametrize("by_token", [True, False], ids=["token", "session"])
def test_a_password_that_is_reset_by_mail_ends_the_stream(listen: Listen, ada: Person, *, by_token: bool) -> None:
    ada.set_password(PASSWORD)
    ada.save()
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    ada_hears = listen(ada, cookie=not by_token)
    ada_hears.next("hello")
    reset(ada.email)
    assert ada_hears.next("bye").data == {"why": "signed out", "again": None}
    with pytest.raises(AssertionError, match="ended"):
        ada_hears.next()


def test_a_token_that_is_kept_outlives_a_new_password(listen: Listen, live: Process, ada: Person) -> None:
    ada_hears = listen(ada)
    ada_hears.next("hello")
    ada.set_password("another")
    ada.save()
    time.sleep(hubs.CHECK_S + 1)
    assert live.hub.streams_of(ada.pk) == 1


def test_a_process_that_stops_says_goodbye_and_when_to_come_back(
    new_process: Callable[..., Process], listen: Listen, ada: Person
) -> None:
    process = new_process()
    ada_hears = listen(ada, to=process)
    ada_hears.next("hello")
    begun = time.monotonic()
    process.stop()
    goodbye = ada_hears.next("bye").data
    assert goodbye["why"] == "restart"
    assert 200 <= goodbye["again"] <= 1_200
    process.join()
    assert time.monotonic() - begun < streams.HEARTBEAT_S


def test_a_stream_that_has_lived_long_ends_and_comes_back(
    listen: Listen, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LIFE_S", (0.1, 0.2))
    ada_hears = listen(ada)
    ada_hears.next("hello")
    assert ada_hears.next("bye").data["why"] == "age"


def test_a_heartbeat_says_that_it_is_alive_and_up_to_when_all_is_notified(
    listen: Listen, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "HEARTBEAT_S", 0.1)
    ada_hears = listen(ada)
    place = ada_hears.next("hello").id
    assert ada_hears.next("beat").data == {}
    time.sleep(hubs.CHECK_S + 1)
    assert int(ada_hears.next("beat").id.split(".")[2]) >= int(place.split(".")[2])


def test_one_person_has_so_many_streams_and_no_more(
    listen: Listen, live: Process, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.live.app.STREAMS_PER_PERSON", 2)
    mine = [listen(ada) for _ in range(2)]
    for each in mine:
        each.next("hello")
    third = listen(ada)
    assert (third.status, third.answer.headers["Retry-After"]) == (429, "60")
    assert "Close one first" in third.problem()
    assert listen(bob).status == 200
    mine[0].close()
    deadline = time.monotonic() + 5
    while live.hub.streams_of(ada.pk) == 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert listen(ada).status == 200


def test_a_full_process_sends_people_elsewhere(
    new_process: Callable[..., Process], listen: Listen, ada: Person, bob: Person
) -> None:
    full = new_process(most_streams=1)
    listen(ada, to=full).next("hello")
    assert listen(bob, to=full).status == 503


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer sa_nonsense"},
        {"Authorization": "Bearer \xff"},
        {"Cookie": "sessionid=nonsense"},
        {"Cookie": "sessionid="},
        {"Cookie": "=;;sessionid"},
    ],
)
def test_who_is_nobody_is_asked_to_log_in(listen: Listen, headers: dict[str, str]) -> None:
    refused = listen(None, **headers)
    assert (refused.status, refused.answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def test_the_odd_cookie_of_another_program_hides_nothing(listen: Listen, ada: Person) -> None:
    odd = listen(None, Cookie=f'theme={{"dark": 1}}; {cookie_of(ada)}')
    assert odd.next().name == "hello"


def test_a_cookie_that_the_database_cannot_read_troubles_nobody_else(listen: Listen) -> None:
    assert listen(None, Cookie='sessionid="\\000"').status == 401


def test_what_is_no_address_is_refused(listen: Listen, ada: Person) -> None:
    assert listen(ada, Origin="http://[").status == 403
    assert listen(ada, "?" + "a=1&" * 30).status == 400


def test_pages_of_other_sites_may_not_listen(listen: Listen, live: Process, ada: Person) -> None:
    assert listen(ada, cookie=True, Origin="https://evil.example").status == 403
    own = listen(ada, cookie=True, Origin="http://127.0.0.1:8000")
    assert own.answer.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:8000"


def test_a_listener_who_does_not_read_costs_no_memory_and_is_cut(
    listen: Listen, live: Process, ada: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PATIENCE_S", 0.2)
    listen(ada, f"?posts={post.pk}", cookie=True).next("hello")
    (stream,) = live.hub.streams
    # Far more than the sockets' buffers hold.
    huge = {"likes": 10**1_000}
    deadline = time.monotonic() + 30
    while live.hub.streams and time.monotonic() < deadline:
        for number in range(100):
            stream.counts[number] = huge
        live.call(stream.flush)
        time.sleep(0.01)
    assert not live.hub.streams


def watch(live: Process, stream: str, posts: list[int]) -> tuple[int, Any]:
    """Tell the process what is on the screen."""
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    connection.request("POST", "/live/watch/", json.dumps({"stream": stream, "posts": posts}))
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def test_watching_needs_the_streams_own_id(live: Process, listen: Listen, ada: Person) -> None:
    stream = listen(ada).next("hello").data["stream"]
    assert watch(live, stream, [1, 2]) == (200, {"watched": 2})
    assert watch(live, "another", [1, 2])[0] == 404


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"stream": 1}', '{"stream": "a", "posts": 7}', "[" * 9_000])
def test_rubbish_is_a_problem(live: Process, body: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    connection.request("POST", "/live/watch/", body)
    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/live/", 405), ("GET", "/live/watch/", 405), ("GET", "/live/healthz", 200)],
)
def test_other_requests(live: Process, method: str, path: str, status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    connection.request(method, path)
    assert connection.getresponse().status == status
    connection.close()


def test_a_wake_up_that_cannot_be_read_wakes_nobody(live: Process, listen: Listen, ada: Person) -> None:
    hears = listen(ada)
    hears.next("hello")
    for rubbish in (b"\xff", b"[]", b"nonsense", b'{"people": 7}', b'{"posts": [[1]]}', b'{"people": [null]}'):
        dispatch.redis_client().publish(live_updates.CHANNEL, rubbish)
    reading.mark_all_read(person_id=ada.pk)
    assert hears.next("inbox").data["unread"] == 0
    # It still listens.
    assert dispatch.redis_client().publish(live_updates.CHANNEL, "{}") == 1


def test_whoever_asks_again_and_again_is_answered_the_same(
    api_of: Callable[[Person], Any], ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    api, route = api_of(ada), "/api/social/v1/notifications/news/"
    first = api.get(route).json()
    assert (first["unread"], first["posts"], first["counts"]) == (0, [], {})
    reactions.like(post_id=post.pk, person_id=bob.pk)
    made = publish_post(author=bob, body="News")[0]
    deliver()
    news = api.get(route, {"after": first["cursor"], "posts": f"{post.pk},{made.pk}", "entries": "true"}).json()
    assert news["unread"] == 2
    # What is younger than a slow commit may be told twice; never not at all.
    assert news["posts"][0]["id"] == made.pk
    assert news["counts"][str(post.pk)] == {"likes": 1, "shares": 0, "comments": 0}
    assert [entry["kind"] for entry in news["entries"]] == ["like"]
    for rubbish in ({"posts": "x"}, {"posts": "1," * 2_000}, {"after": "\0"}, {"after": "x" * 61}):
        assert api.get(route, rubbish).status_code == 400

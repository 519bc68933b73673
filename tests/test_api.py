"""The API as its clients meet it: every route, what it answers, what it costs, and what it does with rubbish."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from socialapp.posts.models import Post
from socialapp.users.models import Person, Token

ApiOf = Callable[[Person | None], APIClient]
V1 = "/api/social/v1/"


@pytest.fixture
def ada_api(api_of: ApiOf, ada: Person) -> APIClient:
    """Ada's program."""
    return api_of(ada)


@pytest.fixture
def bob_api(api_of: ApiOf, bob: Person) -> APIClient:
    """Bob's program."""
    return api_of(bob)


@pytest.fixture
def anybody(api_of: ApiOf) -> APIClient:
    """A program without a token."""
    return api_of(None)


def problem_of(response: Any) -> tuple[int, str]:
    """(status, detail), of what must be a problem by RFC 9457."""
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert {"type", "title", "detail"} <= set(body)
    return response.status_code, body["detail"]


def test_a_post_is_made_read_edited_and_deleted(ada_api: APIClient, anybody: APIClient) -> None:
    made = ada_api.post(V1 + "posts/", {"body": "Good morning!\r\nAll of you."})
    assert made.status_code == 201
    post = made.json()
    assert post["body"] == "Good morning!\nAll of you."
    assert post["author"] == {"username": "ada", "name": "Ada", "bio": "", "avatar": None}
    assert (post["likes"], post["shares"], post["comments"], post["liked"], post["shared"]) == (0, 0, 0, False, False)
    route = f"{V1}posts/{post['id']}/"
    assert anybody.get(route).json() == post
    edited = ada_api.patch(route, {"body": "Good evening!"})
    assert (edited.status_code, edited.json()["body"]) == (200, "Good evening!")
    assert edited.json()["edited_at"]
    assert ada_api.delete(route).status_code == 204
    assert problem_of(anybody.get(route))[0] == 404


def test_a_post_sent_twice_with_one_key_is_one_post(ada_api: APIClient) -> None:
    answers = [ada_api.post(V1 + "posts/", {"body": "Once."}, headers={"Idempotency-Key": "morning"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Post.objects.count() == 1


def test_what_is_not_mine_is_not_mine_to_change(bob_api: APIClient, post: Post) -> None:
    route = f"{V1}posts/{post.pk}/"
    assert problem_of(bob_api.patch(route, {"body": "Mine now."})) == (403, "You can only change your own posts.")
    assert problem_of(bob_api.delete(route)) == (403, "You can only change your own posts.")


@pytest.mark.parametrize(("verb", "done", "count"), [("like", "liked", "likes"), ("share", "shared", "shares")])
def test_a_reaction_may_be_sent_again_and_taken_back(
    bob_api: APIClient, post: Post, verb: str, done: str, count: str
) -> None:
    route = f"{V1}posts/{post.pk}/{verb}/"
    assert [(a.status_code, a.json()) for a in (bob_api.put(route), bob_api.put(route))] == [
        (201, {done: True}),
        (200, {done: True}),
    ]
    seen = bob_api.get(f"{V1}posts/{post.pk}/").json()
    assert (seen[done], seen[count]) == (True, 1)
    who = bob_api.get(f"{V1}posts/{post.pk}/{count}/").json()["results"]
    assert [person["username"] for person in who] == ["bob"]
    assert [bob_api.delete(route).status_code for _ in range(2)] == [204, 204]
    assert bob_api.get(f"{V1}posts/{post.pk}/").json()[count] == 0


def test_reacting_to_what_is_gone_is_refused(bob_api: APIClient) -> None:
    for verb in ("like", "share"):
        assert problem_of(bob_api.put(f"{V1}posts/999/{verb}/"))[0] == 404
    assert problem_of(bob_api.post(f"{V1}posts/999/comments/", {"body": "Hello?"}))[0] == 404


def test_comments_and_replies(ada_api: APIClient, bob_api: APIClient, post: Post) -> None:
    route = f"{V1}posts/{post.pk}/comments/"
    first = bob_api.post(route, {"body": "First!"}).json()
    assert (first["reply_to"], first["thread"], first["author"]["username"]) == (post.pk, post.pk, "bob")
    second = bob_api.post(route, {"body": "Second."}).json()
    below = f"{V1}posts/{first['id']}/comments/"
    reply = ada_api.post(below, {"body": "Thanks."}).json()
    assert (reply["reply_to"], reply["thread"]) == (first["id"], post.pk)
    deeper = bob_api.post(f"{V1}posts/{reply['id']}/comments/", {"body": "You are welcome."}).json()
    assert (deeper["reply_to"], deeper["thread"]) == (reply["id"], post.pk)
    assert [c["id"] for c in ada_api.get(route).json()["results"]] == [first["id"], second["id"]]
    assert [c["id"] for c in ada_api.get(below).json()["results"]] == [reply["id"]]
    assert bob_api.get(f"{V1}posts/{first['id']}/").json() == first | {"comments": 1}
    own = f"{V1}posts/{second['id']}/"
    assert bob_api.patch(own, {"body": "Second!"}).json()["body"] == "Second!"
    assert problem_of(ada_api.delete(own))[0] == 403
    assert bob_api.delete(own).status_code == 204
    assert problem_of(bob_api.get(own))[0] == 404
    assert ada_api.get(f"{V1}posts/{post.pk}/").json()["comments"] == 1
    assert ada_api.get(f"{V1}people/bob/").json()["posts"] == 0


def test_a_reply_outlives_what_it_answers(ada_api: APIClient, bob_api: APIClient, post: Post) -> None:
    reply = bob_api.post(f"{V1}posts/{post.pk}/comments/", {"body": "First!"}).json()
    assert ada_api.delete(f"{V1}posts/{post.pk}/").status_code == 204
    assert problem_of(bob_api.get(f"{V1}posts/{post.pk}/comments/"))[0] == 404
    assert bob_api.get(f"{V1}posts/{reply['id']}/").json() == reply


def test_people_are_found_followed_and_read(ada_api: APIClient, bob_api: APIClient, post: Post) -> None:
    found = bob_api.get(V1 + "people/", {"q": "AD"}).json()["results"]
    assert [person["username"] for person in found] == ["ada"]
    assert bob_api.get(V1 + "feed/").json()["results"] == []
    assert [bob_api.put(V1 + "people/Ada/follow/").status_code for _ in range(2)] == [201, 200]
    assert [p["username"] for p in bob_api.get(V1 + "people/ada/followers/").json()["results"]] == ["bob"]
    assert [p["username"] for p in bob_api.get(V1 + "people/bob/following/").json()["results"]] == ["ada"]
    profile = bob_api.get(V1 + "people/ada/").json()
    assert (profile["posts"], profile["followers"], profile["is_followed"]) == (1, 1, True)
    assert [p["id"] for p in bob_api.get(V1 + "feed/").json()["results"]] == [post.pk]
    assert [p["id"] for p in bob_api.get(V1 + "people/ada/posts/").json()["results"]] == [post.pk]
    assert bob_api.delete(V1 + "people/ada/follow/").status_code == 204
    assert bob_api.get(V1 + "feed/").json()["results"] == []
    assert problem_of(bob_api.put(V1 + "people/bob/follow/")) == (400, "You cannot follow yourself.")


def test_a_shared_post_says_who_shared_it(ada_api: APIClient, bob_api: APIClient, post: Post) -> None:
    bob_api.put(f"{V1}posts/{post.pk}/share/")
    (item,) = bob_api.get(V1 + "feed/").json()["results"]
    assert (item["id"], item["shared_by"]["username"]) == (post.pk, "bob")


def test_me(ada_api: APIClient, anybody: APIClient) -> None:
    assert ada_api.get(V1 + "me/").json()["email"] == "ada@example.org"
    changed = ada_api.patch(V1 + "me/", {"bio": "I count."})
    assert (changed.status_code, changed.json()["bio"], changed.json()["name"]) == (200, "I count.", "Ada")
    refused = anybody.get(V1 + "me/")
    assert problem_of(refused)[0] == 401
    assert refused["WWW-Authenticate"] == 'Bearer realm="api"'


def test_the_author_is_notified_and_reads(
    ada_api: APIClient, bob_api: APIClient, post: Post, deliver: Callable[[], int]
) -> None:
    bob_api.put(f"{V1}posts/{post.pk}/like/")
    bob_api.post(f"{V1}posts/{post.pk}/comments/", {"body": "Nice."})
    bob_api.put(V1 + "people/ada/follow/")
    deliver()
    inbox = ada_api.get(V1 + "notifications/").json()["results"]
    assert [(n["kind"], n["post"], n["count"], n["unread"]) for n in inbox] == [
        ("follow", None, 1, True),
        ("comment", post.pk, 1, True),
        ("like", post.pk, 1, True),
    ]
    assert inbox[2]["text"] == "Bob liked your post"
    assert [p["username"] for p in inbox[2]["people"]] == ["bob"]
    assert ada_api.get(V1 + "notifications/unread/").json() == {"count": 3}
    assert ada_api.post(V1 + "notifications/read/", {"ids": [inbox[0]["id"]]}).json() == {"count": 2}
    unread = ada_api.get(V1 + "notifications/", {"unread": "true"}).json()["results"]
    assert [n["kind"] for n in unread] == ["comment", "like"]
    assert ada_api.post(V1 + "notifications/read/", {"all": True}).json() == {"count": 0}
    assert ada_api.post(V1 + "notifications/unread/", {"ids": [inbox[2]["id"]]}).json() == {"count": 1}
    likes = ada_api.get(V1 + "notifications/", {"kind": "like"}).json()["results"]
    assert [n["kind"] for n in likes] == ["like"]


def test_a_program_is_notified_of_new_posts(bob_api: APIClient, ada_api: APIClient, bob: Person) -> None:
    bob_api.put(V1 + "people/ada/follow/")
    made = ada_api.post(V1 + "posts/", {"body": "News!"}).json()
    (entry,) = bob_api.get(V1 + "notifications/").json()["results"]
    assert (entry["kind"], entry["post"], entry["text"]) == ("post", made["id"], "Ada posted")


@pytest.mark.parametrize("body", [{}, {"ids": ["n1"], "all": True}, {"ids": ["x1"]}, {"ids": "n1"}, {"ids": [{}]}])
def test_marking_read_wants_ids_or_all(ada_api: APIClient, body: dict[str, object]) -> None:
    assert problem_of(ada_api.post(V1 + "notifications/read/", body))[0] == 400


def test_pages_follow_each_other_and_back(ada_api: APIClient, anybody: APIClient) -> None:
    made = [ada_api.post(V1 + "posts/", {"body": f"No. {i}"}).json()["id"] for i in range(5)]
    first = anybody.get(V1 + "public/", {"size": 2}).json()
    second = anybody.get(first["next"]).json()
    third = anybody.get(second["next"]).json()
    read = [post["id"] for page in (first, second, third) for post in page["results"]]
    assert read == made[::-1]
    assert (first["previous"], third["next"]) == (None, None)
    assert anybody.get(third["previous"]).json()["results"] == second["results"]
    assert first["next"].startswith("http://127.0.0.1:8000" + V1 + "public/?")


def test_each_route_goes_without_its_slash(ada_api: APIClient, post: Post) -> None:
    assert ada_api.post(V1 + "posts", {"body": "No slash."}).status_code == 201
    assert ada_api.put(f"{V1}posts/{post.pk}/like").status_code == 201
    assert ada_api.get(V1 + "me").status_code == 200


def test_a_session_may_use_the_api(ada: Person, post: Post) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada, "allauth.account.auth_backends.AuthenticationBackend")
    assert browser.get(V1 + "me/").json()["username"] == "ada"
    assert problem_of(browser.put(f"{V1}posts/{post.pk}/like/"))[0] == 403


def test_a_revoked_token_opens_nothing(ada_api: APIClient) -> None:
    Token.objects.all().delete()
    assert problem_of(ada_api.get(V1 + "me/"))[0] == 401


RUBBISH = [
    ("post", "posts/", b"[" * 60_000),
    ("post", "posts/", b'{"body":' * 7_000),
    ("post", "posts/", b"\xff\xfe"),
    ("post", "posts/", b'"text"'),
    ("post", "posts/", b"[1]"),
    ("post", "posts/", b"{}"),
    ("post", "posts/", b'{"body": null}'),
    ("post", "posts/", b'{"body": "   "}'),
    ("post", "posts/", b'{"body": {"a": 1}}'),
    ("post", "posts/", b'{"body": "a\\u0000b"}'),
    ("post", "posts/", b'{"body": "a\\ud800b"}'),
    ("post", "posts/", b'{"body": NaN}'),
    ("patch", "me/", b'{"name": "a\\u0000b"}'),
    ("patch", "me/", b'{"bio": "a\\ud800b"}'),
    ("post", "notifications/read/", b'{"ids": ["n99999999999999999999"]}'),
    ("post", "posts/", b'{"body": "' + b"x" * 5_000 + b'\\u0091"}'),
    ("post", "posts/", b'{"body": 7}'),
    ("post", "posts/", b'{"body": "x", "pictures": [{"id": "1"}]}'),
    ("post", "posts/", b'{"body": "x", "pictures": {}}'),
    ("post", "posts/", b'{"body": "x", "pictures": [[]]}'),
    ("patch", "me/", b'{"bio": 1.5}'),
    ("post", "notifications/read/", b'{"all": "1"}'),
    ("post", "notifications/read/", b'{"all": 1}'),
    ("post", "notifications/mutes/", b'{"post": "1"}'),
    ("post", "notifications/mutes/", b'{"post": true}'),
    ("post", "notifications/mutes/", b'{"person": "not a name"}'),
    ("post", "notifications/mutes/", b'{"person": "ada", "until": "2026-03-01T08:00"}'),
    ("patch", "notifications/schedule/", b'{"digest_at": "8"}'),
    ("patch", "notifications/schedule/", b'{"digest_at": "08:00Z"}'),
    ("patch", "notifications/schedule/", b'{"digest_at": 8}'),
    ("get", "public/?size=", b""),
    ("get", "public/?size=1.0", b""),
    ("get", "public/?size=%2B1", b""),
    ("get", "notifications/?kind=", b""),
    ("get", "notifications/?unread=", b""),
    ("get", "notifications/?unread=1", b""),
    ("get", "notifications/news/?entries=yes", b""),
    ("get", "notifications/why/?actor=ada&kind=like&post=", b""),
    ("get", "people/?q=%00", b""),
    ("get", "people/?q=%ED%A0%80%00", b""),
    ("get", "people/?cursor=%00", b""),
    ("get", "search/posts/?q=%00", b""),
    ("get", "search/posts/?q=" + "x" * 10_000, b""),
    ("get", "search/posts/?q=fog&cursor=nonsense", b""),
    ("get", "search/tags/?q=%00", b""),
    ("get", "tags/fog/?cursor=nonsense", b""),
    ("get", "bookmarks/?size=0", b""),
    ("get", "public/?cursor=nonsense", b""),
    ("get", "public/?cursor=WyI%2BIiwxZTQwMF0", b""),
    ("get", "public/?size=0", b""),
    ("get", "public/?size=1000000", b""),
    ("get", "notifications/?kind=%00", b""),
    ("get", "notifications/?unread=perhaps", b""),
]


@pytest.mark.parametrize(("method", "route", "body"), RUBBISH)
def test_rubbish_is_a_clear_400(ada_api: APIClient, method: str, route: str, body: bytes) -> None:
    status, detail = problem_of(ada_api.generic(method.upper(), V1 + route, body, content_type="application/json"))  # type: ignore[arg-type]
    assert status == 400
    assert detail


@pytest.mark.parametrize(
    "route", ["people/%00/", "people/a-b/", "posts/99999999999999999999/", "posts/x/", "nothing/", ""]
)
def test_what_is_no_route_is_a_404(anybody: APIClient, route: str) -> None:
    assert problem_of(anybody.get(V1 + route))[0] == 404


def test_other_failures_are_problems_too(ada_api: APIClient, post: Post) -> None:
    assert problem_of(ada_api.post(f"{V1}posts/{post.pk}/like/"))[0] == 405
    assert problem_of(ada_api.post(V1 + "posts/", b"a=1", content_type="text/csv"))[0] == 415


def test_what_is_too_large_is_not_read(ada_api: APIClient) -> None:
    assert problem_of(ada_api.post(V1 + "posts/", {"body": "x" * 3_000_000}))[0] == 413


def test_a_post_too_long_says_how_long_it_may_be(ada_api: APIClient) -> None:
    assert ada_api.post(V1 + "posts/", {"body": "x" * 5_000}).status_code == 201
    answer = ada_api.post(V1 + "posts/", {"body": "x" * 5_001})
    assert problem_of(answer)[0] == 400
    assert "5000" in answer.json()["errors"][0]["detail"]


COSTS = [
    ("put", "posts/{post}/like/", 1),
    ("delete", "posts/{post}/like/", 2),
    ("put", "posts/{post}/share/", 1),
    ("put", "people/ada/follow/", 3),
    ("get", "posts/{post}/", 7),
    ("put", "posts/{post}/bookmark/", 2),
    ("delete", "posts/{post}/bookmark/", 2),
    ("get", "bookmarks/", 2),
    ("get", "tags/fog/", 2),
    ("get", "search/posts/?q=no", 8),
    ("get", "search/tags/?q=f", 2),
    ("get", "posts/{post}/comments/", 4),
    ("get", "posts/{post}/likes/", 3),
    ("get", "feed/", 9),
    ("get", "public/", 7),
    ("get", "people/?q=a", 2),
    ("get", "people/ada/", 7),
    ("get", "people/ada/posts/", 10),
    ("get", "people/ada/followers/", 4),
    # The third asks where the account has moved to. The first, for the token, has the caller, and is no place for a
    # join: each request begins with it.
    ("get", "me/", 3),
    ("get", "notifications/", 9),
    ("get", "notifications/unread/", 2),
]


@pytest.mark.parametrize(("method", "route", "queries"), COSTS)
def test_what_a_request_costs_does_not_grow(
    bob_api: APIClient,
    charlie: Person,
    ada: Person,
    post: Post,
    django_assert_num_queries: Callable[[int], object],
    method: str,
    route: str,
    queries: int,
) -> None:
    _a_busy_place(ada, charlie)
    bob_api.get(V1 + "me/")  # notes the day of the token's first use
    with django_assert_num_queries(queries):  # type: ignore[attr-defined]
        answer = bob_api.generic(method.upper(), V1 + route.format(post=post.pk))
    assert answer.status_code < 300


def test_a_like_by_session_costs_three_round_trips(bob: Person, post: Post, django_assert_num_queries: Any) -> None:
    browser = Client()
    browser.force_login(bob, "allauth.account.auth_backends.AuthenticationBackend")
    browser.get("/robots.txt")  # the log-in is noted, once in five minutes
    with django_assert_num_queries(3):
        assert browser.put(f"{V1}posts/{post.pk}/like/").status_code == 201


def _a_busy_place(ada: Person, charlie: Person) -> None:
    from reactions import operations as reactions
    from socialapp.follows.operations import follow
    from socialapp.posts.operations import publish_post

    bob = Person.objects.get(username="bob")
    follow(follower_id=bob.pk, followee_id=charlie.pk)
    for number in range(10):
        made = publish_post(author=charlie if number % 2 else ada, body=f"No. {number}")[0]
        reactions.like(post_id=made.pk, person_id=charlie.pk)
        reactions.share(post_id=made.pk, person_id=charlie.pk)
        reactions.comment(post_id=made.pk, author=charlie, body="Yes.")


@pytest.mark.parametrize("path", ["posts/", "posts/{post}/comments/"])
def test_what_is_new_is_answered_as_it_is_read(ada_api: APIClient, charlie: Person, post: Post, path: str) -> None:
    answer = ada_api.post(V1 + path.format(post=post.pk), {"body": "#fog, says @charlie"})
    assert answer.status_code == 201
    assert answer.json() == ada_api.get(f"{V1}posts/{answer.json()['id']}/").json()

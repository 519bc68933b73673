"""The table: for each route and each message that leaves, who sees what of which post. A route that is in no row fails.

A rule takes how a viewer stands to the author, and a post. `shows` is what of a post is there where the rule holds: its
word, its count, its picture, or that the answer is one (`OPEN`). Where it does not hold, nothing of it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from socialapp.visibility import Visibility
from tests.security.walk.stage import COUNT, PICTURE, TAG, WORD, Made

OPEN = "open"
ALL = (WORD, COUNT, PICTURE)

PUBLIC, UNLISTED, FOLLOWERS, DIRECT = Visibility
_EVERYBODY = {"stranger", "nobody", "follower", "mentioned", "muting", "suspended", "author"}
MAY_SEE = {
    PUBLIC: _EVERYBODY,
    UNLISTED: _EVERYBODY,
    FOLLOWERS: {"follower", "mentioned", "muting", "author"},
    DIRECT: {"mentioned", "author"},
}

Rule = Callable[[str, Made], bool]


def may_see(viewer: str, made: Made) -> bool:
    return made.state == "visible" and viewer in MAY_SEE[made.visibility]


def nobody(viewer: str, made: Made) -> bool:
    return False


def only_its_author(viewer: str, made: Made) -> bool:
    return viewer == "author" and may_see(viewer, made)


def reportable(viewer: str, made: Made) -> bool:
    """A block takes nothing from whoever is mentioned: they report what they were sent."""
    may_report = viewer in {"blocked", "blocking"} and made.state == "visible"
    return (viewer != "author" and logged_in(viewer, made)) or may_report


def own_hidden(viewer: str, made: Made) -> bool:
    """What moderators hid, or are to look at first, its author reads, with its pictures; without its counts."""
    return viewer == "author" and made.state in {"hidden", "waiting"}


def own_waiting(viewer: str, made: Made) -> bool:
    """And in the list of notices, what they are to look at."""
    return viewer == "author" and made.state == "waiting"


def logged_in(viewer: str, made: Made) -> bool:
    """Without an account, and with one that is suspended, nothing is kept and nothing is done."""
    return viewer not in {"stranger", "suspended"} and may_see(viewer, made)


def listed(viewer: str, made: Made) -> bool:
    return made.visibility == PUBLIC and may_see(viewer, made)


def in_lists(viewer: str, made: Made) -> bool:
    """Lists of what anybody wrote leave out the people whom one muted; a search does not."""
    return viewer != "muting" and listed(viewer, made)


def begins(viewer: str, made: Made) -> bool:
    return made.shape == "post" and in_lists(viewer, made)


def profile(viewer: str, made: Made) -> bool:
    return made.shape == "post" and made.visibility != DIRECT and may_see(viewer, made)


def replies(viewer: str, made: Made) -> bool:
    return made.shape == "reply" and made.visibility != DIRECT and may_see(viewer, made)


def home(viewer: str, made: Made) -> bool:
    return viewer in {"follower", "author"} and profile(viewer, made)


def below(viewer: str, made: Made) -> bool:
    return made.shape == "reply" and may_see(viewer, made)


def shared(viewer: str, made: Made) -> bool:
    return made.visibility in {PUBLIC, UNLISTED} and may_see(viewer, made)


def may_share(viewer: str, made: Made) -> bool:
    return made.visibility in {PUBLIC, UNLISTED} and logged_in(viewer, made)


def notified(viewer: str, made: Made) -> bool:
    return viewer != "author" and logged_in(viewer, made)


def private(viewer: str, made: Made) -> bool:
    return made.visibility == DIRECT and logged_in(viewer, made)


def sent(viewer: str, made: Made) -> bool:
    """Who muted the author is not sent what the inbox has."""
    return viewer != "muting" and notified(viewer, made)


def muted_thread(viewer: str, made: Made) -> bool:
    return made.shape == "post" and notified(viewer, made)


@dataclass(frozen=True)
class Row:
    """Requests of one route, and who sees what in the answer. `each`: once for each post, by its id.

    Where `reads` holds, of the post there is what `still` says, and nothing else.
    """

    rule: Rule = nobody
    shows: tuple[str, ...] = ALL
    each: bool = False
    method: str = "get"
    args: Callable[..., dict[str, Any]] = field(default=lambda **_: {})
    query: str = ""
    data: Callable[..., dict[str, Any]] = field(default=lambda **_: {})
    htmx: bool = False
    reads: Rule = nobody
    still: tuple[str, ...] = (WORD,)


def of_post(*, made: Made, **_: Any) -> dict[str, Any]:
    return {"post_id": made.post.pk}


def of_author(**_: Any) -> dict[str, Any]:
    return {"username": "author"}


def of_bystander(**_: Any) -> dict[str, Any]:
    return {"username": "bystander"}


def of_above(*, stage: Any, **_: Any) -> dict[str, Any]:
    return {"post_id": stage.above.pk}


def of_entry(*, stage: Any, viewer: str, made: Made, **_: Any) -> dict[str, Any]:
    return {"entry_id": stage.entry(viewer, made)}


def of_read_entry(**facts: Any) -> dict[str, Any]:
    return of_entry(**facts) | {"verb": "read"}


def of_tag(**_: Any) -> dict[str, Any]:
    return {"name": TAG}


def of_file(*, made: Made, **_: Any) -> dict[str, Any]:
    return {"post_id": made.post.pk, "picture_id": made.picture.pk, "size": 960}


def page(rule: Rule, **others: Any) -> Row:
    return Row(rule, **others)


def of_each(rule: Rule, *shows: str, **others: Any) -> Row:
    return Row(rule, shows, each=True, args=others.pop("args", of_post), **others)


def said(text: str, name: str = "body") -> Callable[..., dict[str, Any]]:
    return lambda **_: {name: text}


NOTHING = (Row(), Row(method="post"))

# The pages, by the names of their routes. Those of NOTHING_IN are about something else than posts.
PAGES: dict[str, tuple[Row, ...]] = {
    "feeds:home": (page(home),),
    "feeds:public": (page(begins),),
    "feeds:profile": (page(profile, args=of_author), page(shared, args=of_bystander)),
    "feeds:replies": (page(replies, args=of_author), page(nobody, args=of_bystander)),
    "posts:post": (of_each(may_see, *ALL, reads=own_hidden, still=(WORD, PICTURE)), page(below, args=of_above)),
    "posts:gallery": (of_each(may_see, PICTURE, reads=own_hidden, still=(PICTURE,)),),
    "posts:picture": (of_each(may_see, PICTURE, args=of_file, reads=own_hidden, still=(PICTURE,)),),
    "posts:history": (of_each(may_see, WORD),),
    "posts:tag": (page(in_lists, args=of_tag),),
    "posts:new": (page(nobody), of_each(nobody, method="post", args=lambda **_: {}, data=said(""))),
    "posts:private": (page(private),),
    "posts:edit": (of_each(only_its_author, WORD, PICTURE), of_each(nobody, method="post", data=said(""))),
    "posts:delete": (of_each(nobody, method="post", htmx=True),),
    "posts:restore": (of_each(nobody, method="post", htmx=True),),
    "posts:remove_version": (of_each(nobody, method="post", args=lambda **f: of_post(**f) | {"version_id": 1}),),
    "reactions:like": (of_each(logged_in, COUNT, method="post", htmx=True),),
    "reactions:unlike": (of_each(logged_in, COUNT, method="post", htmx=True),),
    "reactions:share": (of_each(may_share, OPEN, method="post", htmx=True),),
    "reactions:unshare": (of_each(logged_in, OPEN, method="post", htmx=True),),
    "reactions:likes": (of_each(may_see, OPEN, WORD),),
    "reactions:shares": (of_each(may_see, OPEN, WORD),),
    "reactions:comment": (
        of_each(logged_in, OPEN, htmx=True),
        of_each(logged_in, OPEN, method="post", data=said("Hm."), htmx=True),
    ),
    "bookmarks:show": (page(logged_in),),
    "bookmarks:save": (of_each(logged_in, OPEN, method="post", htmx=True),),
    "bookmarks:unsave": (of_each(nobody, method="post"),),
    "search:search": (
        page(listed, query="?q=from:author"),
        page(nobody, query="?q=author&what=people"),
        page(nobody, query=f"?q={TAG}&what=tags"),
    ),
    "moderation:report_person": (page(reportable, shows=(WORD,), args=of_author),),
    "moderation:notices": (page(nobody, reads=own_waiting),),
    "search:people": (page(nobody),),
    "search:complete": (page(nobody, query="?q=%23walk"), page(nobody, query="?q=@auth")),
    "notifications:inbox": (page(notified, shows=(WORD,)),),
    "notifications:visit": (of_each(notified, OPEN, method="post", args=of_entry),),
    "notifications:why": (of_each(notified, WORD, args=of_entry),),
    "notifications:mark": (of_each(notified, WORD, method="post", args=of_read_entry, htmx=True),),
    "notifications:mute_entry": (of_each(notified, OPEN, method="post", args=of_entry),),
    "notifications:muted": (page(muted_thread, shows=(WORD,)),),
}
API: dict[str, tuple[Row, ...]] = {
    "api:feed": (page(home),),
    "api:public": (page(begins),),
    "api:person-posts": (page(profile, args=of_author), page(shared, args=of_bystander)),
    "api:person-replies": (page(replies, args=of_author),),
    "api:tag": (page(in_lists, args=of_tag),),
    "api:private": (page(private),),
    "api:bookmarks": (page(logged_in),),
    "api:search-posts": (page(listed, query="?q=from:author"),),
    "api:versions": (of_each(may_see, OPEN),),
    "api:version": (of_each(nobody, method="delete", args=lambda **f: of_post(**f) | {"version_id": 1}),),
    "api:post": (
        of_each(may_see, *ALL, reads=own_hidden, still=(WORD, PICTURE)),
        of_each(only_its_author, *ALL, method="patch", data=lambda **_: {"sensitive": True}),
        of_each(nobody, method="delete"),
    ),
    "api:comments": (
        page(below, args=of_above),
        of_each(may_see, OPEN),
        of_each(logged_in, OPEN, method="post", data=said("Hm.")),
    ),
    "api:like": (of_each(logged_in, OPEN, method="put"), of_each(nobody, method="delete")),
    "api:share": (of_each(may_share, OPEN, method="put"), of_each(nobody, method="delete")),
    "api:likes": (of_each(may_see, OPEN),),
    "api:shares": (of_each(may_see, OPEN),),
    "api:bookmark": (of_each(logged_in, OPEN, method="put"), of_each(nobody, method="delete")),
    "api:notifications": (page(notified, shows=(WORD,)),),
    "api:news": (
        page(logged_in, shows=(COUNT,), query="?posts={posts}"),
        page(notified, shows=(WORD,), query="?after=0.0.1&entries=true"),
    ),
    "api:mutes": (
        page(nobody),
        of_each(logged_in, OPEN, method="post", args=lambda **_: {}, data=lambda *, made, **_: {"post": made.post.pk}),
    ),
    "api:why": (
        of_each(nobody, args=lambda **_: {}, query="?recipient=mentioned&actor=author&kind=mention&post={post}"),
    ),
}
# The messages that leave, each with who gets a word of the post.
MESSAGES: dict[str, Rule] = {
    "email": sent,
    "digest": sent,
    "push": sent,
    "webhook": sent,
}

# Routes about something else than posts: nothing of any post is in their answers, to GET and to POST.
NOTHING_IN = frozenset(
    [
        "about:accessibility",
        "about:contact",
        "about:privacy",
        "about:terms",
        "api:filter",
        "api:filtered",
        "api:filtered-person",
        "api:filters",
        "api:policy",
        "api:reports",
        "api:rules",
        "api:version",
        "api:versions",
        "filters:edit",
        "filters:remove",
        "filters:restore",
        "filters:show",
        "follows:end_move",
        "follows:move",
        "follows:move_progress",
        "follows:moves",
        "follows:remove_alias",
        "moderation:about",
        "moderation:add_note",
        "moderation:case",
        "moderation:claim",
        "moderation:dismiss",
        "moderation:erase",
        "moderation:grant",
        "moderation:log",
        "moderation:log_csv",
        "moderation:next",
        "moderation:notice",
        "moderation:person",
        "moderation:picture",
        "moderation:queue",
        "moderation:reject",
        "moderation:release",
        "moderation:remove_note",
        "moderation:report_post",
        "moderation:undo",
        "notifications:accept_stranger",
        "notifications:answer_box",
        "notifications:box",
        "notifications:drop_stranger",
        "notifications:policy",
        "signup:applied",
        "signup:invitations",
        "signup:invited",
        "signup:revoke",
        "users:stay",
        "account_change_password",
        "account_confirm_email",
        "account_confirm_login_code",
        "account_email",
        "account_email_verification_sent",
        "account_inactive",
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_set_password",
        "account_signup",
        "api:avatar",
        "api:bell",
        "api:block",
        "api:blocks",
        "api:dead-letters",
        "api:delivery",
        "api:docs",
        "api:endpoint",
        "api:endpoint-test",
        "api:endpoints",
        "api:follow",
        "api:follow-request",
        "api:follow-requests",
        "api:follower",
        "api:followers",
        "api:following",
        "api:log",
        "api:me",
        "api:mute",
        "api:people",
        "api:person",
        "api:picture",
        "api:pictures",
        "api:posts",
        "api:preferences",
        "api:push",
        "api:read",
        "api:replay",
        "api:resend",
        "api:schedule",
        "api:schema",
        "api:search-tags",
        "api:secret",
        "api:unread",
        "api:webhook",
        "about:accessibility",
        "about:contact",
        "about:privacy",
        "about:terms",
        "follows:answer_all",
        "follows:approve",
        "follows:block",
        "follows:follow",
        "follows:followers",
        "follows:end_move",
        "follows:following",
        "follows:move",
        "follows:move_progress",
        "follows:moves",
        "follows:refuse",
        "follows:remove_alias",
        "follows:remove_follower",
        "follows:requests",
        "follows:reach",
        "follows:restore_follower",
        "follows:restore_request",
        "follows:settings",
        "follows:unblock",
        "follows:unfollow",
        "healthz",
        "manifest",
        "metrics",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_authenticate",
        "mfa_deactivate_totp",
        "mfa_download_recovery_codes",
        "mfa_edit_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_index",
        "mfa_list_webauthn",
        "mfa_login_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_view_recovery_codes",
        "notifications:bell",
        "notifications:bell_off",
        "notifications:change_endpoint",
        "notifications:endpoints",
        "notifications:live",
        "notifications:log",
        "notifications:mark_all",
        "notifications:missed",
        "notifications:mute_person",
        "notifications:preferences",
        "notifications:push_state",
        "notifications:resend",
        "notifications:schedule",
        "notifications:subscribe",
        "notifications:test",
        "notifications:undo_mark_all",
        "notifications:unmute",
        "notifications:unsubscribe",
        "offline",
        "readyz",
        "robots",
        "service_worker",
        "set_language",
        "shortcuts",
        "takeout:begin",
        "takeout:discard",
        "takeout:download",
        "takeout:import",
        "takeout:imports",
        "takeout:remove",
        "takeout:request",
        "takeout:show",
        "theme",
        "users:delete",
        "users:end_log_in",
        "users:end_other_log_ins",
        "users:language",
        "users:log_out_everywhere",
        "users:posting",
        "users:revoke",
        "users:security",
        "users:settings",
        "users:stay",
        "users:tokens",
    ]
)

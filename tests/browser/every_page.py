"""Every page of the product, and who may see it. `tests/architecture/test_pages_listed.py` finds what is missing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Facts = dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """A named page, with arguments and `query`; `by` one person only. If it `leads`, it is seen elsewhere."""

    name: str
    members: bool = True
    strangers: bool = False
    args: Callable[[Facts], list[Any]] = field(default=lambda facts: [])
    query: str = ""
    by: str = ""
    leads: bool = False
    status: int = 200

    @property
    def id(self) -> str:
        """As tests name it."""
        return self.name + self.query


def of(*keys: str) -> Callable[[Facts], list[Any]]:
    """The arguments of those names."""
    return lambda facts: [facts[key] for key in keys]


def both(name: str, args: Callable[[Facts], list[Any]] = lambda facts: [], query: str = "") -> Listed:
    """Who is logged in sees it, and who is not."""
    return Listed(name, strangers=True, args=args, query=query)


def strangers(name: str, args: Callable[[Facts], list[Any]] = lambda facts: [], *, leads: bool = False) -> Listed:
    """For who is not logged in."""
    return Listed(name, members=False, strangers=True, args=args, leads=leads)


PAGES = [
    both("feeds:public"),
    both("feeds:profile", of("username")),
    both("feeds:replies", of("username")),
    both("follows:followers", of("username")),
    both("follows:following", of("username")),
    both("posts:post", of("post")),
    both("posts:post", of("comment")),
    both("posts:post", of("talk")),
    both("posts:post", of("deep")),
    both("posts:history", of("own")),
    both("posts:tag", lambda facts: ["fog"]),
    both("posts:tag", lambda facts: ["unheard_of"], query="?page="),
    both("reactions:likes", of("post")),
    both("reactions:shares", of("post")),
    both("search:search"),
    both("search:search", query="?q=fog"),
    both("search:search", query="?q=d&what=people"),
    both("search:people"),
    both("search:search", query="?q=fumi&what=tags"),
    both("search:search", query="?q=nothingofthekind"),
    both("shortcuts"),
    both("offline"),
    both("notifications:unsubscribe", of("unsubscribe")),
    both("about:privacy"),
    both("about:terms"),
    both("about:contact"),
    both("about:accessibility"),
    both("account_inactive"),
    both("account_confirm_email", of("confirm")),
    both("account_email_verification_sent"),
    strangers("account_login"),
    strangers("account_signup"),
    both("signup:applied"),
    Listed("signup:invited", members=False, strangers=True, args=lambda facts: ["no-such-invitation"], status=410),
    Listed("signup:invitations"),
    both("account_reset_password"),
    both("account_reset_password_done"),
    strangers("account_reset_password_from_key", of("uid", "reset"), leads=True),
    strangers("account_reset_password_from_key", lambda facts: [facts["uid"], "a-b"]),
    both("account_reset_password_from_key_done"),
    Listed("feeds:home"),
    Listed("follows:requests"),
    Listed("follows:settings"),
    Listed("posts:new"),
    Listed("posts:edit", args=of("own")),
    Listed("posts:edit", args=of("comment")),
    Listed("bookmarks:show"),
    Listed("notifications:inbox"),
    Listed("notifications:inbox", query="?only=unread"),
    Listed("notifications:inbox", query="?only=mention"),
    Listed("moderation:report_post", args=of("post")),
    Listed("moderation:report_person", args=lambda facts: ["emeka"]),
    Listed("moderation:notices"),
    Listed("moderation:queue", by="mona"),
    Listed("moderation:queue", query="?which=closed", by="mona"),
    Listed("moderation:queue", query="?which=mine", by="mona"),
    Listed("moderation:case", args=of("case"), by="mona"),
    Listed("moderation:case", args=of("appealed"), by="mona"),
    Listed("moderation:person", args=of("unreported"), by="mona"),
    Listed("moderation:erase", args=of("person"), by="mona"),
    Listed("moderation:log", by="mona"),
    both("moderation:notice", of("notice")),
    both("moderation:about"),
    Listed("notifications:why", args=of("entry")),
    Listed("notifications:box"),
    Listed("notifications:policy"),
    Listed("notifications:missed"),
    Listed("notifications:missed", query="?actor=bob&kind=like&post=1"),
    Listed("notifications:preferences"),
    Listed("notifications:endpoints"),
    Listed("notifications:log", args=of("endpoint")),
    Listed("notifications:test", args=of("delivery")),
    Listed("notifications:muted"),
    Listed("filters:show"),
    Listed("filters:edit", args=of("filter")),
    Listed("users:settings"),
    Listed("users:language"),
    Listed("users:posting"),
    Listed("posts:private"),
    Listed("users:security"),
    Listed("mfa_activate_totp", by="ida"),
    Listed("mfa_add_webauthn", by="ida"),
    Listed("users:tokens"),
    Listed("users:delete"),
    Listed("takeout:show"),
    Listed("follows:moves"),
    Listed("takeout:imports"),
    Listed("account_email"),
    Listed("account_logout"),
    Listed("account_change_password"),
    Listed("account_reauthenticate"),
    Listed("account_set_password", by="ida"),
]

NO_PAGES = {
    "set_language": "leads back to where it was chosen",
    "healthz": "a word for supervisors",
    "readyz": "a word for load balancers",
    "metrics": "for Prometheus",
    "manifest": "JSON",
    "robots": "for search engines",
    "service_worker": "a script",
    "takeout:import": "for whoever imports: test_imports opens it",
    "takeout:download": "an archive",
    "follows:move_progress": "a part that scripts ask for",
    "posts:gallery": "a part that scripts ask for",
    "moderation:next": "leads to a case",
    "moderation:log_csv": "a file",
    "moderation:picture": "a picture",
    "posts:picture": "a picture",
    "search:complete": "a part that scripts ask for",
    "reactions:comment": "leads to its post, below which it is written",
    "notifications:live": "leads to the stream",
    "notifications:subscribe": "JSON, for scripts",
    "mfa_index": "leads to users:security",
    "mfa_list_webauthn": "leads to users:security",
    "mfa_login_webauthn": "JSON, for scripts",
    "mfa_download_recovery_codes": "not offered: they are shown once, and are saved from there",
    "mfa_authenticate": "within a log-in: test_second_factor opens it",
    "mfa_reauthenticate": "for whoever has a second factor: test_second_factor opens it",
    "mfa_reauthenticate_webauthn": "for whoever has a passkey: test_second_factor opens it",
    "mfa_deactivate_totp": "for whoever has a second factor: test_second_factor opens it",
    "mfa_view_recovery_codes": "for whoever has a second factor: test_second_factor opens it",
    "mfa_generate_recovery_codes": "for whoever has a second factor: test_second_factor opens it",
    "mfa_edit_webauthn": "for whoever has a passkey: test_second_factor opens it",
    "mfa_remove_webauthn": "for whoever has a passkey: test_second_factor opens it",
    "account_confirm_login_code": "not offered: log-in is by password",
}

"""What the admin calls apps, models and their fields, so that each language can call them otherwise.

Here and not in the models, where a verbose_name would be a migration for each of them.
"""

from django.apps import apps
from django.utils import translation
from django.utils.translation import pgettext_lazy

OURS = ("notifications",)
WORDS = [
    # Apps.
    pgettext_lazy("admin", "Follows"),
    pgettext_lazy("admin", "Media"),
    pgettext_lazy("admin", "Messaging"),
    pgettext_lazy("admin", "Notifications"),
    pgettext_lazy("admin", "Posts"),
    pgettext_lazy("admin", "Reactions"),
    pgettext_lazy("admin", "Users"),
    # Models, one and many.
    pgettext_lazy("admin", "block"),
    pgettext_lazy("admin", "blocks"),
    pgettext_lazy("admin", "circuit"),
    pgettext_lazy("admin", "circuits"),
    pgettext_lazy("admin", "deliveries"),
    pgettext_lazy("admin", "delivery"),
    pgettext_lazy("admin", "endpoint"),
    pgettext_lazy("admin", "endpoints"),
    pgettext_lazy("admin", "fan out"),
    pgettext_lazy("admin", "fan outs"),
    pgettext_lazy("admin", "follow"),
    pgettext_lazy("admin", "follows"),
    pgettext_lazy("admin", "group"),
    pgettext_lazy("admin", "like"),
    pgettext_lazy("admin", "likes"),
    pgettext_lazy("admin", "member"),
    pgettext_lazy("admin", "members"),
    pgettext_lazy("admin", "message"),
    pgettext_lazy("admin", "messages"),
    pgettext_lazy("admin", "person"),
    pgettext_lazy("admin", "picture"),
    pgettext_lazy("admin", "pictures"),
    pgettext_lazy("admin", "post"),
    pgettext_lazy("admin", "posts"),
    pgettext_lazy("admin", "share"),
    pgettext_lazy("admin", "shares"),
    pgettext_lazy("admin", "token"),
    pgettext_lazy("admin", "tokens"),
    # Fields.
    pgettext_lazy("admin", "ID"),
    pgettext_lazy("admin", "accepted at"),
    pgettext_lazy("admin", "active"),
    pgettext_lazy("admin", "actor"),
    pgettext_lazy("admin", "address"),
    pgettext_lazy("admin", "at"),
    pgettext_lazy("admin", "attempts"),
    pgettext_lazy("admin", "author"),
    pgettext_lazy("admin", "avatar"),
    pgettext_lazy("admin", "bio"),
    pgettext_lazy("admin", "blocked"),
    pgettext_lazy("admin", "blocker"),
    pgettext_lazy("admin", "body"),
    pgettext_lazy("admin", "bulk"),
    pgettext_lazy("admin", "batch"),
    pgettext_lazy("admin", "channel"),
    pgettext_lazy("admin", "claims"),
    pgettext_lazy("admin", "client digest"),
    pgettext_lazy("admin", "client key"),
    pgettext_lazy("admin", "count"),
    pgettext_lazy("admin", "created at"),
    pgettext_lazy("admin", "deleted at"),
    pgettext_lazy("admin", "delivered at"),
    pgettext_lazy("admin", "digest"),
    pgettext_lazy("admin", "disabled at"),
    pgettext_lazy("admin", "disabled reason"),
    pgettext_lazy("admin", "done"),
    pgettext_lazy("admin", "due at"),
    pgettext_lazy("admin", "edited at"),
    pgettext_lazy("admin", "email"),
    pgettext_lazy("admin", "error"),
    pgettext_lazy("admin", "expires at"),
    pgettext_lazy("admin", "failing since"),
    pgettext_lazy("admin", "failures"),
    pgettext_lazy("admin", "fault"),
    pgettext_lazy("admin", "finished at"),
    pgettext_lazy("admin", "first member"),
    pgettext_lazy("admin", "followee"),
    pgettext_lazy("admin", "followee uncounted"),
    pgettext_lazy("admin", "follower"),
    pgettext_lazy("admin", "follower uncounted"),
    pgettext_lazy("admin", "has upload"),
    pgettext_lazy("admin", "height"),
    pgettext_lazy("admin", "hidden at"),
    pgettext_lazy("admin", "hidden reason"),
    pgettext_lazy("admin", "heavy"),
    pgettext_lazy("admin", "host"),
    pgettext_lazy("admin", "id"),
    pgettext_lazy("admin", "is aside"),
    pgettext_lazy("admin", "joined at"),
    pgettext_lazy("admin", "key"),
    pgettext_lazy("admin", "keys"),
    pgettext_lazy("admin", "kind"),
    pgettext_lazy("admin", "language"),
    pgettext_lazy("admin", "last bell"),
    pgettext_lazy("admin", "last error"),
    pgettext_lazy("admin", "last member"),
    pgettext_lazy("admin", "last sent at"),
    pgettext_lazy("admin", "last used on"),
    pgettext_lazy("admin", "marked seq"),
    pgettext_lazy("admin", "lease"),
    pgettext_lazy("admin", "name"),
    pgettext_lazy("admin", "newest ids"),
    pgettext_lazy("admin", "next attempt at"),
    pgettext_lazy("admin", "retry at"),
    pgettext_lazy("admin", "open until"),
    pgettext_lazy("admin", "owner"),
    pgettext_lazy("admin", "read seq"),
    pgettext_lazy("admin", "reason"),
    pgettext_lazy("admin", "recipient"),
    pgettext_lazy("admin", "reply id"),
    pgettext_lazy("admin", "reply to"),
    pgettext_lazy("admin", "reply to author"),
    pgettext_lazy("admin", "seq"),
    pgettext_lazy("admin", "sessions ended"),
    pgettext_lazy("admin", "dead lettered at"),
    pgettext_lazy("admin", "shard"),
    pgettext_lazy("admin", "state"),
    pgettext_lazy("admin", "suspended at"),
    pgettext_lazy("admin", "suspended reason"),
    pgettext_lazy("admin", "text"),
    pgettext_lazy("admin", "thread"),
    pgettext_lazy("admin", "token id"),
    pgettext_lazy("admin", "total"),
    pgettext_lazy("admin", "uncounted"),
    pgettext_lazy("admin", "unread seq"),
    pgettext_lazy("admin", "username"),
    pgettext_lazy("admin", "warned at"),
    pgettext_lazy("admin", "width"),
    pgettext_lazy("admin", "suppressed reason"),
    pgettext_lazy("admin", "withheld"),
]


def speak() -> None:
    """From now on they are called so in the reader's language. What is not among WORDS keeps its name."""
    with translation.override(None):
        words = {str(word): word for word in WORDS}
    for app in apps.get_app_configs():
        if not app.name.startswith(OURS):
            continue
        app.verbose_name = words.get(str(app.verbose_name), app.verbose_name)
        for model in app.get_models():
            names = model._meta
            names.verbose_name = words.get(str(names.verbose_name), names.verbose_name)
            names.verbose_name_plural = words.get(str(names.verbose_name_plural), names.verbose_name_plural)
            for field in names.local_fields:
                field.verbose_name = words.get(str(field.verbose_name), field.verbose_name)

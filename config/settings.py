"""Django settings. What the environment decides comes from `config.env`, nothing else reads it."""

from typing import Any
from urllib.parse import urljoin, urlsplit

import dj_database_url
from django.utils.translation import gettext_lazy as _

import socialapp
from config import channels, places
from config.env import CHECKOUT, S3, env
from socialapp import broker

env.check()
DATA = env.data
SECRET_KEY = env.secret_key
SECRET_KEY_FALLBACKS = env.secret_key_fallbacks
DEBUG = False
PUBLIC_URL = env.public_url
# A request that names another Host is a 400. Which of them it names decides nothing that leaves this house:
# whole addresses begin with SOCIALAPP_URL (socialapp.web.hosts).
ALLOWED_HOSTS = OWN_HOSTS = env.hosts
# The number of proxies in front, whose X-Forwarded-For is trusted. None: not set, which counts as no proxies.
PROXIES = env.proxies
# Where pages find the live streams: an address, or else a port of the host by which the page was reached.
LIVE_URL = env.live_url
LIVE_PORT = env.live_port
# The token of /metrics and /live/metrics; None: there are none.
METRICS_TOKEN = env.metrics
_HTTPS = PUBLIC_URL.startswith("https://")

# Each before those it builds on. Their sheets are joined in the other order, from the shell's (`socialapp.web`) on.
INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    # The commands `backup`, `restore`, `doctor`, `demo` and `replay`.
    "bin.backup",
    "bin.doctor",
    "bin.demo",
    "benchmarks.replay",
    "reactions",
    "notifications",
    "socialapp.takeout",
    "socialapp.feeds",
    "socialapp.search",
    "socialapp.filters",
    "socialapp.bookmarks",
    "socialapp.moderation",
    "socialapp.posts",
    "socialapp.follows",
    "socialapp.signup",
    "socialapp.about",
    "socialapp.users",
    "socialapp.media",
    "socialapp.counters",
    "socialapp.messaging",
    "socialapp.limits",
    "socialapp.api",
    "socialapp.web",
    "django.contrib.postgres",
    "config.apps.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "anymail",
    "django_htmx",
]

# Only people in a browser need these: sessions, CSRF, messages, pages.
BROWSER_MIDDLEWARE = [
    "socialapp.web.pages.SmallPages",
    "socialapp.web.time_zones.ReaderZone",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "socialapp.users.log_ins.NoteLogIns",
    "socialapp.users.languages.PersonLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "socialapp.web.htmx.HtmxAnswers",
    "socialapp.web.pages.ContentPolicy",
    "socialapp.web.pages.DomainErrors",
]
MIDDLEWARE = [
    "socialapp.web.request_ids.RequestIds",
    *(["socialapp.web.access_log.AccessLog"] if env.access_log else []),
    *(["socialapp.web.request_metrics.RequestMetrics"] if env.metrics else []),
    "socialapp.replica.StrangersReadTheReplica",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "socialapp.media.serving.Pictures",
    "django.middleware.locale.LocaleMiddleware",
    "socialapp.web.hosts.Hosts",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "socialapp.web.pages.Private",
    "socialapp.web.limits.RateLimits",
    # Requests that bring a token skip BROWSER_MIDDLEWARE.
    "socialapp.api.fast_path.FastPath",
    *BROWSER_MIDDLEWARE,
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
# For people who type an address. A redirect loses the body of a POST: so both forms of each API route are routes,
# and no address below /api/ is ever redirected.
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # First, so that config/templates fills the slots that apps leave empty.
        "DIRS": [CHECKOUT / "config" / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["config.template_loaders.Filesystem", "config.template_loaders.AppDirectories"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.everywhere",
                "socialapp.web.htmx.context",
                "socialapp.web.theme.context",
                "notifications.inbox.web.badge",
            ],
        },
    },
]

# --- The wiring: which part handles messages of which, and feeds or counts for which. Dotted paths, as MIDDLEWARE; one
# a line, so that an app is taken out by deleting its lines. ---

# What may hold a new or edited post for a moderator to look at (socialapp.posts.screening).
POST_SCREENINGS = [
    "socialapp.moderation.signals.screen",
]
# What may keep the pictures of a post blurred, whatever its author wants (socialapp.posts.framing).
POST_BLURS = [
    "socialapp.moderation.queries.is_blurred",
]
MESSAGE_HANDLERS = {
    "PostPublished": [
        "notifications.handlers.on_posts",
    ],
    "PersonBlocked": [
        "notifications.handlers.on_blocks",
    ],
    "ReactionAdded": [
        "notifications.handlers.on_reactions",
    ],
    "ReactionRemoved": [
        "notifications.handlers.on_reactions_removed",
    ],
    "PersonFollowed": [
        "notifications.handlers.on_follows",
    ],
    "PersonUnfollowed": [
        "notifications.handlers.on_follows_removed",
    ],
    "FollowNoticeAdded": [
        "notifications.handlers.on_follow_notices",
    ],
    "FollowNoticeRemoved": [
        "notifications.handlers.on_follow_notices_removed",
    ],
    "StrangerAnswered": [
        "notifications.handlers.on_strangers_answered",
    ],
    "FollowRequestsAnswered": [
        "socialapp.follows.handlers.on_requests_answered",
    ],
    "AccessRevoked": [
        "notifications.handlers.on_access_revoked",
    ],
    "AccountDeleted": [
        "reactions.handlers.on_account_deleted",
        "socialapp.follows.handlers.on_account_deleted",
        "socialapp.signup.handlers.on_account_deleted",
        "socialapp.posts.handlers.on_account_deleted",
        "socialapp.filters.handlers.on_account_deleted",
        "socialapp.bookmarks.handlers.on_account_deleted",
        "socialapp.takeout.handlers.on_account_deleted",
        "socialapp.moderation.handlers.on_account_deleted",
        "notifications.handlers.on_account_deleted",
    ],
    "PersonSuspended": [
        "socialapp.posts.handlers.on_suspensions",
        "reactions.handlers.on_suspensions",
        "socialapp.follows.handlers.on_suspensions",
        "notifications.handlers.on_suspensions",
    ],
    "PersonUnsuspended": [
        "socialapp.posts.handlers.on_suspensions",
        "reactions.handlers.on_suspensions",
        "socialapp.follows.handlers.on_suspensions",
        "notifications.handlers.on_suspensions",
    ],
    "NoticeSent": [
        "notifications.handlers.on_notices",
    ],
    "ScheduleChanged": [
        "notifications.handlers.on_schedule_changed",
    ],
    "VisibilityChanged": [
        "notifications.handlers.on_visibility_changed",
    ],
}
# What an export of one's own data has, in the order of its archive. Two of one file follow one another.
EXPORT_SECTIONS = [
    "socialapp.takeout.contents.ACTOR",
    "socialapp.takeout.contents.AVATAR",
    "socialapp.takeout.contents.ACCOUNT",
    "notifications.preferences.takeout.SETTINGS",
    "socialapp.takeout.contents.POSTS",
    "reactions.takeout.SHARES",
    "reactions.takeout.LIKES",
    "socialapp.takeout.contents.BOOKMARKS",
    "socialapp.takeout.contents.BOOKMARKED",
    "socialapp.takeout.contents.FOLLOWING",
    "socialapp.takeout.contents.FOLLOWERS",
    "socialapp.takeout.contents.BLOCKED",
    "socialapp.takeout.account_contents.REQUESTS",
    "notifications.preferences.takeout.MUTED",
    "socialapp.takeout.account_contents.MUTED_WORDS",
    "socialapp.takeout.account_contents.INVITATIONS",
    "socialapp.takeout.account_contents.MODERATION",
    "notifications.inbox.takeout.INBOX",
    "socialapp.takeout.contents.PICTURES",
]
# What can be imported from files of other sites, as pages offer it.
IMPORT_KINDS = [
    "socialapp.takeout.kinds.FOLLOWING",
    "socialapp.takeout.kinds.BLOCKED",
    "notifications.preferences.takeout.MUTES",
    "socialapp.takeout.kinds.BOOKMARKS",
]
# What fills a feed: (person, post, at) of each thing that followers see.
FEED_SOURCES = [
    "socialapp.posts.queries.POSTED",
    "reactions.queries.SHARED",
]
# People that somebody does not want in their feeds: SQL of a SELECT of their ids, for %(viewer)s.
FEED_EXCLUSIONS = [
    "notifications.preferences.sql.MUTED_PEOPLE",
]
# What is shown below a post: counts, and whether the viewer is among them.
POST_SUMMARIES = [
    "socialapp.posts.galleries.summaries",
    "reactions.queries.summaries",
    "socialapp.bookmarks.queries.summaries",
]
# The truth that `manage.py audit` holds inboxes against: SQL that yields each standing fact.
AUDIT_SOURCES = [
    "reactions.sql.FACTS",
    "socialapp.follows.sql.FACTS",
    "socialapp.posts.sql.FACTS",
    "socialapp.moderation.sql.FACTS",
]
# What /metrics has beside requests and health: collectors of prometheus_client.
METRIC_SOURCES = [
    "notifications.history.metrics.Ledger",
]
# Called with the ids of replies that disappeared, or came back (`stands`), in the transaction of that change.
REPLY_HANDLERS = [
    "reactions.operations.announce_replies",
]
# What the installed app offers at its icon: pages, and what they are called.
SHORTCUTS = [
    ("posts:new", _("New post")),
    ("notifications:inbox", _("Inbox")),
]
CHANNELS = channels.CHANNELS
QUEUE_THREADS = channels.QUEUE_THREADS
# The task that wakes the workers of each queue.
QUEUE_TASKS = {
    "messages": "socialapp.messaging.tasks.consume",
    **dict.fromkeys(CHANNELS, "notifications.tasks.deliver"),
    "fanout": "notifications.tasks.fan_out",
    **dict.fromkeys(("pictures", "heavy-pictures"), "socialapp.media.tasks.prepare"),
    "takeout": "socialapp.takeout.tasks.work",
}

# --- PostgreSQL ---


def _database(url: str) -> dict[str, Any]:
    """With its guards: timeouts of locks and transactions are written to the database (socialapp.database)."""
    chosen: dict[str, Any] = {
        **dj_database_url.parse(url, engine="config.postgres"),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # A cursor of a session ends with the transaction where a pooler hands out the next one.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
    # What the URL says itself wins.
    chosen["OPTIONS"] = {
        "connect_timeout": 5,
        # A peer that vanished without a word is noticed within 15 s.
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 15_000,
        **chosen.get("OPTIONS", {}),
    }
    return chosen


DATABASES = {"default": _database(env.database_url)}
if env.database_replica_url:
    # A standby for what strangers read, and never for people who may have written a moment ago (socialapp.replica).
    DATABASES["replica"] = _database(env.database_replica_url) | {"TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["socialapp.replica.Router"]
# The namespaces of pages, and of the API, that change nothing and that strangers look at.
READ_FROM_REPLICA = {"about", "api", "feeds", "posts", "search", "users", "follows", "reactions"}
# For commands that need a session of their own: manage.py prepare and audit.
DIRECT_DATABASE = _database(env.database_direct_url) if env.database_direct_url else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, and Celery on it or on RabbitMQ. Each value was measured or has met its failure. ---

# Keys, signals and live updates; and tasks, unless these are on another server.
REDIS_URL = env.redis_url
BROKER_URL = env.broker_url
_NODES = len(broker.each_host(BROKER_URL))
_ON_RABBITMQ = broker.is_rabbitmq(BROKER_URL)

CELERY_BROKER_URL = broker.kombu_url(BROKER_URL)
CELERY_BROKER_TRANSPORT = {
    "amqp": "amqp",
    "amqps": "config.broker:TLSTransport",
    "sentinel": "config.broker:SentinelTransport",
}.get(urlsplit(CELERY_BROKER_URL).scheme, "config.broker:Transport")
CELERY_BROKER_USE_SSL = broker.tls(BROKER_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Connections to PostgreSQL are kept over tasks: 209 to 277 tasks/s against 82. Their health is
# asked at the start of each task (socialapp.messaging.tasks).
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_TASK_DEFAULT_QUEUE = "messages"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_DEFAULT_QUEUE_TYPE = CELERY_TASK_CREATE_MISSING_QUEUE_TYPE = "quorum" if _ON_RABBITMQ else "classic"
CELERY_WORKER_CONSUMER = "config.consumer:Consumer"
# RabbitMQ's: a worker notices within two of them that a node is gone.
CELERY_BROKER_HEARTBEAT = 5
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# For publishers. A worker, which waits on BRPOP, takes the longer ones below instead (config.celery).
# RabbitMQ's nodes agree on a queue before they answer. Each node is tried once.
_PUBLISH_TIMEOUT_S = 1.0 if _ON_RABBITMQ else 0.25
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **broker.transport_options(BROKER_URL, _PUBLISH_TIMEOUT_S),
    "max_retries": _NODES - 1 if _ON_RABBITMQ else 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "connect_retries_timeout": _NODES * _PUBLISH_TIMEOUT_S + 1 if _ON_RABBITMQ else 1,
}
WORKER_TRANSPORT_OPTIONS = {
    **broker.transport_options(BROKER_URL, 5),
    "health_check_interval": 5,
    "visibility_timeout": 300,
    "unacked_restore_throttle": 1,
    "unacked_restore_interval": 5,
}
# A task of beat that no worker took in this time is dropped. Beat's clock sets it and the worker's judges, so it is
# longer than clocks differ: a worker an hour fast must not drop each sweep, which makes up for lost wake-ups.
WORTHLESS_AFTER_S = 2 * 60 * 60
CELERY_BEAT_SCHEDULE = {
    # The two sweeps find work whose wake-up was lost. Run each second, they were two fifths of what an idle site uses.
    "sweep": {
        "task": "socialapp.messaging.tasks.sweep",
        "schedule": 2.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "messages"},
    },
    "deliver": {
        "task": "notifications.tasks.sweep",
        "schedule": 2.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "roll-up": {
        "task": "socialapp.counters.tasks.roll_up",
        "schedule": 5.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "purge-posts": {
        "task": "socialapp.posts.tasks.purge",
        "schedule": 600.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "pictures": {
        "task": "socialapp.media.tasks.sweep",
        "schedule": 2.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "tidy-pictures": {
        "task": "socialapp.media.tasks.tidy",
        "schedule": 60.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "takeout": {
        "task": "socialapp.takeout.tasks.sweep",
        "schedule": 10.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "audit": {
        "task": "notifications.tasks.audit",
        "schedule": 3_600.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "purge-deliveries": {
        "task": "notifications.tasks.purge",
        "schedule": 3_600.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "lift-suspensions": {
        "task": "socialapp.moderation.tasks.lift",
        "schedule": 60.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "purge-evidence": {
        "task": "socialapp.moderation.tasks.purge",
        "schedule": 3_600.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "forget-usage": {
        "task": "socialapp.limits.tasks.forget",
        "schedule": 3_600.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "end-tokens": {
        "task": "socialapp.users.tasks.end_tokens",
        "schedule": 600.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "end-left-accounts": {
        "task": "socialapp.users.tasks.end_left_accounts",
        "schedule": 600.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
    "clear-sessions": {
        "task": "socialapp.users.tasks.clear_sessions",
        "schedule": 3_600.0,
        "options": {"expires": WORTHLESS_AFTER_S, "queue": "housekeeping"},
    },
}
# In memory: beat then needs no folder that it may write to. What runs less often than beat is started never runs,
# so nothing here is rarer than an hour.
CELERY_BEAT_SCHEDULER = "config.beat:Scheduler"

# How long data that ended, was deleted or was replaced is kept; None is as long as what it belongs to.
KEEP_DELIVERIES, KEEP_DELETED_POSTS, KEEP_VERSIONS = env.keep_deliveries, env.keep_deleted_posts, env.keep_versions
KEEP_EXPORTS, KEEP_IMPORTS = env.keep_exports, env.keep_imports
KEEP_EVIDENCE = env.keep_evidence
# How long people who deleted their account can come back.
KEEP_LEFT_ACCOUNTS = env.keep_left_accounts

# How often people may do what is limited, by kind, and for how long an account is new (docs/limits.md).
LIMITS, LIMITS_NEW_FOR = env.limits, env.limits_new_for

# --- People and their sessions: in PostgreSQL, so that no request needs Redis ---

AUTH_USER_MODEL = "users.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "feeds:home"
LOGOUT_REDIRECT_URL = "feeds:public"
SESSION_ENGINE = "socialapp.users.sessions"
SESSION_COOKIE_AGE = int(env.keep_sessions.total_seconds())
CACHES = {
    # Only rate limits of log-in and the like live here.
    "default": {
        "BACKEND": "socialapp.web.cache.RateLimitCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_VALIDATORS = "socialapp.signup.names.VALIDATORS"
# Names of those who run a site, of its mail (RFC 2142), and of its pages; and what looks like one (users.lookalikes).
RESERVED_USERNAMES = [
    "abuse", "account", "accounts", "admin", "administrator", "api", "everyone", "help", "host", "hostmaster", "info",
    "login", "mail", "mailer_daemon", "me", "mod", "moderator", "moderators", "nobody", "noreply", "official",
    "postmaster", "root", "security", "settings", "signup", "site", "socialapp", "staff", "superuser", "support",
    "sysadmin", "system", "team", "undefined", "webmaster",
]  # fmt: skip
ACCOUNT_ADAPTER = "socialapp.signup.adapter.Accounts"
# Who may join until an admin says otherwise, and the class of a captcha, if there is one (docs/adr/0057).
SIGN_UP, CAPTCHA = env.sign_up, env.captcha
# The list that maps addresses to places (socialapp.users.places).
GEOIP = env.geoip
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# A session alone never makes access that outlives it: the password is asked for again (docs/adr/0024).
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_FORMS = {
    "change_password": "socialapp.users.password_forms.ChangePasswordForm",
    "reset_password": "socialapp.users.password_forms.ResetPasswordForm",
    "reset_password_from_key": "socialapp.users.password_forms.ResetPasswordKeyForm",
    "signup": "socialapp.signup.forms.SignupForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "socialapp.users.addresses.ResetTokens"  # noqa: S105  a path
# One answer for known and unknown addresses: an address may stand at several accounts until one of them confirms it.
ACCOUNT_PREVENT_ENUMERATION = "strict"
# Besides allauth's: accounts a day with the same address, and mails about log-ins. Guesses at passwords and codes are
# counted by socialapp.users.guessing, because allauth forgets those of an address at each right code.
ACCOUNT_RATE_LIMITS = {
    "signup_address": "5/d/key",
    "second_factor_mail": "1/h/key",
    "new_browser_mail": "10/h/key",
    "login_failed": "",
}

# --- The second factor (docs/adr/0053) ---

MFA_ADAPTER = "socialapp.users.second_factor.Factors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A code is good for a minute and a half, as clocks of phones differ and people type slowly.
MFA_TOTP_TOLERANCE = 1
# An account prepared for somebody else's address brings no second factor: the first proof of the address ends it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _HTTPS
MFA_FORMS = {
    "activate_totp": "socialapp.users.second_factor_forms.SetUpCodesForm",
    "add_webauthn": "socialapp.users.passkey_forms.AddPasskeyForm",
    "authenticate": "socialapp.users.second_factor_forms.CodeForm",
    "authenticate_webauthn": "socialapp.users.passkey_forms.PasskeyStepForm",
    "edit_webauthn": "socialapp.users.passkey_forms.RenamePasskeyForm",
    "login_webauthn": "socialapp.users.passkey_forms.PasskeyLogInForm",
    "reauthenticate": "socialapp.users.second_factor_forms.CodeAgainForm",
    "reauthenticate_webauthn": "socialapp.users.passkey_forms.PasskeyAgainForm",
}
# People who may open the admin need one first.
STAFF_SECOND_FACTOR = env.staff_second_factor

# --- Mail ---

DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.mail_from
# The operator's contact; empty when none is set.
CONTACT = env.contact
# Where mails may be read until mail is set up: the page of the fakes, or files in a folder. The pages say so.
FAKES_URL = env.fakes_url
# Where a newcomer's webhook is received on this machine; the rest of the fakes needs their secret.
TRY_WEBHOOKS_AT = urljoin(FAKES_URL, "/try/") if FAKES_URL else None
MAIL_SHOWN_AT = FAKES_URL or (None if env.mail or env.mail_provider else str(DATA / "mail"))
ANYMAIL = env.anymail
if env.mail_provider:
    EMAIL_BACKEND = f"anymail.backends.{env.mail_provider}.EmailBackend"
elif env.mail:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = env.mail.host
    EMAIL_PORT = env.mail.port
    EMAIL_HOST_USER = env.mail.user
    EMAIL_HOST_PASSWORD = env.mail.password
    EMAIL_USE_SSL = env.mail.tls
    EMAIL_USE_TLS = env.mail.starttls
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA / "mail")

# --- Web Push and webhooks ---

VAPID_CONTACT = env.vapid_contact
ALLOWED_PRIVATE_HOSTS = env.allowed_private_hosts

# --- API ---

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "socialapp.users.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "socialapp.api.parsers.BriefNegotiation",
    "DEFAULT_PARSER_CLASSES": ["socialapp.api.parsers.CarefulJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # One format: `format` is a word like others in a query.
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "socialapp.api.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "socialapp",
    "DESCRIPTION": "Posts, reactions and the notifications they cause.",
    "VERSION": socialapp.__version__,
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/social/v1",
    "PREPROCESSING_HOOKS": ["socialapp.api.schema.with_final_slash"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "socialapp.api.schema.with_problems",
        "socialapp.api.schema.with_required_uploads",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    # What a PATCH may leave out, its body's fields say themselves.
    "COMPONENT_SPLIT_PATCH": False,
    "PATH_CONVERTER_OVERRIDES": {
        "id": {"type": "integer", "format": "int64", "minimum": 0, "maximum": 10**18 - 1},
        "username": {"type": "string", "pattern": "^[a-zA-Z0-9_]{1,30}$"},
        # Percent-encoded, a letter takes up to twelve characters.
        "tag": {"type": "string", "minLength": 1, "maxLength": 50},
    },
    "ENUM_NAME_OVERRIDES": {
        "FromWhomEnum": "notifications.models.FromWhom",
        "VerdictEnum": "notifications.models.Verdict",
        "ReasonEnum": "notifications.models.Reason",
        "VisibilityEnum": "socialapp.visibility.Visibility",
        "DeliveryStateEnum": "notifications.models.Delivery.State",
        "ReportStateEnum": "socialapp.moderation.models.Report.State",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Static files, security, the rest ---

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
# Pictures. What is in "default" may be served by a proxy as it lies there; what was uploaded never.
MEDIA_URL = "/media/"
MEDIA = env.media
MEDIA_ROOT = (DATA / "media" if isinstance(MEDIA, S3) else MEDIA) / "public"
# Another host from which pages may load pictures.
MEDIA_HOST = "{0.scheme}://{0.netloc}".format(urlsplit(MEDIA.public_url)) if isinstance(MEDIA, S3) else ""
STORAGES: dict[str, dict[str, Any]] = {
    **places.of_pictures(MEDIA),
    "exports": places.private(MEDIA, "exports"),
    "staticfiles": {"BACKEND": "socialapp.web.storage.Storage"},
}
# Four pictures of 10 MB, and some that are a little too large, so that the form can say so.
UPLOAD_MAX_SIZE = 64 * 1024 * 1024
# The size of a form without its files, and of a mail provider's report. For JSON of the API: socialapp.api.endpoints.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# The widest form, of 100 rows that an admin ticks, has about 120.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 8
FILE_UPLOAD_HANDLERS = [
    "socialapp.web.uploads.WeighedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# A browser accepts such a name from this very host alone, over https.
_HOST_ONLY = "__Host-" if _HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_HOST_ONLY}sessionid", f"{_HOST_ONLY}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _HTTPS
SECURE_SSL_HOST = urlsplit(PUBLIC_URL).netloc
# A redirect would tell a load balancer, without having asked anybody, that all is well.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# Subdomains and the browsers' preload list (W005, W021) are the domain owner's to decide, not ours.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
X_FRAME_OPTIONS = "DENY"
TIME_ZONE = "UTC"
USE_TZ = True

# --- Languages: what a person chose, else what was chosen in this browser, else what it asks for ---

USE_I18N = True
# The default, also of workers and of everything that programs read.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [CHECKOUT / "config" / "locale"]
FORMAT_MODULE_PATH = "config.formats"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = _HTTPS

_LINES: dict[str, dict[str, str]] = {
    "text": {
        "()": "config.logs.TextLine",
        "format": "{asctime} {request_id}{levelname} {name}: {message}{more}",
        "style": "{",
    },
    "json": {"()": "config.logs.JsonLine"},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"bounded": {"()": "config.logs.Bounded"}, "one_line": {"()": "config.logs.OneLine"}},
    "formatters": {"line": _LINES[env.log]},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["bounded", "one_line"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Beat and tasks say a line a second otherwise.
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},
        # A line for each attempt, where there is one for each request.
        "notifications.deliveries.send": {"level": "INFO" if env.access_log else "WARNING"},
    },
}

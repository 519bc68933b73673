"""The one package that reads the environment; each value is checked here, at start.

| variable | meaning | when unset |
|---|---|---|
| SOCIALAPP_DATA | folder of data, logs, mail, secret key | `var/` in the checkout |
| SOCIALAPP_MEDIA | folder of pictures, one for all machines; or s3://bucket/prefix?endpoint=… | `media/` in the data |
| DATABASE_URL | PostgreSQL 15 or later | the embedded one that `bin/up` started |
| DATABASE_DIRECT_URL | where DATABASE_URL leads to a pooler: PostgreSQL itself, for prepare, backup … | DATABASE_URL |
| DATABASE_REPLICA_URL | a standby, for what strangers read | DATABASE_URL |
| REDIS_URL | Redis 6.2, Valkey 7.2 or later, by itself or by Redis Sentinel | the embedded one |
| BROKER_URL | where tasks wait: as REDIS_URL, or RabbitMQ 3.10 or later | REDIS_URL |
| SOCIALAPP_URL | where people open it; with what all links begin, in mail too | http://127.0.0.1:8000 |
| SOCIALAPP_HOSTS | further names by which it is reached, comma separated | only that of SOCIALAPP_URL, and loopback |
| SOCIALAPP_PROXIES | how many proxies stand in front and append to X-Forwarded-For | 0; `check --deploy` asks |
| SOCIALAPP_ACCESS_LOG | 1: a line for each request in the log of web | 0 |
| SOCIALAPP_LIVE_URL | where pages find live streams: https://…/live/; /live/ behind a proxy | the port of `bin/up`'s |
| SOCIALAPP_SECRET_KEY | signing key, 50 characters or more | made at first start, kept in the data folder |
| SOCIALAPP_SECRET_KEY_FALLBACKS | former keys, comma separated: what they signed is still valid | none |
| SOCIALAPP_MAIL_URL | smtp://user:password@host:port, smtps://…; or anymail:// and a provider's name | the fakes' |
| SOCIALAPP_ANYMAIL | with anymail://: django-anymail's settings as JSON, {"MAILGUN_API_KEY": "…"} | {} |
| SOCIALAPP_MAIL_FROM | sender of mails | socialapp <noreply@host of SOCIALAPP_URL> |
| SOCIALAPP_CONTACT | mail or https: address where people, suspended ones too, reach who runs it | MAIL_FROM's, if set |
| SOCIALAPP_ALLOWED_PRIVATE_HOSTS | host:port, …: private addresses that webhooks and push may reach | the fakes' |
| SOCIALAPP_VAPID_CONTACT | mailto: or https: address that push services may turn to | MAIL_FROM's, or SOCIALAPP_URL |
| SOCIALAPP_SIGN_UP | who may join until an admin says otherwise: open, approval, invitation or closed | open |
| SOCIALAPP_CAPTCHA | a class that asks for a proof at sign-up, as package.module.Class | there is none |
| SOCIALAPP_GEOIP | a .mmdb file (GeoLite2, DB-IP …): the list of log-ins says where they were | addresses alone |
| SOCIALAPP_STAFF_SECOND_FACTOR | 1: the admin opens to a second factor alone; 0: a password will do | 1 with https |
| SOCIALAPP_LIMITS | off: nothing is limited, as for a load test; on | on |
| SOCIALAPP_LIMIT_NEW_DAYS | for how many days an account is new, and has stricter limits, 0 to 3650 | 7 |
| SOCIALAPP_LIMIT_… | of each kind in docs/limits.md: 100/h 20/h, the second for new accounts; or off | see there |
| SOCIALAPP_KEEP_DELIVERIES_DAYS | for how many days deliveries are kept after they ended, 7 to 3650 | 30 |
| SOCIALAPP_KEEP_DELETED_POSTS_DAYS | likewise posts after their author deleted them | 30 |
| SOCIALAPP_KEEP_VERSIONS_DAYS | likewise earlier texts of posts after an edit | as long as the post |
| SOCIALAPP_KEEP_LEFT_ACCOUNTS_DAYS | likewise accounts that were deleted with a way back, 1 to 3650 | 30 |
| SOCIALAPP_KEEP_EXPORTS_DAYS | likewise exports of people's data after they were made, 1 to 3650 | 7 |
| SOCIALAPP_KEEP_IMPORTS_DAYS | likewise the results of imports, 1 to 3650 | 30 |
| SOCIALAPP_KEEP_EVIDENCE_DAYS | likewise what was reported, after its case was closed | 90 |
| SOCIALAPP_KEEP_SESSIONS_DAYS | likewise sessions after the log-in | 60 |
| SOCIALAPP_LOG | text, or json: each line of the log is an object | text |
| SOCIALAPP_METRICS | the token with which Prometheus may read /metrics and /live/metrics | there are no metrics |
| SOCIALAPP_SENTRY_DSN | where faults are reported: https://key@host/project | they are only logged |
| OTEL_EXPORTER_OTLP_ENDPOINT | an OpenTelemetry collector, by HTTP; the SDK reads further OTEL_… itself | no traces |
"""

import os
import re
from difflib import get_close_matches

from django.core.exceptions import ImproperlyConfigured

from config.env.brokers import Brokers
from config.env.contacts import STAND_IN_CONTACT, Contacts
from config.env.database import Database
from config.env.keys import Keys
from config.env.limits import LIMITED, Limits
from config.env.mail import NEEDED
from config.env.observing import Observing
from config.env.reading import CHECKOUT, check_letters
from config.env.retention import Retention
from config.env.signup import Signup
from config.env.site import LOOPBACK
from config.env.storage import S3, Storage, place

__all__ = ["CHECKOUT", "KNOWN", "LOOPBACK", "NEEDED", "S3", "STAND_IN_CONTACT", "Environment", "env", "place"]

# Each variable that is checked, and the property that does it.
CHECKED = {
    "SOCIALAPP_DATA": "data",
    "SOCIALAPP_MEDIA": "media",
    "DATABASE_URL": "database_url",
    "DATABASE_DIRECT_URL": "database_direct_url",
    "DATABASE_REPLICA_URL": "database_replica_url",
    "REDIS_URL": "redis_url",
    "BROKER_URL": "broker_url",
    "SOCIALAPP_URL": "public_url",
    "SOCIALAPP_HOSTS": "named_hosts",
    "SOCIALAPP_PROXIES": "proxies",
    "SOCIALAPP_ACCESS_LOG": "access_log",
    "SOCIALAPP_LIVE_URL": "live_url",
    "SOCIALAPP_SECRET_KEY": "secret_key",
    "SOCIALAPP_SECRET_KEY_FALLBACKS": "secret_key_fallbacks",
    "SOCIALAPP_MAIL_URL": "mail",
    "SOCIALAPP_ANYMAIL": "anymail",
    "SOCIALAPP_MAIL_FROM": "mail_from",
    "SOCIALAPP_CONTACT": "contact",
    "SOCIALAPP_ALLOWED_PRIVATE_HOSTS": "allowed_private_hosts",
    "SOCIALAPP_VAPID_CONTACT": "vapid_contact",
    "SOCIALAPP_SIGN_UP": "sign_up",
    "SOCIALAPP_CAPTCHA": "captcha",
    "SOCIALAPP_GEOIP": "geoip",
    "SOCIALAPP_STAFF_SECOND_FACTOR": "staff_second_factor",
    "SOCIALAPP_LIMITS": "are_limits_off",
    "SOCIALAPP_LIMIT_NEW_DAYS": "limits_new_for",
    **dict.fromkeys(LIMITED, "limits"),
    "SOCIALAPP_KEEP_DELIVERIES_DAYS": "keep_deliveries",
    "SOCIALAPP_KEEP_DELETED_POSTS_DAYS": "keep_deleted_posts",
    "SOCIALAPP_KEEP_VERSIONS_DAYS": "keep_versions",
    "SOCIALAPP_KEEP_LEFT_ACCOUNTS_DAYS": "keep_left_accounts",
    "SOCIALAPP_KEEP_EXPORTS_DAYS": "keep_exports",
    "SOCIALAPP_KEEP_IMPORTS_DAYS": "keep_imports",
    "SOCIALAPP_KEEP_EVIDENCE_DAYS": "keep_evidence",
    "SOCIALAPP_KEEP_SESSIONS_DAYS": "keep_sessions",
    "SOCIALAPP_LOG": "log",
    "SOCIALAPP_METRICS": "metrics",
    "SOCIALAPP_SENTRY_DSN": "sentry_dsn",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "otlp_endpoint",
}
KNOWN = set(CHECKED)
# What Kubernetes puts into the environment of each pod, where a service is called socialapp.
_OF_KUBERNETES = re.compile(r"SOCIALAPP_(PORT|SERVICE_\w+|PORT_\w+)")


class Environment(Storage, Database, Brokers, Contacts, Keys, Observing, Limits, Signup, Retention):
    """What the environment says, parsed once, a topic by each class. Raises ImproperlyConfigured with what to do."""

    def problems(self) -> list[str]:
        """What is wrong with the environment, all of it, a line each that says what to do."""
        found = []
        for variable, value in CHECKED.items():
            if self.named(variable):
                try:
                    check_letters(variable)
                    getattr(self, value)
                except ImproperlyConfigured as error:
                    found.append(str(error))
        ours = [name for name in KNOWN if name.startswith("SOCIALAPP_")]
        for variable in sorted(os.environ.keys() - KNOWN):
            name = variable.upper()
            meant = name.startswith("SOCIALAPP_") or get_close_matches(name, ours, 1, 0.9)
            if meant and not _OF_KUBERNETES.fullmatch(variable):
                near = get_close_matches(name, ours, 1, 0.7)
                found.append(
                    f"{variable} is not a setting. "
                    + (f"Did you mean {near[0]}?" if near else "The settings are in docs/operations.md; unset it.")
                )
        return list(dict.fromkeys(found))

    def check(self) -> None:
        """Raises ImproperlyConfigured with all that is wrong."""
        if found := self.problems():
            raise ImproperlyConfigured("\n".join(found))


env = Environment()

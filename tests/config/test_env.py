"""Values of the environment are checked at start, all at once: each with its name, what is wrong, and what to do."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from pkgutil import iter_modules

import anymail.backends
import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from bin.runtime import up
from bin.runtime.names import names_of
from config import env
from config.env import CHECKOUT, KNOWN, NEEDED, Environment, reading
from config.env.limits import LIMITED
from tests.architecture.test_docs import doc


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in KNOWN - {"SOCIALAPP_DATA"}:
            monkeypatch.delenv(name)
    # Whether the packages are there that few need is another question.
    monkeypatch.setattr(reading, "find_spec", lambda _package: True)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SOCIALAPP_SECRET_KEY", "a", "must have 50 characters or more"),
        ("SOCIALAPP_SECRET_KEY", "ab" * 40, "not the same few again and again"),
        ("SOCIALAPP_SECRET_KEY_FALLBACKS", f"{'abcdefghij' * 5}, a", "must have 50 characters or more"),
        ("SOCIALAPP_KEEP_DELIVERIES_DAYS", "6", "must be a number of days from 7 to 3650"),
        ("SOCIALAPP_KEEP_DELETED_POSTS_DAYS", "3651", "must be a number of days from 7 to 3650"),
        ("SOCIALAPP_KEEP_VERSIONS_DAYS", "-30", "must be a number of days from 7 to 3650"),
        ("SOCIALAPP_KEEP_LEFT_ACCOUNTS_DAYS", "0", "must be a number of days from 1 to 3650"),
        ("SOCIALAPP_KEEP_EXPORTS_DAYS", "0", "must be a number of days from 1 to 3650"),
        ("SOCIALAPP_KEEP_IMPORTS_DAYS", "x", "must be a number of days from 1 to 3650"),
        ("SOCIALAPP_KEEP_EVIDENCE_DAYS", "6", "must be a number of days from 7 to 3650"),
        ("SOCIALAPP_KEEP_SESSIONS_DAYS", "1 month", "must be a number of days from 7 to 3650"),
        ("SOCIALAPP_KEEP_SESSIONS_DAYS", "9" * 5000, "must be a number of days from 7 to 3650"),
        ("SOCIALAPP_MAIL_URL", "anymail://mailgum", "Did you mean anymail://mailgun?"),
        ("SOCIALAPP_MAIL_URL", "anymail://", "It knows amazon_ses"),
        ("SOCIALAPP_MAIL_URL", "anymail://base", "knows no provider base"),
        ("SOCIALAPP_MAIL_URL", "mail.example.org", "must look like smtp://"),
        ("SOCIALAPP_MAIL_URL", "smtp://mail.example.org:smtp", "A port must be a number"),
        ("SOCIALAPP_MAIL_URL", "smtp://mail.example.org:99999", "A port must be a number"),
        ("SOCIALAPP_ANYMAIL", "{", "must be a JSON object"),
        ("SOCIALAPP_ANYMAIL", "[]", "must be a JSON object"),
        ("SOCIALAPP_MAIL_FROM", "me", "must look like"),
        ("SOCIALAPP_URL", "social.example", "must look like https://"),
        ("SOCIALAPP_URL", "ftp://social.example", "must look like https://"),
        ("SOCIALAPP_URL", "https://", "must look like https://"),
        ("SOCIALAPP_MAIL_FROM", "noreply@example..org", "SOCIALAPP_MAIL_FROM"),
        ("SOCIALAPP_MAIL_FROM", "a@example.org, b@example.org", "SOCIALAPP_MAIL_FROM"),
        ("SOCIALAPP_URL", "https://social.example:x", "A port must be a number"),
        ("SOCIALAPP_URL", "https://[::1", "brackets"),
        ("SOCIALAPP_URL", "https://social.example/app", "must end after the host"),
        ("SOCIALAPP_URL", "https://me:pw@social.example", "must end after the host"),
        ("SOCIALAPP_URL", "https://bücher.example", "is not the name of a host"),
        ("SOCIALAPP_URL", "https://so cial.example", "is not the name of a host"),
        ("SOCIALAPP_HOSTS", "*", "is not the name of a host"),
        ("SOCIALAPP_HOSTS", "a.example, https://b.example", "is not the name of a host"),
        ("SOCIALAPP_HOSTS", "a.example:8000", "is not the name of a host"),
        ("SOCIALAPP_PROXIES", "one", "must be the number of proxies"),
        ("SOCIALAPP_PROXIES", "-1", "must be the number of proxies"),
        ("SOCIALAPP_PROXIES", "10.0.0.1", "must be the number of proxies"),
        ("SOCIALAPP_LIVE_URL", "https://social.example/", "must end in /live/"),
        ("SOCIALAPP_LIVE_URL", "social.example/live/", "must look like https://"),
        ("SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "127.0.0.1", "must look like host:port"),
        ("SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "127.0.0.1:99999", "must look like host:port"),
        ("SOCIALAPP_VAPID_CONTACT", "me@example.org", "mailto:"),
        ("SOCIALAPP_CONTACT", "me", "must look like help@example.org"),
        ("DATABASE_URL", "mysql://127.0.0.1/x", "must look like postgres://"),
        ("DATABASE_URL", "postgres://me@127.0.0.1:x/y", "A port must be a number"),
        ("REDIS_URL", "http://127.0.0.1", "must look like redis://"),
        ("DATABASE_URL", "postgres://me@127.0.0.1", "must look like postgres://"),
        ("DATABASE_URL", "postgres://me@db1,db2/y", "Add ?target_session_attrs=read-write"),
        ("DATABASE_URL", "postgres://me@db1,db2/y?target_session_attrs=any", "Add ?target_session_attrs=read-write"),
        (
            "DATABASE_REPLICA_URL",
            "postgres://me@db1,db2/y?target_session_attrs=any",
            "target_session_attrs=prefer-standby",
        ),
        ("DATABASE_URL", "postgres://me@db1,/y?target_session_attrs=primary", "before and after each comma"),
        ("DATABASE_URL", "postgres://me@db1:x,db2/y?target_session_attrs=primary", "A port must be a number"),
        ("DATABASE_URL", "postgres://me@db1,d b2/y?target_session_attrs=primary", "is not the name of a host"),
        ("REDIS_URL", "redis://127.0.0.1/first", "must look like redis://"),
        ("REDIS_URL", "redis://a:6379,b:6379/0", "several hosts need Redis Sentinel"),
        ("REDIS_URL", "rediss://:pw@a:6379/0?ssl_cert_reqs=none", "must end after the number of the database"),
        ("REDIS_URL", "redis://:p?w@a:6379/0", "A port must be a number"),
        ("REDIS_URL", "sentinel://a:26379,b:26379/0", "the name of the master is missing"),
        ("REDIS_URL", "sentinel://a:26379,b:26379/0?master=", "the name of the master is missing"),
        ("REDIS_URL", "sentinel://a:26379,b:http/0?master=social", "A port must be a number"),
        ("REDIS_URL", "sentinel://a:26379,/0?master=social", "a host is missing"),
        ("REDIS_URL", "sentinel://a:26379,b..c/0?master=social", "is not the name of a host"),
        ("REDIS_URL", "sentinel://a/zero?master=social", "must be the number of a database"),
        ("REDIS_URL", "sentinel://a/0?master=social&sentinel_pasword=x", "may follow the ?"),
        ("REDIS_URL", "amqp://me:pw@127.0.0.1/social", "must look like redis://"),
        ("BROKER_URL", "kafka://127.0.0.1", "or like amqp://user:password@host:5672/vhost"),
        ("BROKER_URL", "amqp://me:pw@a:5672,b:x/social", "A port must be a number"),
        ("BROKER_URL", "amqp://me:pw@a,,b/social", "a host is missing"),
        ("BROKER_URL", "amqp://me:pw@a/social/other", "must end after the name of the virtual host"),
        ("BROKER_URL", "amqp://me:pw@a/social?heartbeat=1", "must end after the name of the virtual host"),
        ("SOCIALAPP_URL", "https://social.example:0", "A port must be a number"),
        ("SOCIALAPP_MAIL_URL", "smtp://mail.example.org:0", "A port must be a number"),
        ("SOCIALAPP_MAIL_FROM", "Ours <a@b.example>\nBcc: c@d.example", "must be on one line"),
        ("SOCIALAPP_MAIL_URL", "smtp://mail..example.org", "is not the name of a host"),
        ("SOCIALAPP_MAIL_URL", f"smtp://{'a' * 64}.example.org", "is not the name of a host"),
        ("SOCIALAPP_MAIL_URL", "smtp://1.2.3.400", "is not the name of a host"),
        ("SOCIALAPP_MAIL_URL", "smtp://me:p%C3%A4ss@mail.example.org", "must be of ASCII"),
        ("SOCIALAPP_MAIL_URL", "smtp://me:päss@mail.example.org", "must be of ASCII"),
        ("SOCIALAPP_MAIL_URL", "smtp://me:pa%0Ass@mail.example.org", "must be of ASCII"),
        ("SOCIALAPP_MAIL_URL", "smtp://me@mail.example.org", "user and password, or neither"),
        ("SOCIALAPP_MAIL_URL", "smtp://mail.example.org/inbox", "must end after the port"),
        ("SOCIALAPP_MAIL_URL", "smtp://me:1#2@mail.example.org", "written as %23"),
        ("SOCIALAPP_MAIL_URL", "anymail://base_requests", "knows no provider"),
        ("SOCIALAPP_ANYMAIL", '{"MAILGUN_API_KEY": 7}', "a text in quotes"),
        ("SOCIALAPP_ANYMAIL", '{"MAILGUN_API_KEY": "schlüssel"}', "a text in quotes"),
        ("SOCIALAPP_ANYMAIL", '{"MAILGUN_API_KEY": "key\\n"}', "a text in quotes"),
        ("SOCIALAPP_ANYMAIL", "[" * 100_000, "must be a JSON object"),
        ("SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "::1:80", "in brackets"),
        ("DATABASE_URL", "postgres://me:1/2@127.0.0.1/y", "written as %2F"),
        ("SOCIALAPP_VAPID_CONTACT", "https://example.org:0/", "with a host that is on the internet"),
        ("SOCIALAPP_DATA", f"{__file__}/data", "is a file"),
        ("SOCIALAPP_DATA", "/" + "a" * 300, "File name too long"),
        ("SOCIALAPP_MEDIA", f"{__file__}/media", "is a file"),
        ("SOCIALAPP_MEDIA", "s3:///site", "must look like s3://bucket/prefix"),
        ("SOCIALAPP_MEDIA", "s3://Social/site", "must look like s3://bucket/prefix"),
        ("SOCIALAPP_MEDIA", "s3://social/../site", "must look like s3://bucket/prefix"),
        ("SOCIALAPP_MEDIA", "s3://key:secret@social/site", "Keys do not belong in it"),
        ("SOCIALAPP_MEDIA", "gs://social/site", "must look like s3://bucket/prefix"),
        ("SOCIALAPP_MEDIA", "s3://social/site?acl=public-read", "must look like s3://bucket/prefix"),
        ("SOCIALAPP_MEDIA", "s3://social/site?endpoint=s3.example", "endpoint must look like https://s3.example"),
        ("SOCIALAPP_MEDIA", "s3://social?url=https://a.example/;img-src%20*", "url must look like https://s3.example"),
        ("SOCIALAPP_MEDIA", "s3://social?region=Berlin!", "region must look like eu-central-1"),
        ("SOCIALAPP_CONTACT", "me@", "must look like help@example.org"),
        ("SOCIALAPP_CONTACT", "https://", "must look like help@example.org"),
        ("SOCIALAPP_DATA", __file__, "must be a folder"),
        ("SOCIALAPP_MEDIA", __file__, "must be a folder"),
        ("SOCIALAPP_HOST", "a.example", "Did you mean SOCIALAPP_HOSTS?"),
        ("SOCIALAP_URL", "https://a.example", "Did you mean SOCIALAPP_URL?"),
        ("socialapp_url", "https://a.example", "Did you mean SOCIALAPP_URL?"),
        ("SOCIALAPP_SECRETKEY", "x" * 60, "Did you mean SOCIALAPP_SECRET_KEY?"),
        ("SOCIALAPP_COLOUR", "green", "is not a setting"),
        ("SOCIALAPP_LOG", "xml", "must be text or json"),
        ("SOCIALAPP_METRICS", "too-short", "must be a token of 20 characters or more"),
        ("SOCIALAPP_METRICS", "abab" * 10, "must be a token of 20 characters or more"),
        ("SOCIALAPP_METRICS", "a token with spaces in it", "must be a token of 20 characters or more"),
        ("SOCIALAPP_SENTRY_DSN", "https://sentry.example/42", "must look like https://key@"),
        ("SOCIALAPP_SENTRY_DSN", "https://key@sentry.example/", "must look like https://key@"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector.example:4318", "must look like http://"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_do(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    (problem,) = Environment().problems()
    assert problem.startswith(name)
    assert says in problem
    with pytest.raises(ImproperlyConfigured, match=name):
        Environment().check()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOCIALAPP_URL", "https://social.example"),
        ("SOCIALAPP_URL", "http://192.168.1.5:8000/"),
        ("SOCIALAPP_URL", "https://xn--bcher-kva.example"),
        ("SOCIALAPP_URL", "http://[::1]:8000"),
        ("SOCIALAPP_HOSTS", "laptop.lan,10.0.0.7 ::1"),
        ("SOCIALAPP_PROXIES", "0"),
        ("SOCIALAPP_MAIL_URL", "anymail://console"),
        ("SOCIALAPP_MAIL_URL", "smtp://mail_server:25"),
        ("SOCIALAPP_ANYMAIL", '{\n "MAILGUN_API_KEY": "key-1",\n "DEBUG_API_REQUESTS": true\n}\n'),
        ("SOCIALAPP_DATA", "/tmp/not/yet/there"),  # noqa: S108
        ("DATABASE_URL", "postgres://me@db_server/social"),
        ("SOCIALAPP_MAIL_URL", "smtps://me:p%40ss@mail.example.org"),
        ("SOCIALAPP_LIVE_URL", "/live/"),
        ("SOCIALAPP_LIVE_URL", "https://live.social.example/live/"),
        ("SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "127.0.0.1:8025, [::1]:80"),
        ("SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "127.0.0.1:8025\n[::1]:80\n"),
        ("SOCIALAPP_SERVICE_HOST", "10.96.0.12"),  # what Kubernetes sets for a service called socialapp
        ("SOCIALAPP_PORT_8000_TCP_ADDR", "10.96.0.12"),
        ("SOCIALAPP_PROXIES", ""),
        ("SOCIALAPP_MEDIA", "s3://social"),
        ("SOCIALAPP_MEDIA", "s3://social/site?endpoint=https://s3.example:9000&region=eu-central-1"),
        ("SOCIALAPP_MEDIA", "s3://social/a/b?url=https://media.example/pictures"),
        ("SOCIALAPP_SECRET_KEY_FALLBACKS", f"{'abcdefghij' * 5},\n{'klmnopqrst' * 5}"),
        ("SOCIALAPP_CONTACT", "help@example.org"),
        ("SOCIALAPP_CONTACT", "https://example.org/help"),
        ("SOCIALAPP_CONTACT", "mailto:help@example.org?subject=Help"),
        ("DATABASE_URL", "postgres://%2Frun%2Fpostgresql/social"),
        ("DATABASE_URL", "postgres://me:a,b@db1:5433,[::1]/social?target_session_attrs=read-write"),
        ("REDIS_URL", "rediss://:password@127.0.0.1:6379/1"),
        ("REDIS_URL", "sentinel://:a,b%2F@10.0.0.1:26379,[2001:db8::1]:26379,c/0?master=social"),
        ("REDIS_URL", "sentinels://me:pw@a,b,c?master=social&sentinel_user=us&sentinel_password=x%26y"),
        ("BROKER_URL", "redis://127.0.0.1:6380"),
        ("BROKER_URL", "sentinel://a,b,c?master=social"),
        ("BROKER_URL", "amqp://me:pw@a:5672,b:5672,c/social"),
        ("BROKER_URL", "amqps://me:pw@rabbit_1/%2Fsocial"),
        ("BROKER_URL", "amqp://me:pw@rabbit"),
        ("OTHER_DATABASE_URL", "mysql://x/y"),  # of another program
        ("SOCIALAPP_SENTRY_DSN", "https://key@o1.ingest.sentry.example/below/42"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/below"),
        ("OTEL_SERVICE_NAME", "social"),
    ],
)
def test_a_right_value_is_taken(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert Environment().problems() == []


# Of each variable a right value, and what makes nonsense of it.
PLACES = Path(__file__).with_name("places.mmdb")
NONSENSE = {
    "SOCIALAPP_DATA": ("/tmp", {}),  # noqa: S108
    "SOCIALAPP_MEDIA": ("/tmp", {}),  # noqa: S108
    "DATABASE_URL": ("postgres://me:pw@db.example:5432/social", {"postgres:": "mysql:", "/social": ""}),
    "DATABASE_DIRECT_URL": ("postgres://me:pw@db.example:5432/social", {"postgres:": "mysql:", "/social": ""}),
    "DATABASE_REPLICA_URL": ("postgres://me:pw@db.example:5432/social", {"postgres:": "mysql:", "/social": ""}),
    "REDIS_URL": ("redis://:pw@redis.example:6379/0", {"redis:": "http:", "/0": "/-1", "9/0": "9/1000000"}),
    "BROKER_URL": (
        "amqp://me:pw@rabbit.example:5672/social",
        {"amqp:": "http:", "/social": "/a/b", "rabbit": "a,b..c"},
    ),
    "SOCIALAPP_URL": ("https://social.example:8443", {"https:": "ftp:", "https://": "", ".example": "."}),
    "SOCIALAPP_HOSTS": ("social.example", {"social": "https://social", "example": "example:80", "social.": "*."}),
    "SOCIALAPP_PROXIES": ("1", {"1": "70000", "": "-"}),
    "SOCIALAPP_ACCESS_LOG": ("1", {"1": "70000", "": "-"}),
    "SOCIALAPP_STAFF_SECOND_FACTOR": ("1", {"1": "70000", "": "-"}),
    "SOCIALAPP_LIVE_URL": ("https://social.example:8443/live/", {"https:": "ftp:", "/live/": "/", "social": "a@b"}),
    "SOCIALAPP_SECRET_KEY": ("abcdefghij" * 5, {"j": "", "": "ab" * 40}),
    "SOCIALAPP_SECRET_KEY_FALLBACKS": ("abcdefghij" * 5, {"j": "", "": "ab" * 40}),
    "SOCIALAPP_MAIL_URL": (
        "smtp://me:pw@mail.example:587",
        {"smtp:": "http:", "pw": "p\u00e4", "me:pw": "me", ":pw": ":%00", "p://": "p:"},
    ),
    "SOCIALAPP_ANYMAIL": ('{"MAILGUN_API_KEY": "key"}', {"{": "[", "key": "", '"key"': "0", "}": ""}),
    "SOCIALAPP_MAIL_FROM": ("Ours <noreply@mail.example>", {"@": "", "noreply": "no reply", ">": ">,a@b.example"}),
    "SOCIALAPP_CONTACT": ("https://social.example:8443/help", {"https:": "ftp:", "https://": "", "social": "a@b"}),
    "SOCIALAPP_ALLOWED_PRIVATE_HOSTS": ("hooks.example:8443", {":8443": "", "hooks": "http://hooks"}),
    "SOCIALAPP_VAPID_CONTACT": ("https://social.example.org:8443/", {"https:": "ftp:", "social": "a@b"}),
    "SOCIALAPP_SIGN_UP": ("closed", {"closed": "close", "": "-"}),
    "SOCIALAPP_CAPTCHA": ("ours.captcha.Sum", {"ours.captcha.Sum": "Sum", ".captcha": "..captcha", "Sum": "S-um"}),
    "SOCIALAPP_LIMITS": ("off", {"off": "of", "": "0"}),
    "SOCIALAPP_LIMIT_NEW_DAYS": ("3", {"3": "3651", "": "-"}),
    **dict.fromkeys(
        LIMITED, ("100/h 20/h", {"100": "0", "h ": "w ", " ": "  ", "/h": "", "20/h": "20/h 5/h", "": "on"})
    ),
    "SOCIALAPP_GEOIP": (str(PLACES), {"/": "", "": "/", ".mmdb": ".mmdb2", PLACES.name: Path(__file__).name}),
    **{
        f"SOCIALAPP_KEEP_{what}_DAYS": ("30", {"30": "6", "3": "3651", "0": "0.5", "": "-"})
        for what in ("DELIVERIES", "DELETED_POSTS", "VERSIONS", "SESSIONS", "EVIDENCE")
    },
    **{
        f"SOCIALAPP_KEEP_{what}_DAYS": ("30", {"30": "0", "3": "3651", "0": "0.5", "": "-"})
        for what in ("EXPORTS", "IMPORTS", "LEFT_ACCOUNTS")
    },
    "SOCIALAPP_LOG": ("json", {"json": "yaml", "": "-"}),
    "SOCIALAPP_METRICS": ("abcdefghij" * 2, {"j": "", "a": "\u00e4", "": "ab" * 20, "b": '"'}),
    "SOCIALAPP_SENTRY_DSN": (
        "https://key@sentry.example:8443/7",
        {"https:": "ftp:", "key@": "", "/7": "/x", "https://": ""},
    ),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("http://collector.example:4318", {"http:": "ftp:", "http://": ""}),
}
LISTS = {"SOCIALAPP_HOSTS", "SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "SOCIALAPP_ANYMAIL", "SOCIALAPP_SECRET_KEY_FALLBACKS"}
PORT = re.compile(r"(?<=:)[0-9]{3,4}")


def nonsense_of(variable: str) -> Iterator[str]:
    """Spaces, control characters, bytes that are no text, other letters, double dots, ports out of range; its own."""
    right, own = NONSENSE[variable]
    middle = len(right) // 2
    yield f"{right[:middle]}\x1b{right[middle:]}"
    yield f"{right[:middle]}\udcff{right[middle:]}"
    if variable not in LISTS:
        yield from (" ", "\t", f" {right}", f"{right} ", f"{right}\n", f"{right[:middle]}\n{right[middle:]}")
    if ".example" in right:
        yield from (right.replace(".example", end) for end in ("..example", ".ex\u00e4mple", f".{'x' * 64}.example"))
    if PORT.search(right):
        yield from (PORT.sub(port, right) for port in ("0", "70000", "-1", "http", "\u0663"))
    yield from (right.replace(old, new, 1) if old else new for old, new in own.items())


def test_there_is_nonsense_of_each_variable() -> None:
    assert set(NONSENSE) == KNOWN


@pytest.mark.parametrize("variable", NONSENSE)
def test_nonsense_is_refused_by_the_name_of_its_variable_in_a_line_that_can_be_printed(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, unclear = [], []
    for value in nonsense_of(variable):
        monkeypatch.setenv(variable, value)
        problems = Environment().problems()
        if not problems:
            taken.append(value)
        elif len(problems) > 1 or not problems[0].startswith(variable) or not problems[0].isprintable():
            unclear.append((value, problems))
    assert (taken, unclear) == ([], [])
    for value in (NONSENSE[variable][0], ""):
        monkeypatch.setenv(variable, value)
        assert Environment().problems() == []


WITH_PASSWORDS = [
    ("SOCIALAPP_MAIL_URL", "smtp"),
    ("DATABASE_URL", "postgres"),
    ("REDIS_URL", "redis"),
    ("REDIS_URL", "sentinel"),
    ("BROKER_URL", "amqp"),
]


def test_the_end_of_a_sentinels_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "sentinel://a/0?master=social&sentinel_password=hid&den")
    (problem,) = Environment().problems()
    assert "(in one: %26)" in problem
    assert not re.search(r"hid|den", problem)


def test_no_token_is_in_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("hidden", "hidden and with spaces", "hiddenhidden\u00e4hiddenhidden", "hidden" * 4 + "\n"):
        monkeypatch.setenv("SOCIALAPP_METRICS", value)
        (problem,) = Environment().problems()
        assert "hidden" not in problem


@pytest.mark.parametrize(
    ("variable", "value", "package"),
    [
        ("SOCIALAPP_SENTRY_DSN", "https://key@sentry.example/42", "sentry_sdk"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318", "opentelemetry"),
    ],
)
def test_what_is_not_installed_is_named_with_how_to_install_it(
    variable: str, value: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert Environment().problems() == []
    monkeypatch.setattr(reading, "find_spec", {package: None}.get)
    (problem,) = Environment().problems()
    assert problem.startswith(f"{variable} needs packages of requirements-observe.txt")
    assert "with the setting, run python3 bin/runtime/environment.py run" in problem


def test_no_password_is_in_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, scheme in WITH_PASSWORDS:
        for sign in "/?#@\u00e4\n":
            monkeypatch.setenv(variable, f"{scheme}://me:hid{sign}den@ho st:99999/x")
            said = "\n".join(Environment().problems())
            assert said.startswith(variable), (variable, sign)
            assert not re.search(r"hid|den@", said), said
        monkeypatch.delenv(variable)


@pytest.mark.filterwarnings("ignore")  # some are on their way out
@pytest.mark.parametrize("provider", NEEDED)
def test_a_provider_of_mail_is_refused_without_what_it_needs_and_made_with_it(
    provider: str, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    whole = {f"{provider.upper()}_{need}": "https://api.example/" for need in NEEDED[provider]}
    monkeypatch.setenv("SOCIALAPP_MAIL_URL", f"anymail://{provider}")
    for missing in whole:
        part = {name: value for name, value in whole.items() if name != missing}
        monkeypatch.setenv("SOCIALAPP_ANYMAIL", json.dumps(part))
        (problem,) = Environment().problems()
        assert problem.startswith(f"SOCIALAPP_ANYMAIL: anymail://{provider} needs {missing}.")
        settings.ANYMAIL = part
        with pytest.raises(ImproperlyConfigured):
            import_string(f"anymail.backends.{provider}.EmailBackend")()
    monkeypatch.setenv("SOCIALAPP_ANYMAIL", json.dumps(whole))
    assert Environment().problems() == []
    settings.ANYMAIL = whole
    import_string(f"anymail.backends.{provider}.EmailBackend")()


def test_a_provider_whose_packages_are_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "anymail.backends.amazon_ses", raising=False)
    monkeypatch.setenv("SOCIALAPP_MAIL_URL", "anymail://amazon_ses")
    (problem,) = Environment().problems()
    assert problem.startswith("SOCIALAPP_MAIL_URL")
    assert "django-anymail[amazon-ses]" in problem


def test_no_other_provider_needs_anything(settings: LazySettings) -> None:
    settings.ANYMAIL = {}
    others = {module.name for module in iter_modules(anymail.backends.__path__)} - set(NEEDED)
    assert others == {"amazon_ses", "base", "base_requests", "console", "test"}
    for name in ("console", "test"):
        import_string(f"anymail.backends.{name}.EmailBackend")()


def test_a_folder_that_this_user_cannot_make_is_said_at_once(tmp_path: Path) -> None:
    """As an ordinary user: for root, no folder is closed."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    script = (
        "import os, sys; from config.env import Environment; "
        "os.geteuid() or os.setgroups([]) or os.setgid(65534) or os.setuid(65534); "
        "print(*Environment().problems())"
    )
    for path, says in ((closed / "data", "may not be written to"), (closed, "may not be read")):
        if os.geteuid() and path == closed:
            continue  # one's own
        for folder in [tmp_path, *tmp_path.parents][:-2] if not os.geteuid() else []:
            folder.chmod(folder.stat().st_mode | 0o011)
        said = subprocess.run(
            [sys.executable, "-c", script],
            env={"SOCIALAPP_DATA": str(path), "PATH": os.environ["PATH"]},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert said.startswith(f"SOCIALAPP_DATA: {path} must be a folder")
        assert says in said or "Permission denied" in said


def test_a_key_that_cannot_be_kept_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCIALAPP_DATA", "/proc/socialapp")  # where not even root can make one
    with pytest.raises(ImproperlyConfigured, match="SOCIALAPP_DATA: the secret key cannot be kept in /proc/socialapp"):
        _ = Environment().secret_key
    (tmp_path / "secret_key").write_bytes(b"\xff")
    monkeypatch.setenv("SOCIALAPP_DATA", str(tmp_path))
    with pytest.raises(ImproperlyConfigured, match="SOCIALAPP_DATA: the secret key cannot be kept"):
        _ = Environment().secret_key


def test_who_is_let_in_by_an_ipv6_address_is_known_as_addresses_of_webhooks_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "[::1]:80, Hooks.lan:81")
    assert Environment().allowed_private_hosts == {"::1:80", "hooks.lan:81"}


@pytest.mark.parametrize("command", [["up"], ["run", "web"], ["run", "prepare"]], ids=" ".join)
def test_a_command_names_all_that_is_wrong_at_once_before_it_starts_anything(
    command: list[str], tmp_path: Path
) -> None:
    wrong = {"SOCIALAPP_URL": "social", "SOCIALAPP_PROXIES": "x", "SOCIALAPP_HOST": "y", "DATABASE_URL": "mysql://x/y"}
    data = tmp_path / "data"
    done = subprocess.run(
        [str(CHECKOUT / "bin" / command[0]), *command[1:]],
        env=os.environ | wrong | {"REDIS_URL": "redis://127.0.0.1:9/0", "SOCIALAPP_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert [name for name in wrong if name not in done.stderr] == []
    assert len(done.stderr.strip().splitlines()) == len(wrong)
    assert not data.exists()


def test_manage_says_it_in_a_line_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(CHECKOUT / ".venv" / "bin" / "python"), str(CHECKOUT / "manage.py"), "token", "ada"],
        env={"SOCIALAPP_DATA": str(tmp_path), "SOCIALAPP_PROXIES": "x", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("manage.py: SOCIALAPP_PROXIES: x must be the number")


def test_hosts_are_that_of_the_address_loopback_and_what_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCIALAPP_URL", "https://Social.example:8443")
    monkeypatch.setenv("SOCIALAPP_HOSTS", "Other.example, 2001:db8::1")
    hosts = Environment().hosts
    assert hosts == ["social.example", "127.0.0.1", "localhost", "[::1]", "other.example", "[2001:db8::1]"]


def test_what_a_laptop_listens_as_counts_until_it_has_an_https_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOCIALAPP_DATA", str(tmp_path))
    (tmp_path / "embedded.json").write_text('{"LISTENS_AS": "laptop.local 192.168.1.5"}')
    assert {"laptop.local", "192.168.1.5"} <= set(Environment().hosts)
    monkeypatch.setenv("SOCIALAPP_URL", "https://social.example")
    assert {"laptop.local", "192.168.1.5"}.isdisjoint(Environment().hosts)


def test_a_laptop_has_its_own_names_in_the_house() -> None:
    assert names_of("192.168.1.5") == ["192.168.1.5"]
    assert names_of("::1") == ["[::1]"]
    # Not in this process, which is kept from all sockets but those of this machine.
    script = "from bin.runtime.names import names_of; print(*names_of('0.0.0.0'))"
    everywhere = subprocess.check_output([sys.executable, "-c", script], cwd=CHECKOUT, text=True).split()
    assert socket.gethostname().lower() in everywhere
    assert "*" not in everywhere


@pytest.mark.parametrize(
    ("said", "database", "demo", "fakes"),
    [
        ([], "", True, True),
        ([], "postgres://db.example/social", False, True),
        (["--demo"], "postgres://db.example/social", True, True),
        (["--no-demo"], "", False, True),
        (["--host", "127.0.0.9"], "", True, True),
        (["--host", "0.0.0.0"], "", True, False),
        (["--host", "192.168.1.5", "--fakes"], "", True, True),
        (["--no-fakes"], "", True, False),
    ],
)
def test_demo_people_and_open_mail_are_for_a_laptop_of_ones_own(
    said: list[str], database: str, demo: bool, fakes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setattr(sys, "argv", ["bin/up", *said])
    chosen = up.options()
    assert (chosen.demo, chosen.fakes) == (demo, fakes)


def test_each_variable_of_the_docs_is_known_and_each_known_one_is_in_the_docs() -> None:
    assert set(re.findall(r"^\| ([A-Z_]+) \|", env.__doc__ or "", re.MULTILINE)) == KNOWN - set(LIMITED)
    assert (
        set(
            re.findall(
                r"^\| `((?:SOCIALAPP|DATABASE|REDIS|BROKER|OTEL)_[A-Z_]+)` \|", doc("operations.md"), re.MULTILINE
            )
        )
        == KNOWN - set(LIMITED)  # those are in limits.md (tests/architecture/test_docs.py)
    )


@pytest.mark.parametrize(
    ("typed", "status", "out", "error"),
    [
        (["up", "--help"], 0, "--live-port", ""),
        (["up", "-h"], 0, "--no-fakes", ""),
        (["up", "--port", "70000"], 2, "", "--port must be between 1 and 65535"),
        (["up", "--hots", "127.0.0.1"], 2, "", "unrecognized arguments: --hots"),
        (["run", "--help"], 0, "pages and the API", ""),
        (["run", "web", "--help"], 0, "--processes", ""),
        (["run"], 2, "", "PROCESS"),
        (["run", "wed"], 2, "", "invalid choice: 'wed'"),
        (["run", "live", "--port", "70000"], 2, "", "--port must be between 1 and 65535"),
        (["run", "worker", "--threads", "0"], 2, "", "--threads must be between 1 and 1000"),
        (["run", "beat", "--port", "8000"], 2, "", "unrecognized arguments: --port"),
    ],
)
def test_a_fresh_clone_shows_its_options_before_anything_is_installed(
    typed: list[str], status: int, out: str, error: str, tmp_path: Path
) -> None:
    shutil.copytree(CHECKOUT / "bin", tmp_path / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    before = set(tmp_path.rglob("*"))
    done = subprocess.run(
        [str(tmp_path / "bin" / typed[0]), *typed[1:]],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert (out in done.stdout, error in done.stderr) == (True, True)
    assert bool(done.stdout) == bool(out)
    assert set(tmp_path.rglob("*")) == before

"""After a restore no number and no id comes a second time with other contents."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from notifications.deliveries.send import deliver
from notifications.models import Delivery, Era
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time
from tests.people import new_person

pytestmark = pytest.mark.django_db


def test_an_era_is_kept_until_it_is_renewed() -> None:
    Era.begin()
    first = Era.objects.get().name
    Era.begin()
    assert Era.objects.get().name == first
    assert Era.renew() == Era.objects.get().name != first


def test_ids_that_leave_the_house_are_of_the_era(other: Other, ada: Person, bob: Person, post: Post) -> None:
    _, receiver = other.webhook_of(ada)
    other.mail_of(ada)
    Era.begin()
    era = Era.objects.get().name
    comment(bob, post)
    pass_time(timedelta(minutes=4))
    deliver("webhook")
    deliver("email")
    webhook = Delivery.objects.get(channel="webhook").batch
    mail = Delivery.objects.get(channel="email").batch
    assert list(receiver.times) == [f"msg_{era}-{webhook}"]
    assert [str(m.message["Message-ID"]).partition("@")[0] for m in other.fakes.mail.mails] == [
        f"<delivery-{era}-{mail}"
    ]


def test_restored_gives_out_no_number_that_was_given_out_since_the_backup(
    ada: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Post.objects.create(author=ada, body="Before")
    Era.begin()
    era = Era.objects.get().name
    call_command("restored")
    assert new_person("later").pk > ada.pk + 999_000_000
    assert Post.objects.create(author=ada, body="After").pk > before.pk  # by its time
    assert Era.objects.get().name != era
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_sequences WHERE last_value < 1000000 AND max_value > 2000000")
        assert cursor.fetchone()[0] == 0

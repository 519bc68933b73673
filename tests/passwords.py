"""Fixtures for tests of log-in: Ada has a password and a confirmed address. A module that imports them uses them."""

import pytest
from allauth.account.models import EmailAddress

from socialapp.users.models import Person
from tests.people import PASSWORD


@pytest.fixture
def ada(ada: Person) -> Person:
    """With a password and a confirmed address."""
    ada.set_password(PASSWORD)
    ada.save()
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    return ada

"""What a link to a page shows elsewhere, and what search engines are told."""

import pytest
from django.conf import settings
from django.test import Client

from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.people import logged_in

pytestmark = pytest.mark.django_db


def test_a_link_to_a_post_shows_its_author_and_words(ada: Person) -> None:
    post = publish_post(author=ada, body='Fog & "bridges"')[0]
    page = Client().get(f"/posts/{post.pk}/").text
    assert f'<link rel="canonical" href="{settings.PUBLIC_URL}/posts/{post.pk}/">' in page
    assert '<meta property="og:title" content="Ada">' in page
    assert '<meta property="og:description" content="Fog &amp; &quot;bridges&quot;">' in page
    assert "og:image" not in page


def test_a_link_to_a_person_shows_their_name(ada: Person) -> None:
    assert '<meta property="og:title" content="Ada">' in Client().get("/@ada/").text


def test_search_engines_are_told_what_not_to_read() -> None:
    answer = Client().get("/robots.txt")
    assert (answer["Content-Type"], "Disallow: /settings/" in answer.text) == ("text/plain", True)


def test_the_admins_first_page_leads_to_the_dashboard(ada: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    ada.refresh_from_db()
    assert "/admin/notifications/delivery/dashboard/" in logged_in(ada).get("/admin/").text

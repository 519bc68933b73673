"""Types of requests of signed-in people. Nothing makes an instance."""

from django.http import HttpRequest
from rest_framework.request import Request

from socialapp.users.models import Person


class AuthenticatedRequest(HttpRequest):
    """A page's request that `socialapp.web.pages.signed_in` let through."""

    user: Person


class MemberApiRequest(Request):
    """An API request that the permission IsAuthenticated, or IsAuthenticatedOrReadOnly for a change, let through."""

    user: Person

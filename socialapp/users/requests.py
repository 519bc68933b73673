"""What a view of signed-in people is given."""

from django.http import HttpRequest

from socialapp.users.models import Person


class MemberRequest(HttpRequest):
    """A request that `socialapp.http.pages.signed_in` let through. Only a type: nothing makes one."""

    user: Person

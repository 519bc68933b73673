"""Requests to follow the caller, and the caller's followers, in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, checked, page_of, page_query, paged
from socialapp.api.pagination import paginate
from socialapp.api.problems import problems
from socialapp.follows import follow_requests
from socialapp.follows.follow_requests import Waiting
from socialapp.follows.queries import requests_to
from socialapp.users.api import PersonSerializer
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest

APPROVED = inline_serializer("Approved", {"follows": serializers.BooleanField()})


class Answer(serializers.Serializer[Any]):
    """What becomes of all requests that wait."""

    answer = serializers.ChoiceField(choices=[Waiting.APPROVE.value, Waiting.REFUSE.value])


class FollowRequestsView(APIView):
    """Requests to follow the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """List the people who ask to follow the caller, the newest first.

        They are there while the caller approves their followers (`locked` of `me/`), and until they are answered.
        """
        cursor, size = page_query(request)
        page = paginate(requests_to(request.user.pk), ["-id"], cursor, size)
        return paged(request, page.with_items([asked.follower for asked in page.items]), PersonSerializer)

    @extend_schema(request=Answer, responses={202: None})
    def post(self, request: MemberApiRequest) -> Response:
        """Approve or refuse all requests that wait. Workers answer those beyond the first few hundred.

        Answers 202, also when there are none.
        """
        approves = checked(Answer, request.data)["answer"] == Waiting.APPROVE
        follow_requests.answer_all(followee_id=request.user.pk, approve=approves)
        return Response(status=202)


class FollowRequestView(APIView):
    """One request to follow the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={200: APPROVED, **problems(404)})
    def put(self, request: MemberApiRequest, username: str) -> Response:
        """Approve a person's request: they follow the caller, and are notified of it.

        Answers 200, also when they follow the caller already. 404 when they neither ask nor follow.
        """
        follow_requests.approve(followee_id=request.user.pk, follower_id=person_named(username).pk)
        return Response({"follows": True})

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """Refuse a person's request. They are not notified, and may ask again.

        Answers 204, also when there was none.
        """
        follow_requests.refuse(followee_id=request.user.pk, follower_id=person_named(username).pk)
        return Response(status=204)


class FollowerView(APIView):
    """One follower of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """Remove a person from the caller's followers. They are not notified, and may follow or ask again.

        Answers 204, also when they did not follow the caller.
        """
        follow_requests.remove_follower(followee_id=request.user.pk, follower_id=person_named(username).pk)
        return Response(status=204)

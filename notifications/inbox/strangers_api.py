"""Notices from strangers in the API: the policy, and the box."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications.inbox import strangers
from notifications.inbox.strangers import Boxed, Notice
from notifications.models import Kind, NoticePolicy, Verdict
from notifications.preferences.strangers import policy_of, set_policy
from socialapp.api.endpoints import PAGE_PARAMETERS, checked, page_of, page_query, paged
from socialapp.api.pagination import paginate
from socialapp.api.problems import problems
from socialapp.users.api import PersonSerializer
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest


class PolicySerializer(serializers.ModelSerializer[NoticePolicy]):
    """What becomes of notices from people the caller does not follow, who do not follow the caller, and so on."""

    class Meta:
        model = NoticePolicy
        fields = NoticePolicy.FIELDS


class NoticeSerializer(serializers.Serializer[Notice]):
    """One notice in the box. `post` leads to what it is about, null for a follow and what cannot be seen."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    post = serializers.IntegerField(source="post_id", allow_null=True)
    excerpt = serializers.CharField()
    at = serializers.DateTimeField()


class BoxedSerializer(serializers.Serializer[Boxed]):
    """A person in the box, with at most 3 of their newest notices, and how many there are, up to 100."""

    person = PersonSerializer()
    count = serializers.IntegerField()
    at = serializers.DateTimeField()
    notices = NoticeSerializer(many=True)


class BoxAnswer(serializers.Serializer[Any]):
    """What becomes of all that is in the box."""

    answer = serializers.ChoiceField(choices=[Verdict.ACCEPT.value, Verdict.DROP.value])


class PolicyView(APIView):
    """The caller's policy for notices from strangers."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=PolicySerializer)
    def get(self, request: MemberApiRequest) -> Response:
        """Return what becomes of notices from each kind of stranger: accept, filter (into the box) or drop."""
        return Response(PolicySerializer(policy_of(request.user.pk)).data)

    @extend_schema(request=PolicySerializer, responses=PolicySerializer)
    def patch(self, request: MemberApiRequest) -> Response:
        """Change some of the caller's policy, and return all of it. It applies to notices from then on."""
        changes = checked(PolicySerializer, request.data, partial=True)
        return Response(PolicySerializer(set_policy(person_id=request.user.pk, changes=changes)).data)


class BoxView(APIView):
    """The box of notices from strangers."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(BoxedSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """List the people whose notices were filtered, each with the newest of them."""
        cursor, size = page_query(request)
        page = paginate(strangers.box_of(request.user.pk), ["-id"], cursor, size)
        return paged(request, page.with_items(strangers.boxed(request.user.pk, page.items)), BoxedSerializer)

    @extend_schema(request=BoxAnswer, responses={202: None})
    def post(self, request: MemberApiRequest) -> Response:
        """Accept or drop the notices of everybody in the box. Workers move them.

        Answers 202, also when it is empty.
        """
        accepts = checked(BoxAnswer, request.data)["answer"] == Verdict.ACCEPT
        strangers.answer_all(person_id=request.user.pk, accept=accepts)
        return Response(status=202)


class BoxedView(APIView):
    """One person's notices in the box."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={202: None, **problems(404)})
    def put(self, request: MemberApiRequest, username: str) -> Response:
        """Accept a person's notices: workers move those in the box to the inbox, and later ones are not filtered.

        Answers 202, also when they were accepted before. 404 when they never had any in the box.
        """
        strangers.accept(person_id=request.user.pk, stranger_id=person_named(username).pk)
        return Response(status=202)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """Drop a person's notices that are in the box, or filter later ones again when they were accepted.

        Answers 204, also when there are none.
        """
        strangers.drop(person_id=request.user.pk, stranger_id=person_named(username).pk)
        return Response(status=204)

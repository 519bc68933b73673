"""A like with nothing around it: whose token, the product's statement, the product's wake-up, an answer."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from benchmarks.baselines.floor.planned import EXECUTE_LIKE, EXECUTE_WHO
from socialapp.messaging import outbox
from socialapp.users.queries import token_digest


def like(request: HttpRequest, post_id: int) -> HttpResponse:
    """201 the first time, 200 after; 401 and 404 as in the product."""
    token = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
    with connection.cursor() as cursor:
        cursor.execute(EXECUTE_WHO, [token_digest(token)])
        if (found := cursor.fetchone()) is None:
            return HttpResponse(status=401)
        cursor.execute(EXECUTE_LIKE, [post_id, found[0]])
        _may_act, post_exists, is_new, is_told = cursor.fetchone()
    if not post_exists:
        return HttpResponse(status=404)
    if is_told:
        outbox.wake_workers_after_commit()
    return JsonResponse({"liked": True}, status=201 if is_new else 200)

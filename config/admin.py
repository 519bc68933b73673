"""The admin's own site."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from socialapp.users.second_factor import must_show_second_factor, needs_second_factor


class Site(AdminSite):
    """Has the log-in page of everybody else, and so its limits on guessing; opens to a second factor alone."""

    site_header = site_title = "socialapp"

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().login(request, extra_context)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        opened: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)

        @wraps(opened)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            person = request.user
            if not person.is_authenticated or not self.has_permission(request):
                return opened(request, *args, **kwargs)
            if needs_second_factor(person):
                messages.warning(request, _("The admin opens once your account has a second factor. Set one up here."))
                return redirect("users:security")
            if must_show_second_factor(request):
                back = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
                return redirect(f"{reverse('mfa_reauthenticate')}?{back}")
            return opened(request, *args, **kwargs)

        return guarded

"""The texts about the site, which its operators edit in the admin."""

from django.contrib import admin
from django.http import HttpRequest

from socialapp.about.models import SiteText, Subject
from socialapp.about.queries import draft


@admin.register(SiteText)
class SiteTextAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("subject", "language", "updated_at")
    list_filter = ("subject", "language")
    fields = ("subject", "language", "body")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        """Begin a new text with the draft of its subject, if the page that leads here names one."""
        found = super().get_changeform_initial_data(request)
        subject, language = str(found.get("subject", "")), str(found.get("language", ""))
        if subject in Subject and language:
            found["body"] = draft(subject, language)
        return found

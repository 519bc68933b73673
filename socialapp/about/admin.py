"""The texts about the site, for whoever runs it."""

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
        """A new text begins as the draft, if the page from which one comes says of what."""
        found = super().get_changeform_initial_data(request)
        subject, language = str(found.get("subject", "")), str(found.get("language", ""))
        if subject in Subject and language:
            found["body"] = draft(subject, language)
        return found

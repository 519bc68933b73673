"""Addresses of the pages about the site."""

from django.urls import path

from socialapp.about.models import Subject
from socialapp.about.web import show

app_name = "about"
urlpatterns = [path(f"{subject}/", show, {"subject": subject}, name=subject) for subject in Subject]

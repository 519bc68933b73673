"""For supervisors and load balancers."""

from django.urls import path

from socialapp.http.health import healthz, readyz

urlpatterns = [path("healthz", healthz, name="healthz"), path("readyz", readyz, name="readyz")]

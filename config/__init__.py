"""The composition root: what the product is made of, and how its parts meet. Nothing imports it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]

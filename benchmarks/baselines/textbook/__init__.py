"""A like and its notification as a good tutorial of Django, DRF and Celery teaches them."""

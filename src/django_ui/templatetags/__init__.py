"""Template tags; ``downloadable.django_ui`` in ``INSTALLED_APPS`` makes them known."""

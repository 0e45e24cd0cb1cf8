"""The tests, and the Django application that their models belong to."""

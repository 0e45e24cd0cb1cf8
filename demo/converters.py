"""What a URL can hold; anything else is not found."""

from django.urls.converters import IntConverter


class RowConverter(IntConverter):
    """The primary key of a row: no database has one that is longer."""

    regex = "[0-9]{1,18}"


class YearConverter(IntConverter):
    """A year that a calendar knows."""

    regex = "[1-9][0-9]{3}"

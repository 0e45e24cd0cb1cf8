"""What a file belongs to."""

from django.db import models

__all__ = ["Report"]


class Report(models.Model):
    """A row; none is ever saved."""

    file = models.FileField()

    def __str__(self) -> str:
        return str(self.file)

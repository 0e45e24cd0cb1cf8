"""The first tables."""

from django.db import migrations, models

import django_downloadview.storage


class Migration(migrations.Migration):
    """Make the table of books."""

    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(unique=True)),
                ("title", models.CharField(max_length=200)),
                ("file", models.FileField(upload_to="nginx")),
                ("cover", models.FileField(blank=True, upload_to="covers")),
                (
                    "lent",
                    models.FileField(
                        blank=True,
                        storage=django_downloadview.storage.SignedFileSystemStorage(base_url="/loans/"),
                        upload_to="",
                    ),
                ),
            ],
        ),
    ]

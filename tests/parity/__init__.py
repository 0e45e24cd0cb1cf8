"""What django-downloadview documents, under its names: ours behind."""

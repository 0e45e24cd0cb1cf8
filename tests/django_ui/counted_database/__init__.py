"""A database that counts its connections."""

"""A site whose files are where only the server in front has them."""

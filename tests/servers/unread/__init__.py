"""A site with every way to one local file, for servers that send it without our reading it."""

"""A site with archives of the files of a directory."""

"""The site that real servers run: each download at one URL for each library."""

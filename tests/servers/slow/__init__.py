"""A site for readers slower than their server, a process with a crowd of them, and what they cost."""

"""The configuration of the server in front, written from what Django is configured with."""

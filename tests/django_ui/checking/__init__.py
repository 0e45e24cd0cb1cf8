"""The check of a set-up, in this process."""

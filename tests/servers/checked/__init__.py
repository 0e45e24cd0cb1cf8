"""The demo, set up rightly, or with one mistake."""

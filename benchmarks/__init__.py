"""Measurements: what a download costs (``make bench``), and what hours of them leave behind (``make soak``)."""

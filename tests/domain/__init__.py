"""Tests of the domain. They pass without Django."""

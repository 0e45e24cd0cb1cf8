"""Keep what is written in README.md and docs/ true."""

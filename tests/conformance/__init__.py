"""What a download must answer, as one table, and the ways in which it is asked."""

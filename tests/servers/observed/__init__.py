"""The site of large downloads, which writes down what became of each."""

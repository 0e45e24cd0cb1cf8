"""What holds for every input, tried on drawn ones. The tests pass without Django."""

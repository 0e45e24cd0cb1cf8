"""What holds content, one foreign thing per module. Import the module of the thing you have."""

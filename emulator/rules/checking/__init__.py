"""What is wrong with a tree that parses: structure, names and types."""

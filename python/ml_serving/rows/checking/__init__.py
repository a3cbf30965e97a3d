"""What code/serve does beside serving: rows of a file are asked for, and described."""

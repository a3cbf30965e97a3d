"""What columns hold, and how values become columns of one type."""

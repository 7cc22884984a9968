"""Jobs that the worker does."""

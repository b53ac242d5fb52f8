"""A deployment without a web process, whose parts can be killed at named points."""

"""A deployment whose parts can be killed at named points."""

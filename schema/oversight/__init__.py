"""Oversight in the API: figures across counties."""

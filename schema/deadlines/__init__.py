"""Deadlines in the API."""

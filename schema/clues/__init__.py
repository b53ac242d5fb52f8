"""Clues in the API."""

"""Clues below the API."""

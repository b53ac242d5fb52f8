"""Grids in the API."""

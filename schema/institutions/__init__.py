"""Institutions in the API."""

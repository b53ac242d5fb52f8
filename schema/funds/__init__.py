"""Prepaid fees in the API."""

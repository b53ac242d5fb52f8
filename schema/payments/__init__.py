"""Payments in the API."""

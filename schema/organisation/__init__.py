"""Tenants, units and posts in the API."""

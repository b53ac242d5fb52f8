"""Rewards for reporting in the API."""

"""Tests of payments in the API."""

"""Tests of the inbox in the API."""

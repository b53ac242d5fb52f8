"""Tests of files through the API."""

"""Tests of files below the API."""

"""The inbox in the API."""

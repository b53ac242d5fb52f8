"""Limits: what a request may ask, refused before graphql-core or the database sees it."""

"""GraphQL over HTTP: one endpoint, bearer tokens, JSON in and out."""

from schema.http.endpoint import Endpoint

__all__ = ["Endpoint"]

"""Telling people: in-app inbox and SMS, each message once."""

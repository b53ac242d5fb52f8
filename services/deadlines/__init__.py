"""Deadlines: rules as data, ladders that end with a person, each step once."""

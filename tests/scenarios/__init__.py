"""Stories and accidents, with real processes."""

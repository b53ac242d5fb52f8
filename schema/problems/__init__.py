"""Problems in the API."""

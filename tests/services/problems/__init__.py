"""Problems below the API."""

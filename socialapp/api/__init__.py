"""What all of the API shares: pages of results, problems, fields, parsers and the OpenAPI schema."""

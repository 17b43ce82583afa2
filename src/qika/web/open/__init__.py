"""Open exports: services, points and rules in published formats, and data blocks for pages."""

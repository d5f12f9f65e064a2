"""The server beside the pages."""

"""HTTP routes beside the pages: the browser's assets and health, and the security headers of every answer."""

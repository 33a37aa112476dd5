"""A small HTTP server for stand-ins: HTTP/1.1 and HTTP/2 on one port, with connections that can be cut on purpose."""

"""The API, version 1: what programs ask and send. One router per room; errors are problem documents (RFC 9457)."""

"""Documents as PDF, made in Python alone: same blocks as the page, same bytes for the same content."""

from counterflow.report.pdf.document import pdf

__all__ = ["pdf"]

"""Pages are tested in a real browser where one is found."""

from fixtures.browser import browser, page

__all__ = ["browser", "page"]

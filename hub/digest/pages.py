"""Pages behind the numbers of a digest 数字背后的页面: their addresses. Pure."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from hub.digest.document import Link


@dataclass(frozen=True, slots=True)
class Pages:
    """Addresses below the URL at which staff reach the hub; all are empty if it is not set."""

    base: str = ""

    def case(self, case_id: str) -> str:
        """Return the page of a case."""
        return self._page(f"/cases/{quote(case_id)}")

    def digest(self, day: str) -> str:
        """Return the page of the digest of a day, such as `2026-11-28`."""
        return self._page(f"/work/digest/{quote(day)}")

    def rows(self, day: str, listed: str, **filters: str) -> str:
        """Return the page of a list behind a number of that day; filters that are empty are out."""
        chosen = {name: value for name, value in filters.items() if value}
        return self._page(f"/work/digest/{quote(day)}/{listed}", urlencode(chosen))

    def case_link(self, case_id: str, number: str) -> Link:
        """Return a link to a case by its number; `number` is empty for a case that has none.

        A case without a number has its id where there is no address.
        """
        url = self.case(case_id)
        return Link(number or ("查看" if url else case_id), url)

    def _page(self, path: str, query: str = "") -> str:
        if not self.base:
            return ""
        return f"{self.base.rstrip('/')}{path}{'?' if query else ''}{query}"


NO_PAGES = Pages()
"""Without the URL of the hub: texts without addresses."""

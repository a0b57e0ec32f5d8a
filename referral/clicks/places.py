"""Countries of addresses, from a database that the operator supplies; without one, countries stay unknown."""

from __future__ import annotations

from collections.abc import Callable

import maxminddb
import structlog

log = structlog.get_logger()


def countries(file: str) -> Callable[[str], str]:
    """Give a function that tells the country of an address, by its two letters, or '' where it is not known.

    A file that cannot be read is said in the log, and leaves all countries unknown: nobody is turned away for it.
    """
    if not file:
        return lambda address: ""
    try:
        reader = maxminddb.open_database(file)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        log.error("clicks.no_countries", file=file, reason=str(error))
        return lambda address: ""

    def country(address: str) -> str:
        try:
            found = reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return ""
        place = found.get("country") if isinstance(found, dict) else None
        code = place.get("iso_code") if isinstance(place, dict) else None
        return code if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha() else ""

    return country

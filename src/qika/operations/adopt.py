"""Adopt a region's rules in this installation: from then on its deadlines are swept."""

from dataclasses import replace
from datetime import datetime

from qika.operations.ports import Archive, Edition
from qika.rulebook.book import Rulebook
from qika.terms.names import IssuerCode


def restored(book: Rulebook, edition: Edition) -> Rulebook:
    """Give a stored edition: its texts were parsed into ``book``, its adoptions are made again."""
    for issuer in sorted(edition.adopted - book.adopted):
        book = book.adopting(issuer)
    return replace(book, edition=edition.edition)


class NothingToAdoptError(ValueError):
    """The rulebook has no file of that issuer, so it has no rules of its own to adopt."""


async def adopt(
    archive: Archive, book: Rulebook, issuer: IssuerCode, *, by: str, at: datetime
) -> Rulebook:
    """Put the edition in force in which ``issuer`` has adopted the rules of its own file."""
    if issuer not in book.issuers:
        raise NothingToAdoptError(issuer)
    if issuer in book.adopted:
        return book
    adopted = book.adopting(issuer)
    current = await archive.current_edition()
    assert current is not None, "wiring puts the packaged edition into a new database"
    await archive.put_edition(Edition(adopted.edition, current.texts, adopted.adopted, by, at))
    return adopted

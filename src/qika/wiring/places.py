"""The gazetteer as the web layer asks for it."""

from dataclasses import dataclass

from qika.terms.coordinates import Crs, to_wgs84
from qika.terms.divisions import XPCC, Gazetteer, covered
from qika.terms.names import IssuerCode, Language, RegionCode
from qika.web import site


@dataclass(frozen=True, slots=True)
class Places:
    """Divisions and named issuers, in the reader's language."""

    gazetteer: Gazetteer

    def resolve(self, text: str) -> site.Resolution:
        """Read a code or a name."""
        found = self.gazetteer.resolve(text)
        candidates = tuple(IssuerCode(code) for code in found.candidates)
        return site.Resolution(found.issuer, candidates, found.renamed_from)

    def name(self, code: IssuerCode, language: Language) -> str:
        """Give the name of an issuer."""
        return self.gazetteer.name_of(code).in_language(language)

    def path(self, code: IssuerCode, language: Language) -> tuple[tuple[IssuerCode, str], ...]:
        """Give (code, name) from the province down."""
        if code == XPCC:
            return ((code, self.name(code, language)),)
        parts = self.gazetteer.path(RegionCode(code))
        return tuple(
            (IssuerCode(part.code), self.name(IssuerCode(part.code), language)) for part in parts
        )

    def every(self) -> tuple[IssuerCode, ...]:
        """Give every division of the gazetteer, and the issuer that is none."""
        return (*sorted(IssuerCode(code) for code in self.gazetteer.divisions), IssuerCode(XPCC))

    def below(
        self, code: IssuerCode | None, language: Language
    ) -> tuple[tuple[IssuerCode, str], ...]:
        """Give (code, name) of what lies right below; at the top the named issuer comes last."""
        parts = self.gazetteer.children(None if code is None else RegionCode(code))
        codes = [IssuerCode(part.code) for part in parts]
        if code is None:
            codes.append(XPCC)
        return tuple((one, self.name(one, language)) for one in codes)

    def covered(self, code: IssuerCode) -> bool:
        """Tell whether the mainland's cards are issued there."""
        return covered(code)


def in_wgs84(lat: float, lon: float, crs: site.Crs) -> tuple[float, float]:
    """Give a place in WGS-84 degrees."""
    return to_wgs84(lat, lon, Crs(crs))

"""``/open``: what is open here, in which formats, under which licence, as DCAT in JSON-LD."""

from typing import Any

from qika.terms.names import IssuerCode
from qika.web.frames import encode
from qika.web.open import cpsv, schema_org
from qika.web.open.catalogue import Catalogue
from qika.web.open.licences import POINTS, RULES
from qika.web.speech import SPEECH

Node = dict[str, Any]

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "title": "dct:title",
    "description": "dct:description",
    "issued": "dct:issued",
    "license": {"@id": "dct:license", "@type": "@id"},
    "rights": "dct:rights",
    "conformsTo": {"@id": "dct:conformsTo", "@type": "@id"},
    "hasPart": {"@id": "dct:hasPart", "@type": "@id"},
    "dataset": "dcat:dataset",
    "distribution": "dcat:distribution",
    "accessURL": {"@id": "dcat:accessURL", "@type": "@id"},
    "mediaType": "dcat:mediaType",
}
HSDS = "https://docs.openreferral.org/en/3.0/hsds/"
CPSV_AP = "https://semiceu.github.io/CPSV-AP/releases/3.2.0/"
SCHEMA_ORG = "https://schema.org/"
JSON, LINKED, CSV = "application/json", "application/ld+json", "text/csv"


def catalogue_node(catalogue: Catalogue) -> bytes:
    """Give the catalogue of everything open."""
    speech, site = SPEECH[catalogue.language], catalogue.site
    services = (
        ("/open/hsds/services", JSON, HSDS),
        ("/open/hsds/organizations", JSON, HSDS),
        ("/open/cpsv-ap", LINKED, CPSV_AP),
        ("/open/schema.org", LINKED, SCHEMA_ORG),
    )
    points = (
        ("/open/hsds/service_at_locations", JSON, HSDS),
        ("/open/hsds/locations", JSON, HSDS),
        ("/open/schema.org/points", LINKED, SCHEMA_ORG),
    )
    rules = (("/open/rules.json", JSON, ""), ("/open/rules.csv", CSV, ""))
    return encode(
        {
            "@context": CONTEXT,
            "@id": f"{site.origin}/open",
            "@type": "dcat:Catalog",
            "title": speech.t("data-open"),
            "description": speech.t("data-open_text"),
            "issued": _issued(catalogue),
            "dct:hasVersion": site.office.rulings.book.edition,
            "dataset": [
                _dataset(catalogue, "services", services, RULES),
                _dataset(catalogue, "points", points, POINTS),
                _dataset(catalogue, "rules", rules, RULES),
            ],
        }
    )


def _dataset(
    catalogue: Catalogue, name: str, forms: tuple[tuple[str, str, str], ...], licence: str | None
) -> Node:
    speech, origin = SPEECH[catalogue.language], catalogue.site.origin
    return {
        "@id": f"{origin}/open#{name}",
        "@type": "dcat:Dataset",
        "title": speech.t(f"data-set_{name}"),
        "rights": speech.t(f"data-rights_{name}"),
        **({"license": licence} if licence else {}),
        "distribution": [
            {
                "@type": "dcat:Distribution",
                "accessURL": origin + path,
                "mediaType": kind,
                **({"conformsTo": standard} if standard else {}),
            }
            for path, kind, standard in forms
        ],
    }


def services_by(catalogue: Catalogue, form: str) -> bytes:
    """List the addresses of the documents of one form (``cpsv-ap``, ``schema.org``)."""
    parts = [f"{catalogue.site.origin}/open/{form}/{code}" for code in catalogue.issuers]
    return encode(
        {
            "@context": CONTEXT,
            "@id": f"{catalogue.site.origin}/open/{form}",
            "@type": "dcat:Dataset",
            "title": SPEECH[catalogue.language].t("data-set_services"),
            "license": RULES,
            "hasPart": parts,
        }
    )


def cpsv_document(catalogue: Catalogue, code: str) -> bytes | None:
    """Give the service of an issuer by CPSV-AP; None if it has no rules of its own."""
    if not catalogue.has(code):
        return None
    return encode(cpsv.document(catalogue, catalogue.plan(IssuerCode(code))))


def schema_org_document(catalogue: Catalogue, code: str) -> bytes | None:
    """Give the service of an issuer by schema.org, with instructions for every channel."""
    if not catalogue.has(code):
        return None
    plan = catalogue.plan(IssuerCode(code))
    address, language = catalogue.page_of(plan), catalogue.language
    told = [one for one in plan.options if one.offered and one.steps]
    nodes = [schema_org.how_to(plan, one, language, f"{address}?{one.channel}") for one in told]
    return encode(
        schema_org.graph([schema_org.service(catalogue.site, plan, language, address), *nodes])
    )


def _issued(catalogue: Catalogue) -> str:
    since = catalogue.site.edition_since
    return since().isoformat() if since is not None else catalogue.on.isoformat()

"""A region's service by CPSV-AP 3.2, the EU's words for public services, as JSON-LD.

The context stands in the document itself, so nobody has to fetch one. A source with an article is
a legal resource; any other is a document that a rule rests on.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from qika.terms.names import Basis, Language
from qika.web.api.answers import (
    DeadlineAnswer,
    DocumentAnswer,
    OptionAnswer,
    PlanAnswer,
    RuleAnswer,
    SourceAnswer,
)
from qika.web.open.catalogue import Catalogue, offered
from qika.web.speech import SPEECH

Node = dict[str, Any]

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
CHINESE = "http://publications.europa.eu/resource/authority/language/ZHO"


def document(catalogue: Catalogue, plan: PlanAnswer) -> Node:
    """Give everything about the service of one issuer."""
    return {"@context": PREFIXES, "@graph": list(_nodes(catalogue, plan))}


def address(catalogue: Catalogue, plan: PlanAnswer, part: str = "") -> str:
    """Give the name of a node: below this site's address, or as a URN while that is not known."""
    origin = catalogue.site.origin
    begin = f"{origin}/open/cpsv-ap" if origin else "urn:x-qika:cpsv-ap"
    return f"{begin}{'/' if origin else ':'}{plan.region.code}#{part or 'service'}"


def _nodes(catalogue: Catalogue, plan: PlanAnswer) -> Iterator[Node]:
    graph = _Graph(catalogue, plan)
    yield graph.service()
    yield graph.authority()
    yield graph.contact()
    yield {
        "@id": graph.at("area"),
        "@type": "dct:Location",
        "skos:prefLabel": graph.text(plan.region.name),
        "dct:identifier": plan.region.code,
    }
    yield {"@id": CHINESE, "@type": "dct:LinguisticSystem"}
    yield from (graph.channel(one) for one in offered(plan))
    yield from graph.evidence()
    yield from (graph.deadline(number, one) for number, one in enumerate(plan.deadlines))
    yield from (graph.rule(number, one) for number, one in enumerate(plan.rules))
    yield from (graph.source(one) for one in plan.sources)


class _Graph:
    """The nodes of one service, and how they name each other."""

    def __init__(self, catalogue: Catalogue, plan: PlanAnswer) -> None:
        self.catalogue, self.plan = catalogue, plan
        self.language, self.speech = catalogue.language, SPEECH[catalogue.language]
        self._sources = {one.id: one for one in plan.sources}
        self._papers = {
            _code(paper): paper for option in offered(plan) for paper in option.documents
        }

    def at(self, part: str = "") -> str:
        return address(self.catalogue, self.plan, part)

    def text(self, words: str, language: Language | None = None) -> Node:
        return {"@value": words, "@language": str(language or self.language)}

    def refer(self, parts: Iterable[str]) -> list[Node]:
        return [{"@id": self.at(part)} for part in parts]

    def service(self) -> Node:
        plan, speech = self.plan, self.speech
        told = [speech.t("data-service_text", region=plan.region.name)]
        told += [one.text for one in plan.notices]
        rules = [*(f"deadline-{n}" for n in range(len(plan.deadlines)))]
        rules += [f"rule-{n}" for n in range(len(plan.rules))]
        return {
            "@id": self.at(),
            "@type": "cpsv:PublicService",
            "dct:identifier": f"card-activation-{plan.region.code}",
            "dct:title": self.text(speech.t("data-service", region=plan.region.name)),
            "dct:description": self.text(" ".join(told)),
            "dct:spatial": self.refer(["area"]),
            "dct:language": {"@id": CHINESE},
            "cv:hasCompetentAuthority": self.refer(["authority"]),
            "cv:contactPoint": self.refer(["contact"]),
            "cv:hasChannel": self.refer(_channel(one) for one in offered(plan)),
            "cv:hasInputType": self.refer(f"type-{code}" for code in self._papers),
            "cpsv:hasInput": self.refer(f"evidence-{code}" for code in self._papers),
            "cpsv:follows": self.refer(rules),
            "cv:hasLegalResource": self.refer(_source(o.id) for o in plan.sources if o.article),
        }

    def authority(self) -> Node:
        return {
            "@id": self.at("authority"),
            "@type": "cv:PublicOrganisation",
            "skos:prefLabel": self.text(self.plan.authority.name),
            "dct:spatial": self.refer(["area"]),
        }

    def contact(self) -> Node:
        hotline = self.plan.authority.hotline
        more = {"cv:telephone": hotline} if hotline else {}
        return {"@id": self.at("contact"), "@type": "cv:ContactPoint", **more}

    def channel(self, option: OptionAnswer) -> Node:
        basis = self.speech.t(f"basis-{option.basis or Basis.NONE}")
        return {
            "@id": self.at(_channel(option)),
            "@type": "cv:Channel",
            "dct:identifier": option.channel,
            "dct:description": self.text("\n".join((f"{option.name} ({basis})", *option.steps))),
            "cpsv:hasInput": self.refer(f"evidence-{_code(one)}" for one in option.documents),
        }

    def evidence(self) -> Iterator[Node]:
        for code, paper in self._papers.items():
            yield {
                "@id": self.at(f"evidence-{code}"),
                "@type": "cv:Evidence",
                "dct:identifier": code,
                "dct:title": self.text(paper.name),
                "dct:conformsTo": self.refer([f"type-{code}"]),
            }
            yield {
                "@id": self.at(f"type-{code}"),
                "@type": "cv:EvidenceType",
                "dct:identifier": code,
                "skos:prefLabel": self.text(paper.name),
            }

    def deadline(self, number: int, one: DeadlineAnswer) -> Node:
        words = [one.counting, one.consequence.text, one.basis_text]
        title = self.speech.t(f"clock-{one.clock}")
        return self._rule(f"deadline-{number}", title, words, one.source_ids)

    def rule(self, number: int, one: RuleAnswer) -> Node:
        words = [one.text, self.speech.t(f"basis-{one.basis}"), one.note or ""]
        return self._rule(f"rule-{number}", one.name, words, one.source_ids)

    def _rule(self, part: str, title: str, words: list[str], cites: list[str]) -> Node:
        known = [self._sources[cite] for cite in cites if cite in self._sources]
        return {
            "@id": self.at(part),
            "@type": "cpsv:Rule",
            "dct:identifier": part,
            "dct:title": self.text(title),
            "dct:description": self.text(" ".join(word for word in words if word)),
            "cpsv:implements": self.refer(_source(one.id) for one in known if one.article),
            "dct:source": self.refer(_source(one.id) for one in known if not one.article),
        }

    def source(self, one: SourceAnswer) -> Node:
        return {
            "@id": self.at(_source(one.id)),
            "@type": "eli:LegalResource" if one.article else "foaf:Document",
            "dct:identifier": one.id,
            "dct:title": self.text(one.title, Language.ZH),
            "dct:date": one.dated,
            "dct:bibliographicCitation": " ".join(part for part in (one.article, one.url) if part),
        }


def _channel(option: OptionAnswer) -> str:
    return f"channel-{option.channel}"


def _source(cite: str) -> str:
    return f"source-{cite.replace('/', '-')}"


def _code(paper: DocumentAnswer) -> str:
    return f"{paper.code}-{paper.of}"

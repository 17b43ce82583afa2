"""``/v1/signature-check``: a place to try a signature, and to see what is wrong with it."""

from collections.abc import Mapping

from qika.terms.names import Language
from qika.web.api.answers import SignatureCheckAnswer
from qika.web.signing.profile import SignatureError, Signed
from qika.web.site import Site
from qika.web.speech import SPEECH


def check_signature(
    site: Site, target: str, headers: Mapping[bytes, bytes], body: bytes, language: Language
) -> SignatureCheckAnswer:
    """Say what a signature signs and whether it would be accepted; its nonce stays unused."""
    assert site.partners is not None, "who opens the partners' door has it"
    speech, signed = SPEECH[language], None
    try:
        signed = site.partners.read("POST", target, headers)
        sender = site.partners.check(signed, headers, body)
    except SignatureError as error:
        return SignatureCheckAnswer(
            accepted=False,
            code=error.fault,
            message=speech.t(f"field-{error.fault}"),
            partner=None,
            signature_base=_text(signed),
        )
    return SignatureCheckAnswer(
        accepted=True,
        code=None,
        message=speech.t("signature-right"),
        partner=sender.partner.id,
        signature_base=_text(signed),
    )


def _text(signed: Signed | None) -> str | None:
    return signed.base.decode("latin-1") if signed else None

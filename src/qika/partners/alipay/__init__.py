"""Alipay's open gateway: real-name and face check, by signed requests and signed answers."""

from qika.partners.alipay.client import AlipayClient, Gateway, Patience, gateway_client
from qika.partners.alipay.face_check import AlipayFaceCheck
from qika.partners.alipay.keys import KeyTextError, private_key_of, public_key_of

__all__ = [
    "AlipayClient",
    "AlipayFaceCheck",
    "Gateway",
    "KeyTextError",
    "Patience",
    "gateway_client",
    "private_key_of",
    "public_key_of",
]

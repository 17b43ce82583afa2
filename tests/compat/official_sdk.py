"""The official SDK's side: every call that Qika makes, made by Alipay's own library.

Run by ``tests/compat/alipay_gateway.py`` in the SDK's environment; ends with 0 if all went as said.
"""

import json
import re
import sys
import urllib.parse
import urllib.request
from pathlib import Path

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.AlipaySystemOauthTokenRequest import AlipaySystemOauthTokenRequest
from alipay.aop.api.request.AlipayUserCertifyOpenCertifyRequest import (
    AlipayUserCertifyOpenCertifyRequest,
)
from alipay.aop.api.request.AlipayUserCertifyOpenInitializeRequest import (
    AlipayUserCertifyOpenInitializeRequest,
)
from alipay.aop.api.request.AlipayUserCertifyOpenQueryRequest import (
    AlipayUserCertifyOpenQueryRequest,
)

NUMBER = "990000199001010014"


class Stays(urllib.request.HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(Stays, urllib.request.ProxyHandler({}))


class Sdk:
    """The SDK before the double."""

    def __init__(self, host, app_id, folder):
        config = AlipayClientConfig()
        config.server_url = f"{host}/gateway.do"
        config.app_id = app_id
        config.app_private_key = (folder / "app").read_text()
        config.alipay_public_key = (folder / "alipay").read_text()
        config.timeout = 5
        self.host, self.client = host, DefaultAlipayClient(config)

    def token(self, code):
        request = AlipaySystemOauthTokenRequest()
        request.grant_type, request.code = "authorization_code", code
        return json.loads(self.client.execute(request))

    def initialize(self):
        request = AlipayUserCertifyOpenInitializeRequest()
        person = {
            "identity_type": "CERT_INFO",
            "cert_type": "IDENTITY_CARD",
            "cert_name": "示例",
            "cert_no": NUMBER,
        }
        request.biz_content = {
            "outer_order_no": "sdk1",
            "biz_code": "FACE",
            "identity_param": person,
            "merchant_config": {"return_url": f"{self.host}/control"},
        }
        return json.loads(self.client.execute(request))

    def page(self, certify_id):
        request = AlipayUserCertifyOpenCertifyRequest()
        request.biz_content = {"certify_id": certify_id}
        return self.client.page_execute(request, "GET")

    def query(self, certify_id):
        request = AlipayUserCertifyOpenQueryRequest()
        request.biz_content = {"certify_id": certify_id}
        return json.loads(self.client.execute(request))

    def posts(self, path, **said):
        body = urllib.parse.urlencode(said).encode()
        try:
            return OPENER.open(f"{self.host}{path}", body).status
        except urllib.error.HTTPError as error:
            return error.code


def expect(what, *, holds):
    sys.stdout.write(f"{'ok  ' if holds else 'FAIL'} {what}\n")
    if not holds:
        sys.exit(1)


def refused(work):
    try:
        work()
    except Exception as error:  # noqa: BLE001  the SDK has several
        return "verify failed" in str(error)
    return False


def main(host, app_id, folder, code):
    sdk = Sdk(host, app_id, Path(folder))
    expect("a code becomes a token", holds=bool(sdk.token(code).get("access_token")))
    again = sdk.token(code).get("sub_code")
    expect("a code is good once", holds=again == "isv.code-invalid")
    certify_id = sdk.initialize()["certify_id"]
    expect("the same order is the same check", holds=sdk.initialize()["certify_id"] == certify_id)
    expect("nobody was before the camera", holds=sdk.query(certify_id)["passed"] == "F")
    shown = OPENER.open(sdk.page(certify_id)).read().decode()
    found = re.search(r'name="certify_id" value="(\w+)"', shown)
    expect("the SDK's page is taken", holds=found is not None and found[1] == certify_id)
    sent = sdk.posts("/decide", certify_id=certify_id, face="holder")
    expect("the person is sent back", holds=sent == 303)
    expect("the check is passed", holds=sdk.query(certify_id)["passed"] == "T")
    for fault in ("tampered", "wrong_signature"):
        sdk.posts("/control", fault=fault)
        expect(f"{fault} is refused", holds=refused(lambda: sdk.query(certify_id)))
    sdk.posts("/control", fault="none")
    expect("and well again", holds=sdk.query(certify_id)["passed"] == "T")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The service by Django with its usual middleware: at /check by Ninja, at /bare by a plain view.

The plain view reads and writes by pydantic straight from and to bytes, which is as little as can be
done between Django's request and response.
"""

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="only for a measurement on loopback, which signs nothing",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    USE_I18N=True,
    LOGGING_CONFIG=None,
    DATABASES={},
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "ninja",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - settings come first
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from ninja import NinjaAPI  # noqa: E402
from ninja.errors import HttpError  # noqa: E402
from pydantic import ValidationError  # noqa: E402

from bench.peers.business import decided  # noqa: E402
from bench.peers.models import Answer, Question  # noqa: E402

api = NinjaAPI()


def _answer(asked: Question) -> dict[str, object] | None:
    return decided(
        asked.card_number, asked.region, asked.channel, asked.collected_on, lat=asked.lat,
        lon=asked.lon, bank=asked.bank, holder=asked.holder,
    )  # fmt: skip


@api.post("/check", response=Answer)
def check(request: HttpRequest, asked: Question) -> object:  # noqa: ARG001 - Ninja wants the name
    answer = _answer(asked)
    if answer is None:
        raise HttpError(404, "region")
    return answer


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    try:
        answer = _answer(Question.model_validate_json(request.body))
    except ValidationError as error:
        return HttpResponse(error.json(), status=422, content_type="application/json")
    if answer is None:
        return HttpResponse(status=404)
    body = Answer.model_construct(**answer).model_dump_json()
    return HttpResponse(body, content_type="application/json")


urlpatterns = [path("bare", bare), path("", api.urls)]
app = get_wsgi_application()

"""stub for first run"""
from starlette.requests import Request
from starlette.responses import Response
from qika.web.problems import ProblemError
from qika.web.site import Site
def routes(site: Site, tries: object) -> list: return []
def is_page(request: Request) -> bool: return False
def failure(request: Request, error: ProblemError) -> Response: return Response()

"""The box in Chromium: shown where its operator listed the site, refused everywhere else."""

import http.server
import threading
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

from qika.web.pages import embed

from tests.browser.in_memory import served
from tests.journeys.example_site import example_site


@contextmanager
def job_board():
    """Serve pages of another origin that frame the address in their query."""

    class Board(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            box = parse_qs(urlsplit(self.path).query).get("box", [""])[0]
            page = f'<!doctype html><title>jobs</title><iframe src="{box}" height="400"></iframe>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *said):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Board) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def frame_of(page, board, box):
    """Open a page of the board that frames an address; give the frame."""
    page.goto(f"{board}/?{urlencode({'box': box})}")
    return page.frames[1]


def test_a_browser_shows_the_box_in_a_listed_site_and_opens_the_answer_above_it(
    example_book, browser
):
    with job_board() as board, browser.new_context(java_script_enabled=False) as context:
        site = example_site(example_book, embed_hosts=(board,), points_version=lambda: 1)
        with served(site) as ours:
            page = context.new_page()
            box = frame_of(page, board, f"{ours}/embed?lang=en")
            box.get_by_label("Which city").fill("深圳")
            box.get_by_role("button").click()
            page.wait_for_url(f"{ours}/en/**")
            assert "深圳" in page.content() or "Shenzhen" in page.content()


def test_a_browser_refuses_the_box_elsewhere_and_every_other_page_everywhere(example_book, browser):
    with job_board() as listed, job_board() as stranger:
        site = example_site(example_book, embed_hosts=(listed,), points_version=lambda: 1)
        with served(site) as ours, browser.new_context() as context:
            page, refused = context.new_page(), []
            page.on("console", lambda said: refused.append(said.text))
            for board, path in ((stranger, "/embed"), (listed, "/zh/points"), (listed, "/zh")):
                frame = frame_of(page, board, ours + path)
                assert frame.get_by_role("button").count() == 0
                assert len([one for one in refused if "frame-ancestors" in one]) == 1
                refused.clear()


def test_the_example_page_shows_the_box_itself(example_book, browser):
    site = example_site(example_book, points_version=lambda: 1)
    with served(site) as ours, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{ours}/zh/job-board")
        box = page.frame_locator("iframe")
        assert box.get_by_role("button").inner_text() == "查询"
        assert page.frames[1].evaluate("document.body.scrollHeight") <= embed.HEIGHT

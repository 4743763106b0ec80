"""The page, used as a person uses it."""

import re

import pytest
from conftest import ROOT

DEMO = ROOT / "Demo/pictures"


def search(window, text):
    window.page.fill("#words", text)
    window.page.keyboard.press("Enter")
    window.page.wait_for_function("() => document.documentElement.dataset.mode === 'results'")
    window.wait_for_pictures()


def test_home_shows_pictures_and_asks_nobody_else(server, window):
    view = window()
    page = view.open(server)
    assert page.locator(".tile").count() == len(list(DEMO.glob("*.jpg")))
    assert "24" in page.inner_text("#tagline")
    assert view.hosts <= {server.url.split("/")[2], "data"}
    assert view.problems == []
    view.shoot("home")


def test_a_sentence_finds_its_picture(server, window):
    view = window()
    page = view.open(server)
    search(view, "斑马")
    assert "zebra" in view.names()[0]
    assert "斑马" in page.inner_text("#summary")
    assert "q=%E6%96%91%E9%A9%AC" in page.url
    page.hover(".tile >> nth=0")
    view.shoot("results")
    page.go_back()
    page.wait_for_function("() => document.documentElement.dataset.mode === 'home'")
    assert view.problems == []


def test_an_example_is_one_click_away(server, window):
    view = window()
    page = view.open(server)
    page.click("#examples .chip >> nth=0")
    view.page.wait_for_function("() => document.documentElement.dataset.mode === 'results'")
    view.wait_for_pictures()
    assert page.input_value("#words") == page.evaluate(
        "new URLSearchParams(location.search).get('q')")


def test_a_picture_finds_its_like(server, window):
    view = window()
    page = view.open(server)
    page.set_input_files("#query-file", DEMO / "tiger.jpg")
    page.wait_for_selector(".token.picture")
    view.wait_for_pictures()
    assert "tiger" in view.names()[0]
    view.shoot("picture-query")
    page.click(".token.picture")
    page.wait_for_function("() => document.documentElement.dataset.mode === 'home'")
    assert view.problems == []


def test_a_pasted_picture_searches(server, window):
    import base64

    view = window()
    page = view.open(server)
    data = base64.b64encode((DEMO / "fox.jpg").read_bytes()).decode()
    page.evaluate(
        """data => {
          const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], 'fox.jpg', {type: 'image/jpeg'}));
          document.dispatchEvent(
            new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true}));
        }""", data)
    page.wait_for_selector(".token.picture")
    view.wait_for_pictures()
    assert "fox" in view.names()[0]


def test_a_dropped_picture_searches_or_is_added(server, window):
    view = window()
    page = view.open(server)
    event = """kind => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['x'], 'a.png', {type: 'image/png'}));
      dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
    }"""
    page.evaluate(event, "dragenter")
    assert page.locator("#drop .zone").count() == 2
    assert page.is_visible("#drop")
    view.shoot("drop")
    page.evaluate(event, "dragleave")
    assert not page.is_visible("#drop")


def test_a_minus_term_becomes_a_chip_and_can_be_removed(server, window):
    view = window()
    page = view.open(server)
    search(view, "动物 -老虎")
    with_minus = view.names()
    assert page.inner_text(".token.minus").strip() == "老虎"
    assert page.input_value("#words") == "动物"
    page.click(".token.minus")
    page.wait_for_selector(".token.minus", state="detached")
    view.wait_for_pictures()
    without = view.names()

    def place(names):
        return next(index for index, name in enumerate(names) if "tiger" in name)

    assert place(with_minus) > place(without)
    page.click("#add-minus")
    page.keyboard.type("狐狸 ")
    page.wait_for_selector(".token.minus")
    assert page.inner_text(".token.minus").strip() == "狐狸"
    view.shoot("minus")


def test_more_like_this(server, window):
    view = window()
    page = view.open(server)
    page.hover(".tile >> nth=2")
    page.click(".tile >> nth=2 >> .similar")
    page.wait_for_selector(".token.picture")
    view.wait_for_pictures()
    assert "like=" in page.url
    assert page.locator(".tile").count() == 23, "the picture itself is left out"


def test_the_large_view_by_keyboard_alone(server, window):
    view = window()
    page = view.open(server)
    page.keyboard.press("/")
    page.keyboard.type("狐狸")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.documentElement.dataset.mode === 'results'")
    view.wait_for_pictures()
    page.focus(".tile > a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#viewer[open]")
    assert "fox" in page.inner_text("#viewer-title")
    assert page.is_visible("#viewer-match")
    view.shoot("viewer")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => !document.querySelector('#viewer-title').textContent.includes('fox')")
    page.keyboard.press("ArrowLeft")
    page.fill("#labels-input", "狐狸，飞机，蘑菇")
    page.keyboard.press("Enter")
    page.wait_for_selector("#labels-result li")
    assert "狐狸" in page.inner_text("#labels-result li >> nth=0")
    page.keyboard.press("Escape")
    page.wait_for_selector("#viewer:not([open])", state="attached")
    assert page.evaluate("document.activeElement.matches('.tile > a')"), "focus comes back"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.matches('.tile > a')")
    page.keyboard.press("s")
    page.wait_for_selector(".token.picture")
    assert view.problems == []


def test_upload_shows_progress_finds_and_deletes(server, window, tmp_path):
    from PIL import Image

    new = tmp_path / "老虎的照片.jpg"
    Image.open(DEMO / "tiger.jpg").rotate(4, fillcolor="white").save(new)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    view = window()
    page = view.open(server)
    page.set_input_files("#upload-files", [new, broken, DEMO / "zebra.jpg"])
    page.wait_for_selector("#tray li.added")
    page.wait_for_selector("#tray li.failed")
    page.wait_for_selector("#tray li.duplicate")
    view.shoot("upload")
    page.wait_for_function("() => document.querySelector('.tile a')?.ariaLabel.includes('老虎的照片')")
    page.click("#tray-close")
    search(view, "老虎")
    assert any("老虎的照片" in name for name in view.names()[:2])
    page.click(".tile > a[aria-label*='老虎的照片']")
    page.click("#viewer-delete")
    page.click("#confirm button[value=delete]")
    page.wait_for_selector(".tile > a[aria-label*='老虎的照片']", state="detached")
    assert server.get("/api/v1/status")["library"]["pictures"] == 24


def test_filters_and_their_empty_state(server, window):
    view = window()
    page = view.open(server)
    page.click("#filter-button")
    assert page.get_attribute("#filter-button", "aria-expanded") == "true"
    page.fill("#filters input[name=from]", "2031-01-01")
    page.wait_for_selector("#state:not([hidden])")
    assert page.inner_text("#filter-count") == "1"
    view.shoot("filters-empty")
    page.click("#state button")
    view.wait_for_pictures()
    assert page.locator(".tile").count() == 24


def test_chinese_and_english(server, window):
    view = window(locale="en-US", dark=True)
    page = view.open(server)
    assert page.get_attribute("html", "lang") == "en"
    assert "Search 24 pictures" in page.inner_text("#tagline")
    view.shoot("home-dark-english")
    page.click("#language")
    assert page.get_attribute("html", "lang") == "zh-CN"
    assert "24 张" in page.inner_text("#tagline")
    page.reload()
    assert page.get_attribute("html", "lang") == "zh-CN", "remembered"
    missing = page.evaluate(
        """async () => {
          const { strings, about } = await import('./strings.js');
          const keys = Object.keys(strings.zh).concat(Object.keys(strings.en));
          return keys.filter(key => !strings.zh[key] || !strings.en[key])
            .concat(about.zh.common.length === about.en.common.length ? [] : ['about']);
        }""")
    assert missing == []


def test_dark_and_light_can_be_forced(server, window):
    view = window(dark=False)
    page = view.open(server)

    def background():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light = background()
    page.click("#theme")
    assert background() == light
    page.click("#theme")
    assert background() != light
    search(view, "企鹅")
    view.shoot("results-dark")


def test_phone(server, window):
    view = window(width=390, height=844, phone=True)
    page = view.open(server)
    view.shoot("phone-home")
    search(view, "热气球")
    assert "balloon" in view.names()[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, select, a.pill')]
          .filter(e => e.offsetParent && !e.closest('.tile') && !e.closest('.tokens'))
          .filter(e => e.getBoundingClientRect().height < 36).map(e => e.id || e.className)""")
    assert small == [], "large enough for a thumb"
    view.shoot("phone-results")
    page.tap(".tile > a >> nth=0")
    page.wait_for_selector("#viewer[open]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    view.shoot("phone-viewer")


def test_names_for_screen_readers(server, window):
    view = window()
    page = view.open(server)
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, input, a, img, select')]
          .filter(e => e.offsetParent && e.ariaHidden !== 'true')
          .filter(e => !(e.ariaLabel || e.alt || e.title || e.textContent.trim()
            || e.labels?.length || e.getAttribute('aria-labelledby')))
          .map(e => e.outerHTML.slice(0, 80))""")
    assert unnamed == []
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    page.click("#help")
    page.wait_for_selector("#about[open]")
    assert re.search("不行|不要期望", page.inner_text("#about-body")), "honest about its limits"
    view.shoot("about")


@pytest.mark.parametrize("pair", ["ink/paper", "ink-soft/paper", "ink-faint/paper", "ink-faint/sunken",
                                  "accent/paper", "on-accent/accent", "accent-strong/accent-soft"])
@pytest.mark.parametrize("dark", [False, True])
def test_contrast(server, window, pair, dark):
    view = window(dark=dark)
    page = view.open(server)
    front, back = pair.split("/")
    ratio = page.evaluate(
        """([front, back]) => {
          const style = getComputedStyle(document.documentElement);
          const light = name => {
            const hex = style.getPropertyValue('--' + name).trim();
            const parts = [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16) / 255)
              .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
          };
          const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
          return (a + 0.05) / (b + 0.05);
        }""", [front, back])
    assert ratio >= 4.5


def test_an_empty_library_says_what_to_do(serve, window, tmp_path):
    server = serve(tmp_path / "new", "--create")
    view = window()
    page = view.page
    page.goto(server.url)
    page.wait_for_selector("#state:not([hidden]) pre")
    page.wait_for_selector("#state .primary")
    view.shoot("empty")
    page.set_input_files("#upload-files", DEMO / "zebra.jpg")
    view.wait_for_pictures()
    assert not page.is_visible("#state")


def test_a_server_that_went_away(server, window):
    view = window()
    page = view.open(server)
    server.stop()
    page.fill("#words", "斑马")
    page.keyboard.press("Enter")
    page.wait_for_selector("#state:not([hidden]) .primary")
    assert "cnclip serve" in page.inner_text("#state")
    view.shoot("offline")


def test_a_token_is_asked_for_once(library, serve, window):
    server = serve(library, environment={"CNCLIP_TOKEN": "open sesame"})
    view = window()
    page = view.page
    page.goto(server.url)
    page.wait_for_selector("#sign-in[open]")
    page.fill("#token", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#sign-in-problem').textContent !== ''")
    view.shoot("sign-in")
    page.fill("#token", "open sesame")
    page.keyboard.press("Enter")
    view.wait_for_pictures()
    page.reload()
    view.wait_for_pictures()
    other = window()
    other.page.goto(server.url + "/#token=open%20sesame")
    other.wait_for_pictures()
    assert "token" not in other.page.url, "the token leaves the address bar"


def test_reading_only(library, serve, window):
    server = serve(library, "--read-only")
    view = window()
    page = view.open(server)
    page.wait_for_timeout(300)
    assert not page.is_visible("#upload-button")
    page.click(".tile > a >> nth=0")
    page.wait_for_selector("#viewer[open]")
    assert not page.is_visible("#viewer-delete")

"""`python -m tests.browser.icons`: draws the app's icons anew from the logo, for devices that want pixels."""

from pathlib import Path

from playwright.sync_api import ViewportSize

from config.env import CHECKOUT
from socialapp.web.pwa import CANVAS
from tests.browser.chromium import chromium

FOLDER = CHECKOUT / "socialapp" / "web" / "static" / "socialapp"
# How large the logo is in its square. What is masked may lose all but a circle of 80 %.
ICONS = {"icon-180.png": (180, 0.7), "icon-192.png": (192, 0.94), "icon-512.png": (512, 0.94)}
MASKABLE = {"icon-maskable-512.png": (512, 0.56)}


def main() -> None:
    """Draws them all."""
    logo = (FOLDER / "logo.svg").read_text()
    with chromium() as browser:
        for name, (pixels, share) in (ICONS | MASKABLE).items():
            # Apple and masks want no transparency.
            filled = name in MASKABLE or name == "icon-180.png"
            page = browser.new_page(viewport=ViewportSize(width=pixels, height=pixels))
            page.set_content(_page(logo, share, CANVAS if filled else "transparent"))
            page.screenshot(path=Path(FOLDER / name), omit_background=not filled)
            page.close()


def _page(logo: str, share: float, background: str) -> str:
    style = (
        f"html{{background:{background}}}body{{margin:0;display:grid;place-items:center;height:100vh}}"
        f"svg{{width:{share * 100}%}}"
    )
    return f"<style>{style}</style>{logo}"


if __name__ == "__main__":
    main()

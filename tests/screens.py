"""What is wrong with a page to look at: words over words, words cut off, another language, raw values."""

import re
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

SCREENS = Path(settings.BASE_DIR) / "var" / "screens"

# Only what a person sees: nothing hidden, no glyphs of an icon font; for words no client's either.
_SEEN = """
const unread = ".sr-only, .material-symbols-outlined, script, style, template, option";
function texts(besides) {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.data.trim() || holder.closest(besides)) continue;
    if (holder.checkVisibility({ opacityProperty: true, visibilityProperty: true })) found.push(node);
  }
  return found;
}
"""
# Two pieces of text that are both to be seen, in the same place. Each is clipped to what its scrolling
# ancestors show of it; a few pixels of one line within the next are how lines are. What stays in its place
# while the rest scrolls under it covers it rightly.
_OVERLAPS = f"""() => {{ {_SEEN}
  function clipped(rect, holder) {{
    let {{ left, top, right, bottom }} = rect;
    for (let box = holder; box && box !== document.body; box = box.parentElement) {{
      if (getComputedStyle(box).overflow === "visible") continue;
      const clip = box.getBoundingClientRect();
      left = Math.max(left, clip.left); right = Math.min(right, clip.right);
      top = Math.max(top, clip.top); bottom = Math.min(bottom, clip.bottom);
    }}
    return {{ left, top, right, bottom }};
  }}
  function layer(node) {{
    for (let box = node.parentElement; box; box = box.parentElement)
      if (["fixed", "sticky"].includes(getComputedStyle(box).position)) return box;
    return null;
  }}
  const seen = [];
  for (const node of texts(unread)) {{
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {{
      const box = clipped(rect, node.parentElement);
      if (box.right - box.left > 2 && box.bottom - box.top > 2) seen.push({{ ...box, node }});
    }}
  }}
  seen.sort((one, other) => one.top - other.top);
  const found = [], name = (one) => one.node.data.trim().slice(0, 40);
  seen.forEach((one, at) => {{
    for (const other of seen.slice(at + 1)) {{
      if (other.top >= one.bottom) break;
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - other.top;
      if (one.node !== other.node && wide > 3 && high > 5 && layer(one.node) === layer(other.node))
        found.push(`${{name(one)}} | ${{name(other)}}`);
    }}
  }});
  return found;
}}"""
_WORDS = f"""() => {{ {_SEEN}
  const said = texts(unread + ", bdi, code, [dir=auto]").map((node) => node.data);
  for (const name of ["title", "aria-label", "placeholder"])
    for (const one of document.querySelectorAll(`[${{name}}]`))
      if (one.checkVisibility()) said.push(one.getAttribute(name));
  return said.join("\\n");
}}"""
_RAW = re.compile(
    r"\b(?:None|undefined|null|NaN|nan)\b|\[object|\{[{%]|\b[a-z]+_[a-z_]+\b|"
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b"
)


def overlapping(page: Page) -> list[str]:
    """Of each two texts in one place the beginnings."""
    found: list[str] = page.evaluate(_OVERLAPS)
    return found


def raw_values(page: Page) -> list[str]:
    """Ids, names of fields and empty values of a program, where a person reads."""
    return _RAW.findall(page.evaluate(_WORDS))


def foreign_words(page: Page, *, besides: frozenset[str]) -> set[str]:
    """Words in Latin letters on a Russian page, tooltips and labels included, `besides` names of things."""
    return {word for word in re.findall(r"[A-Za-z]{2,}", page.evaluate(_WORDS)) if word not in besides}


def wider_than_its_window(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide


def keep(page: Page, name: str) -> None:
    """As a picture, to be looked at."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png", animations="disabled")

"""Somebody who has no mouse."""

from __future__ import annotations

from attrs import frozen
from playwright.sync_api import Page

__all__ = ["Keyboard"]

FOCUSED = """() => {
    const element = document.activeElement;
    const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
    const kind = element.type === "checkbox" ? "checkbox" : {A: "link", BUTTON: "button"}[element.tagName] ?? "field";
    const outline = getComputedStyle(element).outlineStyle;
    return {name: name.trim().replace(/:$/, ""), kind, outline, nowhere: element === document.body};
}"""
FAR = 80
"""More steps than any page has."""


@frozen
class Keyboard:
    """The keys of somebody who looks at *page*, and wants to see where they are."""

    page: Page

    def go_to(self, name: str, kind: str | None = None) -> None:
        """Press Tab until what is called *name* has the focus; whatever has it on the way must show it."""
        passed = []
        for _ in range(FAR):
            focused = self.page.evaluate(FOCUSED)
            if not focused["nowhere"]:
                assert focused["outline"] != "none", f"Nobody sees that the focus is on {focused['name']!r}."
                if focused["name"] == name and kind in (None, focused["kind"]):
                    return
                passed.append(focused["name"])
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {name!r}, but to {passed}.")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

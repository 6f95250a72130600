"""Which of the bundled fonts a text needs, by its script. They are Noto's; fonts/README.md says what they hold."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
BASE = "latin"  # and Greek and Cyrillic: always there
HAN = re.compile(r"[\u3000-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
KANA = re.compile(r"[\u3040-\u30ff]")
ISOLATED = re.compile(r"[\u2066-\u2068].*?\u2069", re.DOTALL)

# Font → the characters that ask for it.
SCRIPTS = {
    "arabic": re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]"),
    "hebrew": re.compile(r"[\u0590-\u05ff\ufb1d-\ufb4f]"),
    "devanagari": re.compile(r"[\u0900-\u097f\ua8e0-\ua8ff]"),
    "korean": re.compile(r"[\u3131-\u318e\uac00-\ud7a3]"),
}


def fonts(text: str, language: str) -> list[str]:
    """The fonts besides BASE, in the order in which a character is looked for.

    An ideograph that both have is drawn as the reader's language draws it.
    """
    found = [name for name, signs in SCRIPTS.items() if signs.search(text)]
    if HAN.search(text):
        is_japanese = language == "ja" or (language != "zh" and KANA.search(text))
        found += ["japanese", "chinese"] if is_japanese else ["chinese", "japanese"]
    return found


def files(name: str) -> dict[str, Path]:
    """The files of a font by fpdf2's style: "" and, where there is one, "B"."""
    styles = {"": FONTS / f"{name}.ttf", "B": FONTS / f"{name}-bold.ttf"}
    return {style: path for style, path in styles.items() if path.exists()}


def own_direction(text: str) -> str | None:
    """`ltr` or `rtl`, as the first letter of the sentence itself says; values isolated from it do not count."""
    for sign in ISOLATED.sub("", text):
        side = unicodedata.bidirectional(sign)
        if side in {"L", "R", "AL"}:
            return "ltr" if side == "L" else "rtl"
    return None

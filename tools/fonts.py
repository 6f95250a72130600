"""Make the receipts' fonts anew from the Noto fonts: only the characters of our languages, nothing for screens.

`python -m tools.fonts FOLDER`, where FOLDER holds NotoSans_400Regular.ttf and the others named below, wherever it
keeps them. app/receipts/fonts/README.md says what the fonts are and where they come from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset

from tools import ROOT

TARGET = ROOT / "app" / "receipts" / "fonts"
# Unicode blocks: letters and marks, punctuation, currency signs, letterlike signs, isolates and arrows.
LATIN = (
    (0x20, 0x24F), (0x2B0, 0x52F), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x20A0, 0x20CF), (0x2100, 0x215F),
    (0x2212, 0x2212), (0xFFFD, 0xFFFD),
)  # fmt: skip
ARABIC = ((0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0x200B, 0x200F))
HEBREW = ((0x590, 0x5FF), (0xFB1D, 0xFB4F))
DEVANAGARI = ((0x900, 0x97F), (0x200C, 0x200D), (0x25CC, 0x25CC), (0xA8E0, 0xA8FF))
CJK_SIGNS = ((0x3000, 0x30FF), (0x31F0, 0x31FF), (0xFF00, 0xFFEF))


def span(*ranges: tuple[int, int]) -> set[int]:
    """The code points of ranges, both ends included."""
    return {point for first, last in ranges for point in range(first, last + 1)}


def rows(encoding: str, first: int, last: int) -> set[int]:
    """The characters of the rows `first` to `last` of a national standard of 94 by 94 (ISO 2022)."""
    found = set()
    for row in range(first, last + 1):
        for cell in range(1, 95):
            said = bytes((row + 0xA0, cell + 0xA0)).decode(encoding, "ignore")
            found |= {ord(sign) for sign in said}
    return found


# Every ideograph of JIS X 0208 and GB 2312, every syllable of KS X 1001.
JAPANESE = span(*CJK_SIGNS) | rows("euc_jp", 16, 84)
CHINESE = span(*CJK_SIGNS) | rows("gb2312", 16, 87)
KOREAN = span((0x3131, 0x318E)) | rows("euc_kr", 16, 40)

# Our file, the Noto font, its characters, and whether letters change with their neighbours there.
FONTS: tuple[tuple[str, str, Iterable[int], bool], ...] = (
    ("latin.ttf", "NotoSans_400Regular", span(*LATIN), True),
    ("latin-bold.ttf", "NotoSans_700Bold", span(*LATIN), True),
    ("arabic.ttf", "NotoSansArabic_400Regular", span(*ARABIC), True),
    ("arabic-bold.ttf", "NotoSansArabic_700Bold", span(*ARABIC), True),
    ("hebrew.ttf", "NotoSansHebrew_400Regular", span(*HEBREW), True),
    ("hebrew-bold.ttf", "NotoSansHebrew_700Bold", span(*HEBREW), True),
    ("devanagari.ttf", "NotoSansDevanagari_400Regular", span(*DEVANAGARI), True),
    ("devanagari-bold.ttf", "NotoSansDevanagari_700Bold", span(*DEVANAGARI), True),
    ("japanese.ttf", "NotoSansJP_400Regular", JAPANESE, False),
    ("chinese.ttf", "NotoSansSC_400Regular", CHINESE, False),
    ("korean.ttf", "NotoSansKR_400Regular", KOREAN, False),
)  # fmt: skip


def make(source: Path, target: Path, characters: Iterable[int], *, shapes: bool) -> None:
    """Write the part of a font that has these characters."""
    options = subset.Options(hinting=False, desubroutinize=True, notdef_outline=True)
    options.layout_features = [*options.layout_features, "locl"] if shapes else []
    options.name_IDs = ["*"]  # its licence and its makers stay in it
    font = subset.load_font(str(source), options)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=characters)
    cut.subset(font)
    subset.save_font(font, str(target), options)


def main(folder: str) -> None:
    """Make every font and say how large they are."""
    for name, noto, characters, shapes in FONTS:
        (found,) = Path(folder).rglob(f"{noto}.ttf")
        make(found, TARGET / name, characters, shapes=shapes)
        print(f"{(TARGET / name).stat().st_size:>9} {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])

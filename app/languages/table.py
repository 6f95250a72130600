"""Which languages there are."""

from typing import Final

# Code (BCP 47, as in a link's `?lang=`) → the language's own name. English is the source; every other one has a
# catalog beside this file. `zh` is written in simplified characters, `pt` as in Brazil.
LANGUAGES: Final = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "sv": "Svenska",
    "tr": "Türkçe",
    "zh": "简体中文",
}
SOURCE: Final = "en"

# English in disguise, made while running: what is not in `[!!! … !!!]` was never marked for translation.
PSEUDO: Final = "en-XA"

RIGHT_TO_LEFT: Final = frozenset({"ar", "he"})


def direction(language: str) -> str:
    """How it is written: `ltr` or `rtl`."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"

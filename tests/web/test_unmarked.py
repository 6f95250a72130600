"""Words in quotation marks that nobody marked for translation, read from the source: branches that no page of a test shows too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from app.web import words
from tools.languages import KEYWORDS

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path for folder in ("checkout", "errors") for path in (ROOT / "templates" / folder).iterdir()
)
# Pages of those who sign in, and what they are made of, are in English.
STAFF = re.compile(r"(account|charts|color|console|headers|markdown|operations|review|staff|users)")
MODULES = sorted(
    path
    for pattern in ("app/declines.py", "app/web/*.py", "app/receipts/*.py")
    for path in ROOT.glob(pattern)
    if not STAFF.match(path.stem)
)
# A capital first, or three words in a row: names of headers, of classes and of settings have neither.
IS_TEXT = re.compile(r"^[A-Z][a-z]+( |$|[.,:!?])|[a-z]{2,} [a-z]{2,} [a-z]{2,}")
# What looks like words and is none, or is a name in every language, by the module.
NO_WORDS = {
    "embed": {"Give a size from "},  # to whoever builds a page with our picture in it
    "drawing": {"Cc", "Cf", "Mn", "Letter"},
    "forms": {"Model"},
    "proven": {"Lax", "None"},
    "visitor": {"Lax", "None"},
    "words": {*words.BRANDS.values(), "Apple Pay", "Google Pay", "Link"},
}
ALL = re.compile(r"^__all__ = (\[[^]]+\])", re.MULTILINE)


def unmarked_in_python(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    known = {id(said) for node in ast.walk(tree) for said in told_elsewhere(node)}
    for node in ast.walk(tree):
        said = node.value if isinstance(node, ast.Constant) and id(node) not in known else None
        if isinstance(said, str) and IS_TEXT.search(said):
            yield said


def told_elsewhere(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KEYWORDS:
        yield from ast.walk(node)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_modules(path: Path) -> None:
    source = path.read_text()
    exported = set(ast.literal_eval(found[1])) if (found := ALL.search(source)) else set()
    assert not set(unmarked_in_python(source)) - NO_WORDS.get(path.stem, exported)


def unmarked_in_template(source: str) -> Iterator[str]:
    tree = jinja2.Environment(autoescape=True).parse(source)
    marked = {
        id(said)
        for call in tree.find_all(nodes.Call)
        if getattr(call.node, "name", "") in KEYWORDS
        for said in call.find_all(nodes.Const)
    }
    for said in tree.find_all(nodes.Const):
        if isinstance(said.value, str) and id(said) not in marked and IS_TEXT.search(said.value):
            yield said.value


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_templates(path: Path) -> None:
    assert not set(unmarked_in_template(path.read_text()))

"""What the documents promise is there: links, paths, commands, and every name they speak of."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from app import config, declines, documents, errors
from app.api.routes import ENDPOINTS
from models.ids import PREFIXES
from models.ledger import KINDS
from models.lifecycle import ATTEMPT, DERIVED, OPERATIONS
from sandbox import cards, faults, paypal_cards
from tasks.subscribers import SUBSCRIBERS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = {ROOT / page.path for page in documents.GENERATED.values()}
WRITTEN = [page for page in PAGES if page not in GENERATED]
FOLDERS = ("app/", "docs/", "migrations/", "models/", "risk/", "sandbox/", "static/", "tasks/", "templates/",
           "tests/", "tools/")  # fmt: skip
MOST_LINES_TO_FOLLOW = 1000


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text(page), flags=re.DOTALL | re.MULTILINE)


def spoken(pages: list[Path]) -> set[str]:
    """Every `name` in backquotes."""
    return {word for page in pages for word in re.findall(r"`([^`\n]+)`", prose(page))}


def anchors(page: Path) -> set[str]:
    """What a heading can be reached by, as GitHub makes it."""
    heads = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
    return {head.strip().replace(" ", "-") for head in plain}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = unquote(target).partition("#")
        found = (page.parent / path.replace("\\", "")).resolve() if path else page
        assert found.exists(), f"{name(page)} links to {target}"
        assert found.is_relative_to(ROOT), f"{name(page)} links out of the project: {target}"
        assert not anchor or anchor in anchors(found), f"{name(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_that_is_named_exists(page):
    for path in re.findall(r"[\w./-]+", text(page)):
        if path.startswith(FOLDERS) and "." in path.rsplit("/", 1)[-1]:
            assert (ROOT / path.rstrip(".")).exists(), f"{name(page)} names {path}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), flags=re.MULTILINE))
    told = re.findall(r"(?:^|`)make ([a-z-]+)", text(page), flags=re.MULTILINE)
    assert set(told) <= targets


def test_every_flask_command_exists():
    source = "".join(text(file) for file in sorted((ROOT / "app").glob("cli*.py")))
    known = set(re.findall(r'(?:cli\.command|click\.command|click\.group)\("([a-z-]+)"', source))
    known |= {
        f"risk {name}"
        for name in re.findall(r'(?:risk\.command|click\.command|_acting)\("([a-z-]+)"', source)
    }
    known |= {*documents.GENERATED}
    for page in PAGES:
        for word, further in re.findall(r"flask (?:--app wsgi )?([a-z-]+)( [a-z]+)?", text(page)):
            assert (f"risk{further}" if word == "risk" else word) in known, (
                name(page),
                word,
                further,
            )


def test_one_payment_can_be_followed_in_eight_files_under_a_thousand_lines():
    part = text(ROOT / "README.md").split("## Follow one payment")[1].split("\n## ")[0]
    files = re.findall(r"^\| \[([^\]]+)\]", part, flags=re.MULTILINE)
    assert len(files) == len(set(files)) == 8
    lines = {file: (ROOT / file).read_text().count("\n") for file in files}
    assert sum(lines.values()) < MOST_LINES_TO_FOLLOW, lines


def test_the_commands_of_the_readme_are_those_that_ci_runs():
    ci, readme = text(ROOT / ".ci" / "run"), text(ROOT / "README.md")
    for command in re.findall(r"^make ([a-z]+)", ci, flags=re.MULTILINE):
        assert f"make {command}" in readme


def test_every_setting_that_is_named_exists():
    known = {setting.name for setting in config.TABLE}
    known |= {f"{setting.name}_FILE" for setting in config.TABLE if setting.secret}
    run = text(ROOT / "gunicorn.conf.py") + text(ROOT / "tools" / "settings.py")
    known |= set(re.findall(r"""["']([A-Z_]{4,})["']""", run))
    for page in PAGES:
        told = re.findall(
            r"\b((?:STRIPE|PAYPAL|RAZORPAY|SANDBOX|DB|REDIS|PROVIDER)_[A-Z_]+)\b(?!\*)", text(page)
        )
        if page.name == "going-live.md":
            told += re.findall(r"^([A-Z][A-Z_]+)=\S", text(page), flags=re.MULTILINE)
        assert set(told) <= known, f"{name(page)} names {set(told) - known}"


def test_every_event_that_is_named_exists():
    nouns = {kind.partition(".")[0] for kind in SUBSCRIBERS}
    for word in spoken(PAGES):
        noun, dot, past = word.partition(".")
        if dot and noun in nouns and re.fullmatch(r"[a-z_]+", past):
            assert word in SUBSCRIBERS, word


def test_every_error_and_state_that_is_named_exists():
    """A snake-case name in the written pages is one of ours, or stands in the source."""
    known = {error.code for error in errors.tree()} | set(declines.TEXTS) | set(KINDS)
    known |= {state for machine in (ATTEMPT, *OPERATIONS.values()) for state in machine.states}
    known |= {word for status, pair in DERIVED.items() for word in (status, *pair)}
    known |= {*faults.KINDS, *cards.BY_KEY, "max_connections", "synchronous_commit"}
    source = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("app", "models", "risk", "tasks", "sandbox", "migrations", "tools")
        for file in (ROOT / folder).rglob("*.py")
    )
    for word in spoken(WRITTEN):
        if re.fullmatch(r"[a-z]+(_[a-z]+)+", word):
            assert word in known or re.search(rf"\b{word}\b", source), word


def test_every_endpoint_that_is_named_exists():
    known = {(point.method, re.sub(r"\{\w+\}", "{}", point.path)) for point in ENDPOINTS}
    for page in WRITTEN:
        told = re.findall(r"(GET|POST|PATCH|DELETE) /v1(/(?:payments|checkout_sessions|tokens|refunds)"
                          r"[\w/{}…]*)", text(page))  # fmt: skip
        for method, path in told:
            if path == "/refunds" and method == "POST":
                continue  # Stripe's
            assert (method, re.sub(r"(?<=/)(\w+_[\w…]*…|\{\w+\})", "{}", path)) in known, path


def test_every_id_in_the_documents_has_a_known_prefix():
    for page in WRITTEN:
        for prefix in re.findall(r"\b([a-z]+)_01[a-z0-9]{4,}", text(page)):
            assert prefix in PREFIXES, f"{name(page)}: {prefix}"


def test_every_decision_is_in_the_list_and_has_the_same_parts():
    folder = ROOT / "docs" / "decisions"
    index = text(folder / "README.md")
    pages = sorted(folder.glob("0*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert f"({page.name})" in index
        assert f"| [{int(page.name[:4])}]" in index
        heads = re.findall(r"^## (.+)$", text(page), flags=re.MULTILINE)
        assert heads == ["Context", "Decision", "Consequences", "Alternatives", "Links"], page.name


def test_the_kinds_of_ledger_entries_are_those_of_the_decision():
    page = text(ROOT / "docs" / "decisions" / "0009-an-entry-moves-one-amount.md")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (\w+) \|$", page, flags=re.MULTILINE)
    assert {kind: (debit, credit) for kind, debit, credit in rows} == KINDS


def test_every_fault_of_the_sandbox_is_explained():
    page = text(ROOT / "docs" / "sandbox.md")
    assert set(faults.KINDS) <= set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))


def test_the_test_cards_are_the_sandboxs():
    rows = re.findall(r"^\| (\d[\d ]{12,}\d) \| (?:`(\w+)`)?", text(ROOT / "docs" / "sandbox.md")
                      + text(ROOT / "README.md"), flags=re.MULTILINE)  # fmt: skip
    assert rows
    for number, key in rows:
        if (
            number.replace(" ", "") in paypal_cards.CARDS
        ):  # these are typed into PayPal's own fields
            continue
        card = cards.BY_NUMBER[number.replace(" ", "")]
        assert key in ("", card.key)

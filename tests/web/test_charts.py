import re
from xml.etree import ElementTree as ET

import pytest

from app.web.charts import Chart, Series, count_ticks, percent, percent_ticks
from app.web.markdown import render


def chart(kind="line", names=("precision", "recall"), **more):
    series = [Series(name, [0.1, None, 0.3], ["10 %", "–", "30 %"]) for name in names]
    given = {"id": "c", "title": "A <title>", "description": 'of "things" & more', "labels": ["1", "<2>", "3"]}  # fmt: skip
    return Chart(series=series, kind=kind, ticks=percent_ticks(0.3), **(given | more))


def well_formed(text):
    return ET.fromstring(text)  # noqa: S314 -- made here


def parsed(one):
    return well_formed(str(one.svg))


@pytest.mark.parametrize("kind", ["line", "bars"])
def test_a_chart_is_well_formed_named_and_described(kind):
    svg = parsed(chart(kind, mark=1, diagonal=True, x_title="x & y"))
    assert svg.find("title").text == "A <title>"
    assert svg.find("desc").text == 'of "things" & more'
    assert svg.get("aria-labelledby") == "c-title c-text"
    assert "style=" not in str(chart(kind).svg)


@pytest.mark.parametrize("kind", ["line", "bars"])
def test_every_point_says_itself_and_the_keyboard_comes_in_once(kind):
    svg = parsed(chart(kind))
    points = [one for one in svg.iter() if one.get("data-says")]
    assert [one.get("aria-label") for one in points] == [
        "1: precision 10 %",
        "3: precision 30 %",
        "1: recall 10 %",
        "3: recall 30 %",
    ]
    assert [one.get("tabindex") for one in points] == ["0", "-1", "-1", "-1"]


def test_series_differ_by_their_shapes_too():
    svg = str(chart(names=("a", "b", "c", "d")).svg)
    shapes = {
        re.sub(r"[\d. -]+", "", found)
        for found in re.findall(r'class="point series-\d" (?:d="([^"]+)"|cx)', svg)
    }
    assert len(shapes) == 4
    assert [shape for _name, shape in chart(names=("a", "b", "c", "d")).keys] == [
        "circle",
        "square",
        "triangle",
        "diamond",
    ]


def test_a_gap_is_not_bridged_and_nothing_leaves_the_drawing():
    svg = parsed(chart())
    assert not [one for one in svg.iter() if (one.get("class") or "").startswith("line")]
    series = [Series("s", [5.0, -3.0], ["5", "-3"])]
    high = Chart(id="c", title="t", description="d", labels=["1", "2"], most=1.0, series=series)
    heights = [float(found) for found in re.findall(r'cy="([\d.-]+)"', str(high.svg))]
    assert heights == [12.0, 220.0]


def test_nothing_is_told_as_nothing():
    none = Chart(id="c", title="t", description="d", labels=[], series=[Series("s", [], [])])
    assert none.is_empty
    assert not chart().is_empty
    assert percent(None) == "–"
    assert percent(0.1234) == "12.3 %"


@pytest.mark.parametrize("most", [0, 0.004, 0.03, 0.04, 0.17, 0.33, 0.5, 0.77, 1.0])
def test_ticks_of_shares_are_round_and_reach_far_enough(most):
    ticks = percent_ticks(most)
    assert ticks[0][0] == 0
    assert ticks[-1][0] >= most - 1e-9
    assert 2 <= len(ticks) <= 7


@pytest.mark.parametrize("most", [0, 1, 3, 7, 40, 41, 999, 12_345])
def test_ticks_of_counts_are_whole_and_reach_far_enough(most):
    ticks = count_ticks(most)
    assert all(value == int(value) for value, _ in ticks)
    assert ticks[-1][0] >= most


# A card's Markdown


CARD = """# Night 7

Made from **real** things, with `code` & <b>no</b> HTML.
And a second line.

## Numbers

|  |  |
| --- | --- |
| Trained | 2026-11-20 |
| Odd \\| cell | <script>alert(1)</script> |

| Figure | Value |
| --- | --- |
| AP | 0.7 |

![plot](javascript:alert(1))

<svg onload="alert(1)"><title>x</title>
</svg>

- one
  more
- two
"""


def test_a_card_is_html_of_ours_and_nothing_else():
    html = str(render(CARD, level=3))
    assert "<h3>Night 7</h3>" in html
    assert "<h4>Numbers</h4>" in html
    assert "<strong>real</strong> things, with <code>code</code> &amp; &lt;b&gt;no&lt;/b&gt; HTML. And a second line." in html  # fmt: skip
    assert "<li>one more</li><li>two</li>" in html
    assert '<th scope="row">Trained</th><td>2026-11-20</td>' in html
    assert '<th scope="row">Odd | cell</th>' in html
    assert '<th scope="col">Figure</th>' in html
    assert html.count("<thead>") == 1
    for bad in ("<script", "<svg", "onload", "javascript:", "<b>"):
        assert bad not in html
    well_formed(f"<div>{html}</div>")


@pytest.mark.parametrize(
    "text", ["", "|", "||", "|a", "#", "- ", "`", "**", "<svg", "\0", "| |\n| |", "a\n|b|\n#c\n- d"]
)
def test_broken_markdown_is_text(text):
    well_formed(f"<div>{render(text)}</div>".replace("\0", ""))

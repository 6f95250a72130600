"""docs/faults.md tells of the faults that are tried, and of no others."""

from collections import Counter

from tests.faults import report

# They look after the suite, or show what happens when nothing is wrong.
BREAK_NOTHING = {
    "test_crash.py::test_every_crash_point_has_a_scene",
    "test_crash.py::test_every_step_has_a_crash_point_or_a_reason",
    "test_missed.py::test_what_did_come_was_not_missed",
    "test_silence.py::test_every_verb_is_lied_to",
    "test_workers.py::test_a_worker_hears_the_bell",
}


def test_every_test_says_what_it_breaks() -> None:
    """In every file that is about faults: one in which no test breaks anything is about something else."""
    every = list(report.tests())
    about = {name.partition("::")[0] for name, test in every if report.declared(test)}
    mute = {name for name, test in every if not report.declared(test)}
    assert {name for name in mute if name.partition("::")[0] in about} == BREAK_NOTHING


def test_every_fault_has_a_name_of_its_own() -> None:
    names = Counter(fault.name for fault in report.in_the_suite())
    assert [name for name, times in names.items() if times > 1] == []


def test_the_page_tells_of_the_faults_of_the_suite() -> None:
    """Write it anew with `make faults`."""
    page, suite = report.on_the_page(), report.in_the_suite()
    assert set(page) == {fault.name for fault in suite}
    for fault in suite:
        number, told = page[fault.name]
        assert (number, told[: len(fault.saw)]) == (fault.number, fault.saw)
    assert report.crash_points() in report.PAGE.read_text(encoding="utf-8")


def test_a_length_of_time_is_spoken_of_as_people_do() -> None:
    assert [report.spoken(s) for s in (0.04, 9.96, 31, 121, 7200, 30 * 86_400)] == [
        "0.0 s",
        "10.0 s",
        "31 s",
        "2 min",
        "2 h",
        "30 d",
    ]

"""A recorded spread can be taken in from any order and encoding, and taken away again whole."""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Mapping
from itertools import chain

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.exchange import ImportPlan, Row, RowRefusal, plan_import, read_spread_csv
from referral.spread.rules.export import to_csv, to_gexf, to_graphml
from referral.spread.rules.forest import Forest

HEADER = "fan,told_by,at,channel\n"
STORY = Forest.from_edges(
    [11, 12, 13, 14], [None, 11, 11, 12], [0, 1_500, 2_000, 90_000], ["poster", "line", None, "x"]
)
HOSTILE = "\0\x0b<a & \"b\">'\ud83d\n\u202e=cmd|'/c calc'!A1"


def read(text: str) -> list[Row | RowRefusal]:
    return list(read_spread_csv(text.encode()).rows)


def only_refusal(text: str) -> RowRefusal:
    [found] = read(HEADER + text)
    assert isinstance(found, RowRefusal)
    return found


def plan(*edges: tuple[str, str | None], known: frozenset[str] = frozenset()) -> ImportPlan:
    rows = [Row(number, fan, teller, number * 1000, None) for number, (fan, teller) in enumerate(edges, start=2)]
    return plan_import(rows, known)


def codes(made: ImportPlan) -> list[tuple[int, str]]:
    return [(refusal.row, refusal.code) for refusal in made.refusals]


def test_a_row_is_a_fan_a_teller_a_time_and_a_channel() -> None:
    assert read(HEADER + "budi,ana,2025-11-01T10:00:00Z,whatsapp\n") == [
        Row(2, "budi", "ana", 1_761_991_200_000, "whatsapp")
    ]


def test_columns_may_stand_in_any_order_beside_others_that_are_not_known() -> None:
    assert read("Channel, AT ,generation,told_by,Fan\nLine,0,7,,ana\n") == [Row(2, "ana", None, 0, "line")]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_cells_may_be_parted_as_spreadsheets_of_any_country_part_them(sign: str) -> None:
    text = 'fan,told_by,at,channel\n"b",a,5,qr\n'.replace(",", sign)

    assert read(text) == [Row(2, "b", "a", 5_000, "qr")]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1250", "cp1250")],
)
def test_polish_names_are_read_in_every_encoding_that_windows_writes(encoding: str, named: str) -> None:
    opened = read_spread_csv(f"{HEADER}Łucja Żółw,Świętosława,0,copy\r\n".encode(encoding))

    assert opened.encoding == named
    assert [row[:3] for row in opened.rows] == [(2, "Łucja Żółw", "Świętosława")]


def test_western_names_are_read_in_the_western_encoding_of_windows() -> None:
    opened = read_spread_csv(f"{HEADER}Zoë Núñez,,0,copy\n".encode("cp1252"))

    assert opened.encoding == "cp1252"
    assert [row[1] for row in opened.rows] == ["Zoë Núñez"]


def test_bytes_that_are_text_in_no_encoding_are_read_without_a_crash() -> None:
    opened = read_spread_csv(HEADER.encode() + b"\x81\x8d\x9d,,0,copy\n\xff\xfe,,0,copy\n")

    assert len(list(opened.rows)) == 2


@given(st.binary(max_size=300))
def test_any_bytes_at_all_give_rows_or_refusals(content: bytes) -> None:
    for start in (b"", HEADER.encode()):
        made = plan_import(read_spread_csv(start + content).rows)

        assert all(refusal.code for refusal in made.refusals)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", ("fan", "told_by", "at", "channel")),
        ("fan,at\nana,0\n", ("told_by", "channel")),
        ("ana,,0,copy\n", ("fan", "told_by", "at", "channel")),
    ],
)
def test_a_missing_header_is_refused_once_with_what_is_missing(text: str, missing: tuple[str, ...]) -> None:
    assert read(text) == [RowRefusal(1, "header_missing", missing)]


@pytest.mark.parametrize(
    ("written", "at_ms"),
    [
        ("2025-11-01", 1_761_955_200_000),
        ("20251101", 1_761_955_200_000),
        ("2025-11-01 10:00", 1_761_991_200_000),
        ("2025-11-01T10:00:00.25", 1_761_991_200_250),
        ("2025-11-01T17:00:00+07:00", 1_761_991_200_000),
        ("1761991200", 1_761_991_200_000),
        ("1761991200.25", 1_761_991_200_250),
        ("0", 0),
        ("2099-12-31T23:59:59Z", 4_102_444_799_000),
    ],
)
def test_a_time_is_iso_8601_or_unix_seconds(written: str, at_ms: int) -> None:
    assert read(f"{HEADER}ana,,{written},copy\n") == [Row(2, "ana", None, at_ms, "copy")]


@pytest.mark.parametrize(
    "written",
    ["", "soon", "01/11/2025", "2025-13-01", "-5", "nan", "1e9", "1761991200000", "0001-01-01T00:00+14:00", "١٧٦١"],
)
def test_what_is_not_a_time_is_refused(written: str) -> None:
    assert only_refusal(f"ana,,{written},copy\n") == RowRefusal(2, "bad_time", (written,))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (" ,ana,0,copy", "empty_fan"),
        ("\u200b\u202e,ana,0,copy", "empty_fan"),
        ("ana,,0,pigeon", "bad_channel"),
        (f"{'a' * 201},,0,copy", "too_long"),
        (f"a,{'b' * 10_000},0,copy", "too_long"),
        (f"{'a' * 200_000},,0,copy", "too_long"),
        ("ana", "bad_time"),
    ],
)
def test_a_row_that_cannot_be_taken_in_is_refused_with_its_number_and_a_code(line: str, code: str) -> None:
    found = read(f"{HEADER}zoe,,0,\n{line}\nyan,,0,\n")

    assert isinstance(found[1], RowRefusal)
    assert (found[1].row, found[1].code) == (3, code)
    assert [type(one) for one in found] == [Row, RowRefusal, Row]


def test_empty_lines_are_passed_over_but_counted_as_a_spreadsheet_counts() -> None:
    assert read(f"{HEADER}\nana,,0,\n") == [Row(3, "ana", None, 0, None)]
    assert read(f"{HEADER},,,\nana,,0,\n") == [Row(3, "ana", None, 0, None)]


def test_signs_that_cannot_be_seen_do_not_make_another_person() -> None:
    [row] = read(f"{HEADER}\u202ea\0na\u200b ,Cafe\u0301,0,\n")

    assert row[1:3] == ("ana", "Café")


def test_each_teller_comes_before_those_they_told_whatever_the_order_of_rows() -> None:
    made = plan(("d", "c"), ("c", "b"), ("a", None), ("b", "a"))

    assert [row.fan for row in made.accepted] == ["a", "b", "c", "d"]
    assert made.refusals == ()


def test_a_teller_nobody_knows_is_refused_with_everybody_below() -> None:
    made = plan(("a", None), ("b", "ghost"), ("c", "b"), ("d", "c"), ("e", "a"))

    assert [row.fan for row in made.accepted] == ["a", "e"]
    assert codes(made) == [(3, "unknown_teller"), (4, "unknown_teller"), (5, "unknown_teller")]
    assert made.refusals[0].names == ("ghost",)


def test_a_fan_who_is_there_already_may_tell_and_is_not_made_again() -> None:
    made = plan(("b", "old"), ("old", None), known=frozenset({"old"}))

    assert [row.fan for row in made.accepted] == ["b"]
    assert (made.known_already, made.refusals) == (1, ())


def test_a_cycle_is_refused_and_what_hangs_below_it_has_no_teller() -> None:
    made = plan(("a", "c"), ("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("z", None))

    assert [row.fan for row in made.accepted] == ["z"]
    assert codes(made) == [
        (2, "cycle"),
        (3, "cycle"),
        (4, "cycle"),
        (5, "unknown_teller"),
        (6, "unknown_teller"),
    ]


def test_somebody_told_by_themselves_is_refused_with_those_below() -> None:
    assert codes(plan(("a", "a"), ("b", "a"))) == [(2, "told_by_self"), (3, "unknown_teller")]


def test_of_two_tellers_the_earlier_holds() -> None:
    rows = [
        Row(2, "a", None, 0, None),
        Row(3, "b", None, 0, None),
        Row(4, "c", "b", 9_000, None),
        Row(5, "c", "a", 5_000, None),
        Row(6, "b", "a", 7_000, None),
    ]

    made = plan_import(rows)

    assert {row.fan: row.told_by for row in made.accepted} == {"a": None, "b": None, "c": "a"}
    assert codes(made) == [(4, "told_twice"), (6, "told_twice")]


def test_the_same_said_again_is_counted_and_not_refused() -> None:
    made = plan(("a", None), ("b", "a"), ("b", "a"), ("a", None))

    assert (len(made.accepted), made.refusals, made.duplicates) == (2, (), 2)


def test_refusals_of_reading_stay_in_the_plan_in_order_of_rows() -> None:
    made = plan_import(read_spread_csv(f"{HEADER}b,a,0,\na,,never,\nc,,0,\n".encode()).rows)

    assert codes(made) == [(2, "unknown_teller"), (3, "bad_time")]
    assert [row.fan for row in made.accepted] == ["c"]


names = st.sampled_from("abcdefgh")


@given(st.lists(st.tuples(names, st.one_of(st.none(), names, st.just("old")), st.integers(0, 3)), max_size=25))
def test_every_row_is_accepted_refused_or_counted_and_the_accepted_make_a_forest(
    edges: list[tuple[str, str | None, int]],
) -> None:
    rows = [Row(number, fan, teller, at, None) for number, (fan, teller, at) in enumerate(edges, start=2)]

    made = plan_import(rows, {"old"})

    assert len(made.accepted) + len(made.refusals) + made.duplicates == len(rows)
    seen = {"old"}
    for row in made.accepted:
        assert row.told_by is None or row.told_by in seen
        assert row.fan not in seen
        seen.add(row.fan)
    taken = {row.row for row in made.accepted}
    assert not taken & {refusal.row for refusal in made.refusals}


@given(st.permutations(range(12)))
def test_the_order_of_rows_changes_neither_who_is_accepted_nor_the_order(order: list[int]) -> None:
    parents = [None, 0, 0, 1, 1, 2, 3, 3, None, 8, 99, 10]
    rows = [
        Row(place + 2, str(fan), None if parents[fan] is None else str(parents[fan]), fan, None)
        for place, fan in enumerate(order)
    ]

    made = plan_import(rows)

    assert [row.fan for row in made.accepted] == [str(fan) for fan in range(10)]
    assert sorted(refusal.names[0] for refusal in made.refusals) == ["10", "99"]


@pytest.mark.parametrize("shape", ["chain", "star", "cycle", "ghost"])
def test_a_hundred_thousand_rows_are_read_and_planned_in_seconds(shape: str) -> None:
    n = 100_000
    first = {"chain": "", "star": "", "cycle": f"f{n - 1}", "ghost": "ghost"}[shape]
    lines = [f"f{i},f{0 if shape == 'star' else i - 1},{1_761_991_200 + i},whatsapp\n" for i in range(1, n)]
    lines.append(f"f0,{first},2025-11-01T10:00:00Z,poster\n")
    random.Random(1).shuffle(lines)
    source = "".join(chain([HEADER], lines)).encode()

    began = time.process_time()
    made = plan_import(read_spread_csv(source).rows)
    took = time.process_time() - began

    assert len(made.accepted) == (n if shape in ("chain", "star") else 0)
    assert {refusal.code for refusal in made.refusals} == {
        "chain": set(),
        "star": set(),
        "cycle": {"cycle"},
        "ghost": {"unknown_teller"},
    }[shape]
    assert took < 10


def test_a_csv_that_was_written_is_read_back_as_it_was() -> None:
    text = to_csv(STORY, {11: "Ana"}, show_id=lambda fan: f"F{fan}")

    made = plan_import(read_spread_csv(text.encode()).rows)

    assert made.refusals == ()
    assert [row[1:] for row in made.accepted] == [
        ("F11", None, 0, "poster"),
        ("F12", "F11", 1_500, "line"),
        ("F13", "F11", 2_000, None),
        ("F14", "F12", 90_000, "x"),
    ]


@given(st.lists(st.text(alphabet="'=+-@ab1", min_size=1, max_size=6), min_size=4, max_size=4, unique=True))
def test_references_that_look_like_formulas_are_made_harmless_and_read_back_whole(given_names: list[str]) -> None:
    references = dict(zip((11, 12, 13, 14), given_names, strict=True))

    text = to_csv(STORY, {}, references=references)

    cells = list(chain.from_iterable(csv.reader(io.StringIO(text, newline=""))))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert {row[1] for row in read_spread_csv(text.encode()).rows} == set(given_names)


def test_a_name_that_is_a_formula_is_only_text_in_a_spreadsheet() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(STORY, {11: "=1+1", 12: "\tx", 13: "-2", 14: "Ana"}), newline="")))

    assert [row["label"] for row in rows] == ["'=1+1", "'\tx", "'-2", "Ana"]
    assert [row["generation"] for row in rows] == ["0", "1", "1", "2"]


def edges_of(graph: nx.Graph[str]) -> set[tuple[str, str]]:
    return set(graph.edges())


@pytest.mark.parametrize("labels", [{}, {11: "Ana", 12: "李 👩‍👩‍👧", 14: HOSTILE}], ids=["nameless", "named"])
def test_graphml_and_gexf_read_back_with_the_same_nodes_and_edges(labels: Mapping[int, str]) -> None:
    expected = {("F11", "F12"), ("F11", "F13"), ("F12", "F14")}
    written = {"show_id": lambda fan: f"F{fan}"}

    graphml = nx.read_graphml(io.BytesIO(to_graphml(STORY, labels, **written).encode("utf-8")))
    gexf = nx.read_gexf(io.BytesIO(to_gexf(STORY, labels, **written).encode("utf-8")))

    for graph in (graphml, gexf):
        assert graph.is_directed()
        assert set(graph) == {"F11", "F12", "F13", "F14"}
        assert edges_of(graph) == expected
        assert [graph.nodes[one]["generation"] for one in ("F11", "F12", "F13", "F14")] == [0, 1, 1, 2]
        assert graph.nodes["F12"]["at"] == "1970-01-01T00:00:01.500Z"
        assert graph.nodes["F12"]["channel"] == "line"
        assert graph.nodes["F11"]["label"] == labels.get(11, "F11")


@pytest.mark.parametrize("size", [0, 1])
def test_nobody_and_one_alone_can_be_written_in_every_format(size: int) -> None:
    forest = Forest.from_edges(list(range(size)), [None] * size, [0] * size, [None] * size)

    assert len(to_csv(forest, {}).splitlines()) == size + 1
    assert len(nx.read_graphml(io.BytesIO(to_graphml(forest, {}).encode()))) == size
    assert len(nx.read_gexf(io.BytesIO(to_gexf(forest, {}).encode()))) == size


def test_the_same_spread_always_gives_the_same_file() -> None:
    assert "lastmodified" not in to_gexf(STORY, {})
    assert to_gexf(STORY, {}) == to_gexf(STORY, {})

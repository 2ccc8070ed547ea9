"""A mapping: what it may say, and that every mistake in it is shown with its line."""

import pytest

from counterflow.core.errors import ConfigError, UnknownName
from counterflow.intake.mapping import find_mapping, parse_mapping, shipped_names
from counterflow.intake.mapping.targets import ALWAYS, TARGETS, coverage_targets
from counterflow.intake.readers import ReaderOptions, open_source

HEAD = '[mapping]\nname = "m"\nversion = "1"\n'
NEEDED = 'record_id = "id"\ndeclared_on = "day"\n'


def wrong(text):
    with pytest.raises(ConfigError) as caught:
        parse_mapping(text, "m.toml")
    return str(caught.value)


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_mappings_are_sound_and_cover_what_the_issue_names(name):
    mapping = find_mapping(name)
    assert mapping.name == name
    assert mapping.title
    assert {r.target for r in mapping.fields} >= set(ALWAYS[mapping.table])
    assert all(r.line for r in mapping.fields)


def test_the_shipped_names():
    assert shipped_names() == [
        "arcos", "crossings", "cuscar", "customers", "customs_kr", "itmatt", "orders", "parcel", "stock",
    ]  # fmt: skip
    with pytest.raises(UnknownName, match="Did you mean 'parcel'"):
        find_mapping("parcels")
    with pytest.raises(ConfigError, match="no mapping file"):
        find_mapping("nowhere/m.toml")


def test_labels_of_the_declarations_are_withheld():
    mapping = find_mapping("customs_kr")
    assert mapping.labels == ("fraud", "critical_fraud")
    fed = {c for r in mapping.fields for c in r.all_columns} | set(mapping.attributes)
    assert not fed & set(mapping.labels)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[mapping", "no TOML"),
        ('[mapping]\nname = "m"\n[fields]\n' + NEEDED, "has a version"),
        (HEAD + "[field]\n" + NEEDED, r"line 4: a mapping has no table [field]. Did you mean 'fields'?"),
        (HEAD + "[fields]\n" + NEEDED + 'declred_on = "x"\n',
         "line 7: there is no field 'declred_on'. Did you mean 'declared_on'"),
        (HEAD + '[fields.record_id]\ncolum = "x"\n',
         "line 5: [fields.record_id] has no key 'colum'. Did you mean 'column'"),
        (HEAD + "[fields]\n" + 'record_id = "id"\n', "nothing feeds declared_on"),
        (HEAD + "[fields]\n" + NEEDED + 'mass_kg = {column = "m", unit = "stone"}\n', "line 7: 'stone' is no unit"),
        (HEAD + "[fields]\n" + NEEDED + 'value = {column = "v", parse = "date"}\n', "cannot be read as 'date'"),
        (HEAD + "[fields]\n" + NEEDED + 'value = {column = "v", on_invalid = "keep"}\n', "only item_id can keep"),
        (HEAD + "[fields]\n" + NEEDED + "value = {columns = []}\n", "names no column"),
        (HEAD + "[fields]\n" + NEEDED + 'value = {column = "v", columns = ["w"]}\n', "names one of"),
        (HEAD + "[fields]\n" + NEEDED + "value = {column = 3}\n", "column is a text, not 3"),
        (HEAD + "[fields]\n" + NEEDED + "value = 3\n", "line 7: value is a column name"),
        (HEAD + "[fields]\n" + NEEDED + 'posted_at = {column = "p", timezone = "Mars/Base"}\n', "no time zone"),
        (HEAD + "[fields]\n" + NEEDED + '[constants]\nkind = "parcl"\n', "kind cannot be 'parcl'"),
        (HEAD + "[fields]\n" + NEEDED + '[constants]\nrecord_id = "1"\n', "both a constant and a field"),
        (HEAD + "[fields]\n" + NEEDED + '[coverage]\nrequired = ["weight"]\n', "'weight', which is no field"),
        (HEAD + "[fields]\n" + NEEDED + '[reader]\ndelimiter = ";;"\n', "one character"),
        (HEAD + "[fields]\n" + NEEDED + '[[goods]]\nhs = "h"\n[[goods]]\nhss = "h"\n',
         "line 10: goods have no field 'hss'"),
        (HEAD + "[fields]\n" + NEEDED + 'goods.hs = "a"\n[[goods]]\nhs = "h"\n', "not both"),
        (HEAD + 'format = "cvs"\n[fields]\n' + NEEDED, "line 4: there is no format 'cvs'"),
        (HEAD + 'source = "a/b"\n[fields]\n' + NEEDED, "no plain name"),
        (HEAD + 'group_by = "house"\n[fields]\n' + NEEDED, "grouped by record_id"),
    ],
)  # fmt: skip
def test_what_nothing_reads_is_refused_with_its_line(text, words):
    assert words in wrong(text)


@pytest.mark.parametrize(
    ("formats", "ambiguous"),
    [
        ('["%d/%m/%Y", "%m/%d/%Y"]', True), ('["%y%m%d", "%d%m%y"]', True), ('["%d/%m/%Y", "%Y-%m-%d"]', False),
        ('["%Y%m%d%H%M", "%Y%m%d"]', False), ('["day"]', True),
    ],
)  # fmt: skip
def test_formats_that_read_one_text_as_two_days_are_refused(formats, ambiguous):
    text = HEAD + f'[fields]\nrecord_id = "id"\ndeclared_on = {{column = "d", format = {formats}}}\n'
    if ambiguous:
        assert "line 6" in wrong(text)
    else:
        assert parse_mapping(text, "m.toml").fields[1].formats


def test_labels_cannot_be_loaded_as_data():
    text = HEAD + "[fields]\n" + NEEDED + '[labels]\ncolumns = ["fraud"]\n'
    assert "withheld as a label" in wrong(text + '[attributes]\ncolumns = ["fraud"]\n')
    assert "withheld as a label" in wrong(text.replace("[labels]", 'value = "fraud"\n[labels]'))


def test_a_missing_column_names_the_line_of_the_mapping_and_what_is_near(tmp_path):
    mapping = parse_mapping(HEAD + "[fields]\n" + NEEDED + 'mass_kg = "wieght"\n', "m.toml")
    (tmp_path / "f.csv").write_text("id,day,weight\n1,2021-01-01,3\n")
    source = open_source(tmp_path / "f.csv", ReaderOptions())
    with pytest.raises(ConfigError, match=r"m.toml, line 7: mass_kg reads column 'wieght'.*Nearest: 'weight'"):
        mapping.check_columns(source, "f.csv")


def test_open_formats_are_held_to_required_columns_only(tmp_path):
    mapping = parse_mapping(
        HEAD + '[fields]\nrecord_id = {column = "id", required = true}\ndeclared_on = "day"\nvalue = "v"\n',
        "m",
    )
    (tmp_path / "f.ndjson").write_text('{"id": 1, "day": "2021-01-01"}\n')
    mapping.check_columns(open_source(tmp_path / "f.ndjson"), "f")
    (tmp_path / "f.ndjson").write_text('{"day": "2021-01-01"}\n')
    with pytest.raises(ConfigError, match="record_id reads column 'id'"):
        mapping.check_columns(open_source(tmp_path / "f.ndjson"), "f")


def test_coverage_names_stand_for_fields():
    assert coverage_targets("recipient_address") == ("party.consignee.address", "party.importer.address")
    assert coverage_targets("goods.hs") == ("goods.hs",)
    assert coverage_targets("nobody_name") == ()
    assert all(coverage_targets(t) for t in TARGETS)

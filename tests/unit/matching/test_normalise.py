"""The normaliser: one way for lists and records; what is set aside is named; names of nobody are empty."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.matching.normalise import VERSION, normalise, normalise_all, rules, set_aside


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("GUZMAN LOERA, Joaquín", "joaquin guzman loera"),
        ("ACME TRDG. CO., LTD.", "acme trading co ltd"),
        ("Siemens Aktiengesellschaft", "siemens sa"),
        ("OPERADORA VALPARK, S.A.DE C.V.", "operadora valpark sa de sa"),
        ("DARYA G.M.B.H", "darya llc"),
        ("DARYA G m b H", "darya llc"),
        ("Société Anonyme Durand", "sa durand"),
        ("Жуков Иван", "zhukov ivan"),
        ("Łukasz Øster ß", "lukasz oster ss"),
        ("Sa'd ‘Abd al-Aziz", "sad abd al aziz"),
        ("ＡＣＭＥ　ﬁlm", "acme film"),
        ("A. B. Smith", "a b smith"),
        ("a\nb", "a b"),
        ("IRAN MARINE COMPANY, SADRA", "sadra iran marine co"),
        ("ROE, Jane, widow", "roe jane widow"),
        ("HYUNDAI MIPO 2655", "hyundai mipo 2655"),
        # the article and the servants of God, one way
        ("Abdul Latif", "abd al latif"),
        ("Abdellatif", "abd al latif"),
        ("LATIF, Abd-el", "abd al latif"),
        ("Abdurrahman", "abd al rahman"),
        ("abderrahmane", "abd al rahmane"),
        ("Abdul Aziz", "abd al aziz"),
        ("Abdallah", "abdullah"),
        ("Abdulla", "abdullah"),
        ("Abdul-Lah", "abdullah"),
        ("Abdullaev", "abdullaev"),
        ("Abdulov", "abdulov"),
        ("ash-Shami", "al shami"),
        ("Ad-Din", "al din"),
        ("AR RAHMAN", "al rahman"),
        ("US Steel", "us steel"),
        # numerals are numbers
        ("HERO VII", "hero 7"),
        ("John Smith III", "john smith 3"),
        ("XI Jinping", "xi jinping"),
        # company forms of many countries
        ("ООО «Ромашка»", "llc romashka"),
        ("Общество с ограниченной ответственностью Ромашка", "llc romashka"),
        ("Yılmaz Tekstil A.Ş.", "yilmaz tekstil sa"),
        ("Yılmaz Tic. Ltd. Şti.", "yilmaz tic ltd ltd"),
        ("PT Bumi Tbk", "ltd bumi sa"),
        ("Kowal Sp. z o.o.", "kowal llc"),
        ("Acme W.L.L.", "acme llc"),
        ("Acme FZ-LLC", "acme llc"),
        ("ACME TRADING CORPORAT", "acme trading inc"),
        ("Shari Limit", "shari ltd"),
        ("Limit Shari", "limit shari"),
        # names of people that are abbreviations beside a company word
        ("Dev Patel", "dev patel"),
        ("Acme Dev Co", "acme development co"),
        ("Acme a.k.a. Bolt", "acme bolt"),
    ],
)
def test_names_become_the_words_they_are_compared_by(written, words):
    assert " ".join(normalise(written).tokens) == words


@pytest.mark.parametrize(
    ("written", "words", "kinds"),
    [
        ("ATTN Hossein YAGHOUBI TEL 8613120714", "hossein yaghoubi", ["attention", "telephone"]),
        ("C/O Amir KUBURA REF 921923", "amir kubura", ["attention", "reference"]),
        ("Hsueh Lung WEI P.O. BOX 15-9758", "hsueh lung wei", ["post box"]),
        ("MR Salim ESSA 458943", "salim essa", ["title", "number"]),
        ("Jane Roe jane.roe@example.com", "jane roe", ["email"]),
        ("Jane Roe Passport No. AB1234567", "jane roe", ["paper"]),
        ("ACME f/k/a BOLT www.acme.com", "acme bolt", ["other name", "web address"]),
        ("NOTIFY PARTY: Jane Roe", "jane roe", ["attention"]),
        ("TELMEX", "telmex", []),
        ("ATTILA Kovacs", "attila kovacs", []),
        ("MRADI Ali", "mradi ali", []),
    ],
)
def test_what_a_carrier_wrote_around_a_name_is_set_aside_by_kind(written, words, kinds):
    name = normalise(written)
    assert " ".join(name.tokens) == words
    assert [kind for kind, _ in name.set_aside] == kinds


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        " ",
        "UNKNOWN",
        "N/A",
        "n.a.",
        "Ltd.",
        "S.A. Limited",
        "CORP",
        "12345",
        "123 456",
        "--",
        "To Order",
        "\0",
    ],
)
def test_a_name_of_nobody_is_empty(written):
    assert normalise_all([written]) == [[]]


def test_every_placeholder_names_nobody():
    assert normalise_all(rules().data["placeholders"]["names"]) == [[]] * len(rules().data["placeholders"]["names"])


def test_hints_never_hide_noise():
    """Each pattern is tried only on names that hold a hint: the examples of each kind must hold one."""
    for written in ["x@y.z", "po box 12", "tel 12345", "ref 123", "attn", "c / o", "o/b/o", "to the order of", "12345"]:
        assert set_aside(written), written
        assert normalise_all([f"Jane Roe {written}"]) == [["jane", "roe"]], written


NAMES = st.text(max_size=40) | st.lists(
    st.sampled_from(["ATTN", "C/O", "Jane", "ROE,", "S.A.", "Жуков", "TEL 123456", "ＡＣ", "e\u0301", "\n", "张"]),
    max_size=6,
).map(" ".join)


@given(st.lists(NAMES | st.none(), max_size=8))
def test_many_names_at_once_are_as_one_by_one(names):
    assert normalise_all(names) == [normalise_all([name])[0] for name in names]


@given(NAMES)
def test_words_have_no_space_accent_or_capital_unless_their_script_writes_no_vowels(name):
    unwritten = re.search("[\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff]", unicodedata.normalize("NFKC", name))
    for word in normalise_all([name])[0]:
        assert word
        assert word.isascii()
        assert word.isalnum()
        assert word.islower() or word.isdigit() or unwritten


@given(st.lists(st.sampled_from(["jane", "roe", "acme", "trading", "zhukov", "sa", "de"]), min_size=1, max_size=5))
def test_words_stay_as_they_are_when_taken_again(words):
    once = normalise_all([" ".join(words)])[0]
    assert normalise_all([" ".join(once)])[0] == once


@given(st.lists(st.text("abdeilnrstuvx", min_size=1, max_size=10), min_size=1, max_size=4))
def test_words_in_latin_letters_stay_as_they_are_whatever_they_are(words):
    once = normalise_all([" ".join(words)])[0]
    assert normalise_all([" ".join(once)])[0] == once


@given(NAMES)
def test_composed_and_decomposed_letters_are_one_name(name):
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert len({tuple(words) for words in normalise_all(forms)}) == 1


def test_a_letter_to_a_bank_is_cut_and_harms_nobody():
    long, short = normalise_all(["Jane Roe " * 1_200, "Jane Roe"])
    assert short == ["jane", "roe"]
    assert long[:2] == short
    assert len(long) < 100


def test_the_version_names_code_and_data():
    code, digest = VERSION.split("-")
    assert code.isdigit()
    assert len(digest) == 8

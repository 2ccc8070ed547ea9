"""Other scripts in Latin letters: what readers read, word by word; no letter is lost, no batch changes another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.matching.normalise import normalise, normalise_all
from counterflow.matching.scripts import latin_letters, script_tables


@pytest.mark.parametrize(
    ("written", "words"),
    [
        # Arabic, Persian, Urdu, Pashto: consonants and long vowels in capitals, small words and the article apart
        ("صدام حسين التكريتي", "SDAM HSYN al TKRYTY"),
        ("عبد اللطيف منصور", "abd al LTYF MNSWR"),
        ("عبدالمالکی", "abd al MALKY"),
        ("عبد الله", "ABDALH"),
        ("عبدالله بن محمد آل سعود", "ABDALH bin MHMD al SAWD"),
        ("سَيْف الله", "SYF ALH"),
        ("ابوالفضل", "abu al FDL"),
        ("محمد‌علی", "MHMD ALY"),
        ("التوحيد والجهاد", "al TWHYD wa al JHAD"),
        ("گل آغا", "GL AGHA"),
        ("ژاله چمن", "ZHALH CHMN"),
        ("شركة النور للتجارة العامة", "co al NWR trading general"),
        # Hebrew
        ("משה בן יעקב", "MSHH bin YAKB"),
        ("יוסף כץ", "YWSF KTZ"),
        # Chinese: the family name first, given names one word, companies translated
        ("张秀英", "zhang xiuying"),
        ("秀英 张", "xiuying zhang"),
        ("單雄信", "shan xiongxin"),
        ("曾国藩", "zeng guofan"),
        ("欧阳修", "ouyang xiu"),
        ("習近平", "xi jinping"),
        ("孙中山", "sun zhongshan"),
        ("大连海运有限公司", "dalian shipping ltd"),
        ("香港永利贸易公司", "hong kong yongli trading co"),
        # Japanese
        ("佐藤 あすか", "sato asuka"),
        ("きょうこ ちゃん", "kyouko chan"),
        ("ガッツ フィリップ", "gattsu firippu"),
        ("株式会社トヨタ", "ltd toyota"),
        # Korean
        ("김정은", "kim jongun"),
        ("이 명박", "lee myongbak"),
        ("남궁민수", "namgung minsu"),
        ("주식회사 한화", "ltd hanhwa"),
        # South Asia: the a that is not spoken is left out
        ("नरेन्द्र मोदी", "narendra modi"),
        ("संजीव सक्सेना", "sanjiv saksena"),
        ("राजकुमार", "rajkumar"),
        ("ज़फ़र", "zafar"),
        ("রহিম শেখ", "rahim shekh"),
        ("ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "gurprit singh"),
        ("நாகராஜன்", "nakarajan"),
        ("சுந்தர் பிச்சை", "sundar pichai"),
        ("मनोहर मेहता", "manohar mehta"),
        ("నరేంద్ర", "narendra"),
        # Thai
        ("สมชาย วงศ์สวัสดิ์", "somchai wongsawat"),
        ("เปรม ติณสูลานนท์", "prem tinsulanon"),
        ("ทักษิณ ชินวัตร", "thaksin chinwat"),
        ("ชวน หลีกภัย", "chuan likphai"),
        ("ยิ่งลักษณ์", "yinglak"),
        ("พนมยงค์", "phanomyong"),
        ("บริษัท ทองคำ จำกัด", "co thongkham ltd"),
        # letter by letter
        ("გიორგი მარგველაშვილი", "giorgi margvelashvili"),
        ("Սերժ Սարգսյան", "serzh sargsyan"),
        ("Παπαδόπουλος Ευάγγελος", "papadopoulos evangelos"),
        ("Сергей Жуков", "sergey zhukov"),
        ("٣ ACME ४", "3 acme 4"),
    ],
)
def test_names_are_read_as_lists_spell_them(written, words):
    assert " ".join(normalise(written).tokens) == words


@pytest.mark.parametrize("written", ["有限公司", "ООО", "شركة", "주식회사", "บริษัท จำกัด"])
def test_a_company_form_alone_names_nobody_in_any_script(written):
    assert normalise_all([written]) == [[]]


def test_each_original_comes_out_as_its_translation():
    for word, forms in script_tables()["originals"].items():
        for form in forms:
            assert normalise(f"acme {form} acme").tokens == normalise(f"acme {word} acme").tokens, form


def test_each_family_name_comes_out_as_its_reading():
    for table in ("han_family", "japanese_family", "korean_family"):
        for reading, forms in script_tables()[table].items():
            for form in forms:
                assert latin_letters([form])[0].split()[0] == reading, form


SCRIPTS = st.characters(min_codepoint=0x80, max_codepoint=0x2FFFF, exclude_categories=["Cs", "Cn", "Co"])
TEXTS = st.text(SCRIPTS | st.sampled_from(" ,.-الهعبدكقनमक्เแ한글김王山あャっ"), max_size=20)


@given(TEXTS)
def test_what_comes_out_is_ascii_words_for_any_text(text):
    for word in normalise(text).tokens:
        assert word
        assert word.isalnum(), word
        assert word.isascii(), word


@given(st.lists(TEXTS, max_size=5))
def test_a_name_does_not_depend_on_the_names_beside_it(names):
    assert normalise_all(names) == [normalise_all([name])[0] for name in names]
    assert normalise_all(names[::-1]) == normalise_all(names)[::-1]

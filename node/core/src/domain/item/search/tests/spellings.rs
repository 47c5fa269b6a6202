//! Ways to write the same term that nobody means as a difference: each is the term, and finds its item first.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::*;
use crate::domain::item::search::fold::Folded;

/// A way to write, and the languages whose terms it is tried on; none means all.
type Way = (&'static str, &'static [&'static str], fn(&str) -> String);

const LATIN: &[&str] = &["en", "es", "fr", "it", "pt", "vi"];

const WAYS: &[Way] = &[
    ("capitals", &[], |term| term.to_uppercase()),
    ("small letters", &[], |term| term.to_lowercase()),
    ("without accents", LATIN, without_marks),
    ("without breve and diaeresis", &["ru"], without_marks),
    ("decomposed", &[], |term| term.nfd().collect()),
    ("composed", &[], |term| term.nfc().collect()),
    ("full width", &[], full_width),
    ("without separators", &[], |term| term.chars().filter(|c| c.is_alphanumeric() || is_sign(*c)).collect()),
    ("with hyphens", &[], |term| term.replace(' ', "-")),
    ("with the other apostrophe", &[], |term| term.replace('\'', "\u{2019}")),
    ("with blanks around and between", &[], |term| format!("\t {} ", term.replace(' ', "  "))),
    ("with zero-width spaces and a byte order mark", &[], |term| {
        format!("\u{feff}{}", term.replace(' ', " \u{200b}"))
    }),
    ("with Arabic yeh and kaf", &["fa", "ar"], |term| replaced(term, &[('ی', 'ي'), ('ک', 'ك')])),
    ("with Persian yeh and kaf", &["fa", "ar"], |term| replaced(term, &[('ي', 'ی'), ('ك', 'ک')])),
    ("with yeh for alef maksura, and for yeh", &["ar"], |term| replaced(term, &[('ى', 'ي'), ('ي', 'ى')])),
    ("with heh for teh marbuta", &["ar", "fa"], |term| replaced(term, &[('ة', 'ه')])),
    ("with teh marbuta for heh", &["ar", "fa"], |term| replaced(term, &[('ه', 'ة')])),
    ("without hamzas", &["ar", "fa"], |term| {
        replaced(term, &[('أ', 'ا'), ('إ', 'ا'), ('آ', 'ا'), ('ؤ', 'و'), ('ئ', 'ي')]).replace('ء', "")
    }),
    ("with alef wasla", &["ar", "fa"], |term| replaced(term, &[('ا', 'ٱ')])),
    ("lengthened", &["ar", "fa"], |term| after_each_letter(term, 'ـ')),
    ("with vowel signs", &["ar", "fa"], |term| after_each_letter(term, '\u{064e}')),
    ("with joiners left out", &["fa"], |term| term.replace('\u{200c}', "")),
    ("with blanks for joiners", &["fa"], |term| term.replace('\u{200c}', " ")),
    ("with Arabic digits", &[], |term| digits(term, '٠')),
    ("with Persian digits", &[], |term| digits(term, '۰')),
    ("with Devanagari digits", &[], |term| digits(term, '०')),
    ("with European digits", &["ne"], |term| replaced(term, &[('९', '9'), ('५', '5')])),
    ("with anusvara for nasals", &["ne"], |term| {
        ["ङ्", "ञ्", "ण्", "न्", "म्"].iter().fold(term.to_owned(), |term, nasal| term.replace(nasal, "ं"))
    }),
    ("with long vowels", &["ne"], |term| replaced(term, &[('ि', 'ी'), ('ु', 'ू'), ('इ', 'ई'), ('उ', 'ऊ')])),
    ("with short vowels", &["ne"], |term| replaced(term, &[('ी', 'ि'), ('ू', 'ु'), ('ई', 'इ'), ('ऊ', 'उ')])),
    ("with one sibilant", &["ne"], |term| replaced(term, &[('श', 'स'), ('ष', 'स')])),
    ("with nuktas", &["ne"], |term| {
        term.replace('फ', "फ\u{93c}").replace('ज', "ज\u{93c}").replace('क', "क\u{93c}")
    }),
    ("with joiners in conjuncts", &["ne"], |term| term.replace('\u{094d}', "\u{094d}\u{200d}")),
];

/// Terms with a character that has a traditional form, so written; a person who reads Chinese can check each line.
const TRADITIONAL: &[(&str, &str)] = &[
    ("醫用外科口罩", "mask.surgical.iir"),
    ("一次性醫用口罩", "mask.medical.ii"),
    ("普通醫用口罩", "mask.medical.i"),
    ("佈口罩", "mask.cloth"),
    ("醫用外科N95口罩", "respirator.n95.surgical"),
    ("醫用防護口罩", "respirator.gb19083"),
    ("隔離衣", "gown.isolation.l2"),
    ("三級隔離衣", "gown.isolation.l3"),
    ("手術衣", "gown.surgical.std"),
    ("四級手術衣", "gown.surgical.l4"),
    ("醫用防護服", "coverall.protective"),
    ("一次性圍裙", "apron.plastic"),
    ("丁腈檢查手套", "glove.exam.nitrile"),
    ("乳膠檢查手套", "glove.exam.latex"),
    ("PVC檢查手套", "glove.exam.vinyl"),
    ("無菌外科手套", "glove.surgical.sterile"),
    ("護目鏡", "goggles.protective"),
    ("防護面罩", "face.shield"),
    ("醫用酒精", "alcohol.ethanol"),
    ("抗原檢測試劑盒", "test.antigen"),
    ("核酸檢測試劑盒", "test.pcr"),
    ("病毒採樣管", "swab.vtm"),
    ("紅外額溫槍", "thermometer.infrared"),
    ("指夾式血氧儀", "oximeter.pulse"),
    ("病人監護儀", "monitor.patient"),
    ("製氧機", "oxygen.concentrator"),
    ("醫用氧氣瓶", "oxygen.cylinder.filled"),
    ("呼吸機", "ventilator.icu"),
    ("一次性注射器", "syringe.single"),
    ("靜脈留置針", "catheter.iv"),
    ("醫用紗布", "gauze.swab"),
    ("屍體袋", "bag.body"),
    ("醫療廢物袋", "bag.biohazard"),
    ("帳篷", "tent.family"),
    ("瓶裝飲用水", "water.bottled"),
    ("嬰兒配方奶粉", "formula.infant"),
    ("公路運輸", "transport.truck"),
    ("航空貨運", "transport.air"),
    ("無創呼吸機", "ventilator.noninvasive"),
    ("衛生巾", "pad.sanitary"),
    ("人員保險", "insurance.personnel"),
    ("需求評估", "service.assessment"),
    ("資金", "funds.cash"),
    ("現金", "funds.cash"),
];

fn without_marks(term: &str) -> String {
    replaced(term, &[('đ', 'd'), ('Đ', 'D')]).nfd().filter(|c| !is_combining_mark(*c)).collect()
}

fn full_width(term: &str) -> String {
    term.chars()
        .map(|c| match c {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
            c => c,
        })
        .collect()
}

/// Devanagari and Arabic signs that are no letters and no separators.
fn is_sign(c: char) -> bool {
    is_combining_mark(c)
}

fn replaced(term: &str, pairs: &[(char, char)]) -> String {
    term.chars().map(|c| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect()
}

fn after_each_letter(term: &str, sign: char) -> String {
    term.chars().flat_map(|c| [Some(c), c.is_alphabetic().then_some(sign)]).flatten().collect()
}

fn digits(term: &str, zero: char) -> String {
    let other =
        |c: char| c.to_digit(10).and_then(|digit| char::from_u32(u32::from(zero) + digit)).unwrap_or(c);
    term.chars().map(other).collect()
}

#[test]
fn however_a_term_is_written_it_finds_its_item_first_as_the_term() {
    let mut faults = Vec::new();
    for (way, languages, write) in WAYS {
        let (mut all, mut changed) = (0, 0);
        let terms =
            all_terms().filter(|(_, language, _)| languages.is_empty() || languages.contains(language));
        for (code, language, term) in terms {
            let written = write(term);
            all += 1;
            changed += usize::from(written != term);
            let found = first(&written);
            if found.is_none_or(|p| p.item.code.code() != code || p.how != Fit::Equal) {
                faults.push(format!("{way}: {code} {language} {written}: {:?}", codes(&written, 3)));
            }
        }
        println!("{way}: {all} terms, {changed} written otherwise");
        assert!(changed > 0 || *way == "composed", "{way} changes nothing, so it proves nothing");
    }
    assert_none(&faults);
}

#[test]
fn a_term_in_traditional_characters_finds_its_item_first_as_the_term() {
    for (term, code) in TRADITIONAL {
        let found = first(term).unwrap();
        assert_eq!((found.item.code.code(), found.how), (*code, Fit::Equal), "{term}");
    }
}

#[test]
fn what_nobody_sees_neither_parts_words_nor_joins_them() {
    for unseen in
        ['\u{ad}', '\u{200b}', '\u{200d}', '\u{200e}', '\u{2060}', '\u{feff}', '\u{640}', '\u{fe0f}']
    {
        assert_eq!(Folded::of(&format!("face ma{unseen}sk")), Folded::of("face mask"), "{unseen:?}");
    }
    assert_ne!(Folded::of("facemask"), Folded::of("face mask"), "a blank parts words");
}

#[test]
fn the_table_of_characters_pairs_each_traditional_one_with_a_simplified_one() {
    let (traditional, simplified) = (script::TRADITIONAL, script::SIMPLIFIED);
    assert_eq!(traditional.chars().count(), simplified.chars().count());
    assert!(!traditional.chars().any(|c| simplified.contains(c)), "a character is on both sides");
    assert!(!traditional.chars().any(|c| traditional.matches(c).count() > 1), "a character comes twice");
}

/// A new term with a character that the list above does not have must bring its traditional form with it.
#[test]
fn every_chinese_term_is_in_the_list_unless_both_scripts_write_it_alike() {
    const ALIKE: &[&str] = &[
        "FFP2口罩",
        "FFP3口罩",
        "N95口罩",
        "KN95口罩",
        "KF94口罩",
        "一次性帽子",
        "鞋套",
        "免洗手消毒液",
        "含氯消毒液",
        "洗手液",
        "病床",
        "毛毯",
        "防水布",
        "大米",
    ];
    let missing = all_terms().filter(|(code, language, term)| {
        *language == "zh" && !ALIKE.contains(term) && !TRADITIONAL.iter().any(|(_, listed)| listed == code)
    });
    assert_none(&missing.map(|missing| format!("{missing:?}")).collect::<Vec<_>>());
}

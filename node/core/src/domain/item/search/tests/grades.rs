//! A grade is never guessed from a name: who names only the general thing is shown first what leaves the grade open.

use super::*;

/// What names the general thing, by the items that leave the grade open.
const GENERAL: [(&[&str], &str); 6] = [
    (
        &["mask.unspecified", "respirator.unspecified"],
        "mask|Mask|MASKS|口罩|masque|masques|ماسک|ماسك|كمامة|الكمامة|mascherina|mascarilla|máscara|mascara|\
         khẩu trang|khau trang|मास्क|masq|mascari|كمام",
    ),
    (&["mask.unspecified"], "маска|маски|маск|medical mask|医用口罩|masque médical"),
    (&["respirator.unspecified"], "respirator|respirators|респиратор|防护口罩|FFP|filtering respirator"),
    (
        &["glove.unspecified"],
        "glove|gloves|手套|医用手套|gant|gants|guanto|guanti|guante|guantes|luva|luvas|دستکش|قفاز|قفازات|перчатка|перчатки|\
         găng tay|gang tay|पन्जा|gant d'examen|guante de examen|检查手套|смотровая перчатка|exam glove|examination glove",
    ),
    (
        &["disinfectant.unspecified"],
        "disinfectant|désinfectant|desinfectante|desinfetante|disinfettante|消毒剂|消毒液|ضدعفونی‌کننده|مطهر|chất khử trùng|\
         дезинфицирующее средство|कीटाणुनाशक",
    ),
    (
        &["suit.protective.unspecified"],
        "protective suit|防护服|لباس محافظ|quần áo bảo hộ|защитный костюм|tuta",
    ),
];

fn cases() -> impl Iterator<Item = (&'static [&'static str], &'static str)> {
    GENERAL.into_iter().flat_map(|(open, queries)| queries.split('|').map(move |query| (open, query)))
}

#[test]
fn a_general_word_lists_what_leaves_the_grade_open_before_every_grade() {
    let wrong = cases().filter(|(open, query)| codes(query, open.len()) != *open);
    assert_none(&wrong.map(|(_, query)| format!("{query}: {:?}", codes(query, 4))).collect::<Vec<_>>());
}

#[test]
fn a_misspelled_general_word_too_and_says_that_it_is_a_guess() {
    for query in [
        "masqe",
        "maske",
        "makss",
        "mascarila",
        "мсака",
        "gloev",
        "golve",
        "перчакта",
        "respirtor",
        "desinfectate",
    ] {
        let found = first(query).unwrap();
        assert!(found.item.code.code().ends_with(".unspecified"), "{query}: {:?}", codes(query, 4));
        assert_eq!(found.how, Fit::Similar, "{query}");
    }
}

#[test]
fn two_grades_that_fit_alike_are_preceded_by_what_leaves_the_grade_open() {
    for (query, open) in [
        ("masque médical de", "mask.unspecified"),
        ("mascherina medica tipo", "mask.unspecified"),
        ("FFP4", "respirator.unspecified"),
        ("powder-free", "glove.unspecified"),
    ] {
        let found = first(query).unwrap();
        assert_eq!(
            (found.item.code.code(), found.how),
            (open, Fit::LeavesOpen),
            "{query}: {:?}",
            codes(query, 4)
        );
        assert_eq!(found.found_in, None);
    }
}

#[test]
fn who_names_one_grade_is_shown_it_first() {
    for (query, code) in [
        ("surgical mask", "mask.surgical.iir"),
        ("FFP2", "respirator.ffp2"),
        ("ffp 3", "respirator.ffp3"),
        ("N95 mask", "respirator.n95"),
        ("nitrile", "glove.exam.nitrile"),
        ("一次性医用外科口罩", "mask.surgical.iir"),
        ("الكمامة الجراحية", "mask.surgical.iir"),
    ] {
        assert_eq!(codes(query, 1), [code], "{query}");
    }
}

#[test]
fn no_grade_comes_before_a_better_fit_of_what_leaves_it_open() {
    for (_, _, term) in all_terms() {
        for end in term.char_indices().map(|(at, _)| at).skip(1) {
            let found = CATALOGUE.search(&term[..end], 99);
            for open in found.iter().filter(|p| p.item.code.code().ends_with(".unspecified")) {
                let earlier = found.iter().take_while(|p| *p != open);
                let same = earlier.filter(|p| p.item.family == open.item.family && p.how == open.how);
                let graded = same.filter(|p| !p.item.code.code().ends_with(".unspecified"));
                let close = matches!(open.how, Fit::Equal | Fit::Begins | Fit::Word | Fit::Contains);
                assert!(!close || graded.count() == 0, "{}: {:?}", &term[..end], codes(&term[..end], 9));
            }
        }
    }
}

//! Finding an item by what people call it. It proposes, a person confirms; a grade is never guessed from a name.

use unicode_normalization::UnicodeNormalization;

use crate::domain::item::{Catalogue, Item};
use crate::domain::text::Language;

/// An item that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal<'a> {
    /// The item.
    pub item: &'a Item,
    /// The language of the term that was found; `None` when the code was.
    pub found_in: Option<Language>,
}

/// How well a text answers a query, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Equal,
    Begins,
    WordBegins,
    Contains,
    AllWords,
}

impl Catalogue {
    /// The items whose code or term in any language fits the query, best first and then by code, at most `limit`.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<Proposal<'_>> {
        let query = fold(query);
        if query.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<_> = self.iter().filter_map(|item| best(item, &query)).collect();
        // The order of the items, which is by code, decides among equals, because this sort is stable.
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().take(limit).map(|(_, proposal)| proposal).collect()
    }
}

fn best<'a>(item: &'a Item, query: &str) -> Option<(Fit, Proposal<'a>)> {
    let code = fit(&fold(&item.code.to_string()), query).map(|fit| (fit, None));
    let terms =
        item.terms.iter().filter_map(|(language, term)| Some((fit(&fold(term), query)?, Some(language))));
    let (fit, language) = code.into_iter().chain(terms).min()?;
    Some((fit, Proposal { item, found_in: language.cloned() }))
}

fn fit(text: &str, query: &str) -> Option<Fit> {
    let words = || text.split(|c: char| !c.is_alphanumeric());
    if text == query {
        Some(Fit::Equal)
    } else if text.starts_with(query) {
        Some(Fit::Begins)
    } else if words().any(|word| word.starts_with(query)) {
        Some(Fit::WordBegins)
    } else if text.contains(query) {
        Some(Fit::Contains)
    } else if query.split_whitespace().all(|part| text.contains(part)) {
        Some(Fit::AllWords)
    } else {
        None
    }
}

/// The text with the differences that people do not mean taken out: case, diacritics, width, joiners, Arabic and
/// Persian letter variants, traditional and simplified Chinese.
fn fold(text: &str) -> String {
    let letters = text.nfkd().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase).map(fold_letter);
    letters.collect::<String>().trim().to_owned()
}

/// Latin, Greek and Cyrillic diacritics, Arabic vowel signs and the lengthening stroke, joiners. Indic vowel signs
/// are letters and stay.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036f}' | '\u{0640}' | '\u{064b}'..='\u{065f}' | '\u{0670}' | '\u{200c}' | '\u{200d}')
}

fn fold_letter(c: char) -> char {
    match c {
        'đ' => 'd',
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        'ة' => 'ه',
        c => SIMPLIFIED.iter().find(|(traditional, _)| *traditional == c).map_or(c, |(_, simple)| *simple),
    }
}

/// Traditional characters and their simplified forms, as far as words for relief goods need them.
const SIMPLIFIED: [(char, char); 60] = [
    ('醫', '医'),
    ('療', '疗'),
    ('護', '护'),
    ('設', '设'),
    ('備', '备'),
    ('氣', '气'),
    ('試', '试'),
    ('劑', '剂'),
    ('檢', '检'),
    ('測', '测'),
    ('體', '体'),
    ('溫', '温'),
    ('計', '计'),
    ('儀', '仪'),
    ('監', '监'),
    ('機', '机'),
    ('車', '车'),
    ('運', '运'),
    ('輸', '输'),
    ('飛', '飞'),
    ('帳', '帐'),
    ('紗', '纱'),
    ('針', '针'),
    ('導', '导'),
    ('鏡', '镜'),
    ('圍', '围'),
    ('離', '离'),
    ('顆', '颗'),
    ('濾', '滤'),
    ('紙', '纸'),
    ('糧', '粮'),
    ('嬰', '婴'),
    ('屍', '尸'),
    ('廢', '废'),
    ('評', '评'),
    ('險', '险'),
    ('資', '资'),
    ('員', '员'),
    ('現', '现'),
    ('術', '术'),
    ('連', '连'),
    ('飲', '饮'),
    ('無', '无'),
    ('創', '创'),
    ('衛', '卫'),
    ('潔', '洁'),
    ('膠', '胶'),
    ('頭', '头'),
    ('貨', '货'),
    ('務', '务'),
    ('保', '保'),
    ('雙', '双'),
    ('個', '个'),
    ('醇', '醇'),
    ('腸', '肠'),
    ('壓', '压'),
    ('靜', '静'),
    ('脈', '脉'),
    ('張', '张'),
    ('條', '条'),
];

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
        c => TRADITIONAL
            .chars()
            .zip(SIMPLIFIED.chars())
            .find(|(traditional, _)| *traditional == c)
            .map_or(c, |(_, s)| s),
    }
}

/// Traditional characters, as far as words for relief goods need them, and at the same places their simplified forms.
const TRADITIONAL: &str = "醫療護設備氣試劑檢測體溫計儀監機車運輸飛帳紗針導鏡圍離顆濾紙糧嬰屍廢評險資員現術連飲無創衛潔膠頭貨務雙個腸壓靜脈張條";
const SIMPLIFIED: &str = "医疗护设备气试剂检测体温计仪监机车运输飞帐纱针导镜围离颗滤纸粮婴尸废评险资员现术连饮无创卫洁胶头货务双个肠压静脉张条";

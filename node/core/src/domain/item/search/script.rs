//! Letters that stand for one another: between Arabic and Persian, within Devanagari, between traditional and simplified
//! Chinese, among digits and a few Latin ones. A table of facts, without a rule of its own.

/// Traditional characters and variants, as far as the catalogue's terms and words for relief goods need them, and at the
/// same places their simplified forms. A test demands that they cover every term.
pub(super) const TRADITIONAL: &str = "\
    個備儀兒創劑務員圍壓夾嬰導屍帳廢張採條槍樣機檢氣測溫潔濾無牀現療監糧紅紗紙級脈腸膠術衛裝製覈計設註評試護貨資車\
    輸連運醫針鍼鏡險雙離靜頭顆額飛飲體佈衞";
pub(super) const SIMPLIFIED: &str = "\
    个备仪儿创剂务员围压夹婴导尸帐废张采条枪样机检气测温洁滤无床现疗监粮红纱纸级脉肠胶术卫装制核计设注评试护货资车\
    输连运医针针镜险双离静头颗额飞饮体布卫";

/// Whether words are written without spaces in this letter's script: Chinese and Japanese.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// The Devanagari letter for every nasal before a consonant, and for the signs that stand for one.
pub(super) const NASAL: char = 'न';

/// Devanagari nasals that may be written as anusvara before a consonant.
pub(super) fn is_nasal(c: char) -> bool {
    matches!(c, 'ङ' | 'ञ' | 'ण' | 'न' | 'म')
}

/// The letters of one that stands for two and has no decomposition.
pub(super) fn unligature(c: char) -> Option<&'static str> {
    match c {
        'ß' => Some("ss"),
        'æ' => Some("ae"),
        'œ' => Some("oe"),
        'þ' => Some("th"),
        _ => None,
    }
}

/// The letter that stands for all its variants. It expects lower case, decomposed.
pub(super) fn fold_letter(c: char) -> char {
    match c {
        // Latin letters that carry their stroke inside, and the Greek final sigma.
        'đ' | 'ð' => 'd',
        'ø' => 'o',
        'ł' => 'l',
        'ħ' => 'h',
        'ı' => 'i',
        'ς' => 'σ',
        // Arabic, Persian and Urdu. Hamza carriers are decomposed already.
        'ي' | 'ى' | 'ے' | 'ې' => 'ی',
        'ك' | 'ڪ' => 'ک',
        'ة' | 'ە' | 'ہ' | 'ھ' | 'ۃ' => 'ه',
        'ٱ' => 'ا',
        // Devanagari, where Nepali writers vary: vowel length, sibilants, b and v, the two nasal signs, o in loan words.
        'ी' => 'ि',
        'ई' => 'इ',
        'ू' => 'ु',
        'ऊ' => 'उ',
        'श' | 'ष' => 'स',
        'व' => 'ब',
        'ँ' | 'ं' => NASAL,
        'ॉ' => 'ा',
        'ऑ' => 'आ',
        c if is_unspaced(c) => simplify(c),
        c => digit(c),
    }
}

fn simplify(c: char) -> char {
    let mut pairs = TRADITIONAL.chars().zip(SIMPLIFIED.chars());
    pairs.find(|(traditional, _)| *traditional == c).map_or(c, |(_, simplified)| simplified)
}

/// Arabic, Persian and Devanagari digits as European ones.
fn digit(c: char) -> char {
    let code = u32::from(c);
    let value = match c {
        '\u{0660}'..='\u{0669}' => code - 0x0660,
        '\u{06f0}'..='\u{06f9}' => code - 0x06f0,
        '\u{0966}'..='\u{096f}' => code - 0x0966,
        _ => return c,
    };
    char::from_digit(value, 10).unwrap_or(c)
}

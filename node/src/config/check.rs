//! From texts to a configuration that makes sense, or to everything that is wrong with them.

use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;
use std::str::FromStr;

use quince_core::domain::field::Faults;
use quince_core::domain::profile::{ENDPOINTS_MAX, Endpoint};
use quince_core::domain::{FieldError, FieldErrors};
use tracing_subscriber::EnvFilter;

use super::raw::Raw;
use super::setting::{self, Setting};
use super::{Api, Config, Database, Listen, Log, LogFormat, Metrics, Office, Peer};
use crate::tls::reach::Reach;

/// The word for a listener that is not wanted.
const OFF: &str = "off";

/// Checks everything and builds the configuration of the node in `data`.
pub(super) fn check(data: &Path, raw: &Raw) -> Result<Config, FieldErrors> {
    let mut faults = Faults::default();
    let api_listen = one(&mut faults, raw, &setting::API_LISTEN, listen);
    let api_names = list(&mut faults, raw, &setting::API_NAMES, host);
    let peer_listen = one(&mut faults, raw, &setting::PEER_LISTEN, listen_or_off);
    let advertise = list(&mut faults, raw, &setting::PEER_ADVERTISE, Endpoint::from_str);
    let reach = one(&mut faults, raw, &setting::PEER_ALLOW_LOCAL, switch);
    let metrics_listen = one(&mut faults, raw, &setting::METRICS_LISTEN, listen_or_off);
    let metrics_public = one(&mut faults, raw, &setting::METRICS_PUBLIC, switch);
    let migrate = one(&mut faults, raw, &setting::DATABASE_MIGRATE, switch);
    let database = one(&mut faults, raw, &setting::DATABASE_URL, |url| database(url, migrate == Some(true)));
    let approve_needs = one(&mut faults, raw, &setting::OFFICE_APPROVE_NEEDS, switch);
    let require_approver = one(&mut faults, raw, &setting::OFFICE_REQUIRE_APPROVER, switch);
    let format = one(&mut faults, raw, &setting::LOG_FORMAT, LogFormat::from_str);
    let filter = one(&mut faults, raw, &setting::LOG_FILTER, filter);
    if let (Some(Some(listen)), Some(false)) = (&metrics_listen, metrics_public) {
        let expected = "a loopback address, or --metrics-public: nothing there is encrypted";
        faults.require(listen.is_loopback(), raw.texts(&setting::METRICS_LISTEN).1, listen, expected);
    }
    let built = (|| {
        Some(Config {
            data: data.to_owned(),
            api: Api { listen: api_listen?, names: api_names? },
            peer: Peer {
                listen: peer_listen?,
                advertise: few(&mut faults, raw, advertise?),
                reach: if reach? { Reach::Local } else { Reach::Public },
            },
            metrics: metrics_listen?.map(|listen| Metrics { listen }),
            database: database?,
            office: Office { approve_needs: approve_needs?, require_approver: require_approver? },
            log: Log { format: format?, filter: filter? },
        })
    })();
    faults.finish(built)
}

fn one<T>(
    faults: &mut Faults,
    raw: &Raw,
    setting: &Setting,
    read: impl FnOnce(&str) -> Result<T, FieldError>,
) -> Option<T> {
    let (texts, place) = raw.texts(setting);
    match texts[..] {
        [text] => faults.take(place, read(text)),
        _ => faults.take(place, Err(FieldError::of(texts.join(", "), "one value"))),
    }
}

fn list<T>(
    faults: &mut Faults,
    raw: &Raw,
    setting: &Setting,
    read: impl Fn(&str) -> Result<T, FieldError>,
) -> Option<Vec<T>> {
    let (texts, place) = raw.texts(setting);
    texts.into_iter().map(|text| faults.take(place, read(text))).collect()
}

fn few(faults: &mut Faults, raw: &Raw, advertise: Vec<Endpoint>) -> Vec<Endpoint> {
    let place = raw.texts(&setting::PEER_ADVERTISE).1;
    let expected = format!("at most {ENDPOINTS_MAX} addresses");
    faults.require(
        advertise.len() <= ENDPOINTS_MAX,
        place,
        format!("{} addresses", advertise.len()),
        &expected,
    );
    advertise
}

fn listen(text: &str) -> Result<Listen, FieldError> {
    let fault = || FieldError::of(text, "HOST:PORT such as 127.0.0.1:7443 or [::1]:7443");
    let (host, port) = text.rsplit_once(':').ok_or_else(fault)?;
    let port = port.parse().map_err(|_| fault())?;
    let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(inside) => inside.parse::<Ipv6Addr>().map_err(|_| fault())?.to_string(),
        None if host.contains(':') => return Err(fault()),
        None => self::host(host).map_err(|_| fault())?,
    };
    Ok(Listen { host, port })
}

fn listen_or_off(text: &str) -> Result<Option<Listen>, FieldError> {
    if text == OFF {
        return Ok(None);
    }
    let with_off =
        |fault: FieldError| FieldError { expected: format!("{}, or off", fault.expected), ..fault };
    listen(text).map(Some).map_err(with_off)
}

fn host(text: &str) -> Result<String, FieldError> {
    // An endpoint knows what a host is; the port stands in for one.
    let is_name = Endpoint::from_str(&format!("{text}:1")).is_ok();
    if text.parse::<IpAddr>().is_ok() || is_name {
        return Ok(text.to_owned());
    }
    Err(FieldError::of(text, "a host name or an IP address"))
}

fn switch(text: &str) -> Result<bool, FieldError> {
    text.parse().map_err(|_| FieldError::of(text, "true or false"))
}

/// A URL may hold a password: errors repeat nothing of it but its beginning.
fn database(url: &str, migrate: bool) -> Result<Database, FieldError> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some("postgres" | "postgresql") => Ok(Database::Postgres { url: url.to_owned(), migrate }),
        None if url == "sqlite" => Ok(Database::Sqlite),
        _ => Err(FieldError::of(
            scheme.map_or_else(|| "something else".to_owned(), |scheme| format!("{scheme}://…")),
            "sqlite, or a URL that begins with postgres://",
        )),
    }
}

fn filter(text: &str) -> Result<String, FieldError> {
    let fault =
        |_| FieldError::of(text, "a level such as info, or room=level pairs with commas between them");
    EnvFilter::builder().parse(text).map_err(fault)?;
    Ok(text.to_owned())
}

impl FromStr for LogFormat {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(FieldError::of(text, "text or json")),
        }
    }
}

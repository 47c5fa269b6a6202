//! Every setting of a node, once: its place in the file, its flag, its variable, its default and what it means. Help,
//! the sample file, and the reading of files and flags all follow this table.

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Section and name in `node.toml`, such as `api.listen`.
    pub key: &'static str,
    /// The flag, without its dashes.
    pub flag: &'static str,
    /// The environment variable.
    pub variable: &'static str,
    /// What stands for the value in help.
    pub placeholder: &'static str,
    /// How many values, and how they are written.
    pub shape: Shape,
    /// What holds when nobody says anything.
    pub default: &'static str,
    /// What it is for, as one or two sentences.
    pub meaning: &'static str,
}

/// How a setting is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One text.
    Text,
    /// `true` or `false`.
    Switch,
    /// Any number of texts.
    List,
}

impl Setting {
    /// The section of the file.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.key.split_once('.').expect("keys have a section").0
    }

    /// The name within its section.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key.split_once('.').expect("keys have a section").1
    }

    /// The default as people read it.
    #[must_use]
    pub fn default_shown(&self) -> &'static str {
        if self.default.is_empty() { "none" } else { self.default }
    }
}

/// Where the API listens.
pub const API_LISTEN: Setting = Setting {
    key: "api.listen",
    flag: "api-listen",
    variable: "QUINCE_API_LISTEN",
    placeholder: "HOST:PORT",
    shape: Shape::Text,
    default: "127.0.0.1:7443",
    meaning: "Where operators and partners call this node, always by TLS. Port 0 picks a free one.",
};

/// More names in the API's certificate.
pub const API_NAMES: Setting = Setting {
    key: "api.names",
    flag: "api-name",
    variable: "QUINCE_API_NAMES",
    placeholder: "HOST",
    shape: Shape::List,
    default: "",
    meaning: "Host names and IP addresses under which clients reach the API, besides localhost, 127.0.0.1, ::1 and the \
              host of api.listen. The API's certificate names them.",
};

/// Where peers dial in.
pub const PEER_LISTEN: Setting = Setting {
    key: "peer.listen",
    flag: "peer-listen",
    variable: "QUINCE_PEER_LISTEN",
    placeholder: "HOST:PORT",
    shape: Shape::Text,
    default: "off",
    meaning: "Where other nodes dial in, or off: a node can live by dialling out.",
};

/// What peers dial.
pub const PEER_ADVERTISE: Setting = Setting {
    key: "peer.advertise",
    flag: "peer-advertise",
    variable: "QUINCE_PEER_ADVERTISE",
    placeholder: "HOST:PORT",
    shape: Shape::List,
    default: "",
    meaning: "Under which addresses other nodes reach peer.listen, at most 4. They are published to the federation.",
};

/// Whether peers in private networks are dialled.
pub const PEER_ALLOW_LOCAL: Setting = Setting {
    key: "peer.allow_local",
    flag: "peer-allow-local",
    variable: "QUINCE_PEER_ALLOW_LOCAL",
    placeholder: "true|false",
    shape: Shape::Switch,
    default: "false",
    meaning: "Also dial peers at loopback and private addresses, which is for tests, drills and closed networks. \
              Otherwise a published address could make this node knock at doors of its own network.",
};

/// Where metrics are served.
pub const METRICS_LISTEN: Setting = Setting {
    key: "metrics.listen",
    flag: "metrics-listen",
    variable: "QUINCE_METRICS_LISTEN",
    placeholder: "HOST:PORT",
    shape: Shape::Text,
    default: "off",
    meaning: "Where Prometheus collects /metrics and probes ask /healthz, without TLS, such as 127.0.0.1:7464; or off.",
};

/// Whether metrics may be served to the world.
pub const METRICS_PUBLIC: Setting = Setting {
    key: "metrics.public",
    flag: "metrics-public",
    variable: "QUINCE_METRICS_PUBLIC",
    placeholder: "true|false",
    shape: Shape::Switch,
    default: "false",
    meaning: "Let metrics.listen be another address than loopback, although nothing there is encrypted.",
};

/// Which database.
pub const DATABASE_URL: Setting = Setting {
    key: "database.url",
    flag: "database",
    variable: "QUINCE_DATABASE",
    placeholder: "URL",
    shape: Shape::Text,
    default: "sqlite",
    meaning: "sqlite is a file in the data directory; postgres://USER:PASSWORD@HOST/NAME is for cities that outgrow one \
              machine.",
};

/// Whether an older PostgreSQL database may be changed.
pub const DATABASE_MIGRATE: Setting = Setting {
    key: "database.migrate",
    flag: "database-migrate",
    variable: "QUINCE_DATABASE_MIGRATE",
    placeholder: "true|false",
    shape: Shape::Switch,
    default: "false",
    meaning: "Bring an older PostgreSQL database up to date at the next start: you have a backup of it. SQLite is \
              copied and brought up to date by itself.",
};

/// Whether needs wait for an approver.
pub const OFFICE_APPROVE_NEEDS: Setting = Setting {
    key: "office.approve_needs",
    flag: "office-approve-needs",
    variable: "QUINCE_OFFICE_APPROVE_NEEDS",
    placeholder: "true|false",
    shape: Shape::Switch,
    default: "false",
    meaning: "A need is published only after an approver has seen it.",
};

/// Whether stock is committed by approvers only.
pub const OFFICE_REQUIRE_APPROVER: Setting = Setting {
    key: "office.require_approver",
    flag: "office-require-approver",
    variable: "QUINCE_OFFICE_REQUIRE_APPROVER",
    placeholder: "true|false",
    shape: Shape::Switch,
    default: "false",
    meaning: "Stock is committed by approvers only, not by operators.",
};

/// How logs are written.
pub const LOG_FORMAT: Setting = Setting {
    key: "log.format",
    flag: "log-format",
    variable: "QUINCE_LOG_FORMAT",
    placeholder: "text|json",
    shape: Shape::Text,
    default: "text",
    meaning: "Logs go to standard error: text for people, json for machines.",
};

/// What is logged.
pub const LOG_FILTER: Setting = Setting {
    key: "log.filter",
    flag: "log-filter",
    variable: "QUINCE_LOG_FILTER",
    placeholder: "FILTER",
    shape: Shape::Text,
    default: "info",
    meaning: "What is logged: error, warn, info, debug or trace, or by room such as info,quince_node::replication=debug.",
};

/// All settings, in the order of the file.
pub const ALL: [&Setting; 13] = [
    &API_LISTEN,
    &API_NAMES,
    &PEER_LISTEN,
    &PEER_ADVERTISE,
    &PEER_ALLOW_LOCAL,
    &METRICS_LISTEN,
    &METRICS_PUBLIC,
    &DATABASE_URL,
    &DATABASE_MIGRATE,
    &OFFICE_APPROVE_NEEDS,
    &OFFICE_REQUIRE_APPROVER,
    &LOG_FORMAT,
    &LOG_FILTER,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn flag_variable_and_key_are_one_name_in_three_spellings() {
        // A list's flag names one of its values; the database needs no word besides its own.
        let exceptions = ["api-name", "database"];
        for setting in ALL.into_iter().filter(|setting| !exceptions.contains(&setting.flag)) {
            let spelled = setting.key.replace(['.', '_'], "-");
            assert_eq!(setting.flag, spelled);
            assert_eq!(setting.variable, format!("QUINCE_{}", spelled.to_uppercase().replace('-', "_")));
        }
    }

    #[test]
    fn no_two_settings_share_a_name() {
        let names = |name: fn(&Setting) -> &str| ALL.into_iter().map(name).collect::<BTreeSet<_>>().len();
        let counts = [names(|s| s.key), names(|s| s.flag), names(|s| s.variable)];
        assert_eq!(counts, [ALL.len(); 3]);
    }
}

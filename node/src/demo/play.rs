//! The player: one act after the other, through the public API, each until it is done.
//!
//! An act may need what another office wrote a moment ago and what is still on its way, or an office that is just coming
//! up again. The player asks again until it has the answer; every write carries a request id, so that none is done twice.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};
use serde_json::{Map, Value, json};
use thiserror::Error;
use tonic::{Code, Status};

use crate::demo::door::Door;
use crate::demo::spell::{Glossary, SpellError};
use crate::demo::story::{Act, Story, StoryError};

/// How long an act may take: many times what an office needs to come up and to catch up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Between two tries: short against what a person would notice.
const PAUSE: Duration = Duration::from_millis(20);

/// The hour of the business day at which acts happen, so that a day's windows are open.
const HOUR: &str = "T08:00:00Z";

/// Plays a story at the doors of its offices.
#[derive(Debug)]
pub struct Player<'s> {
    story: &'s Story,
    doors: BTreeMap<String, Door>,
    methods: BTreeMap<String, MethodDescriptor>,
    glossary: Glossary,
    today: Date,
}

/// The story cannot go on.
#[derive(Debug, Error)]
pub enum PlayError {
    /// It makes no sense.
    #[error(transparent)]
    Story(#[from] StoryError),
    /// A method that the contract does not have.
    #[error("the contract has no method {0}")]
    Method(String),
    /// A short form that stands for nothing.
    #[error("{call} at {at}: {source}")]
    Spelling {
        /// The method.
        call: String,
        /// The office.
        at: String,
        /// What is wrong.
        source: SpellError,
    },
    /// What is no message of the contract.
    #[error("{call} at {at} is no request: {fault}")]
    Request {
        /// The method.
        call: String,
        /// The office.
        at: String,
        /// What is wrong.
        fault: String,
    },
    /// The office said no, or nothing.
    #[error("{call} at {at}: {code:?}: {words}")]
    Refused {
        /// The method.
        call: String,
        /// The office.
        at: String,
        /// How.
        code: Code,
        /// Why.
        words: String,
    },
}

impl<'s> Player<'s> {
    /// A player who has not begun.
    #[must_use]
    pub fn new(story: &'s Story, doors: impl IntoIterator<Item = Door>) -> Self {
        let pool = DescriptorPool::decode(quince_proto::FILE_DESCRIPTOR_SET);
        let pool = pool.expect("the committed descriptor set is whole");
        let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        Self {
            story,
            doors: doors.into_iter().map(|door| (door.handle.clone(), door)).collect(),
            methods: methods.map(|method| (method.name().to_owned(), method)).collect(),
            glossary: Glossary { places: story.places.clone(), ..Glossary::default() },
            today: Date::MIN,
        }
    }

    /// Plays everything; `tell` hears of each act before it is done.
    ///
    /// # Errors
    /// When an act cannot be done.
    pub async fn play(&mut self, mut tell: impl FnMut(&Act)) -> Result<(), PlayError> {
        self.play_asking(async |act, _| tell(act)).await
    }

    /// Plays everything; on the day of each act, before it is done, `ask` may look around. It gets the names of what was made
    /// so far.
    ///
    /// # Errors
    /// When an act cannot be done.
    pub async fn play_asking(
        &mut self,
        mut ask: impl AsyncFnMut(&Act, &BTreeMap<String, String>),
    ) -> Result<(), PlayError> {
        let story = self.story;
        for (index, act) in story.acts.iter().enumerate() {
            self.turn_to(act.day()?).await?;
            ask(act, &self.glossary.names).await;
            self.act(index, act).await?;
        }
        Ok(())
    }

    /// What the acts so far have made: resource names by the short names of the story.
    #[must_use]
    pub fn made(&self) -> &BTreeMap<String, String> {
        &self.glossary.names
    }

    /// A new day begins everywhere.
    async fn turn_to(&mut self, day: Date) -> Result<(), PlayError> {
        if day != self.today {
            self.today = day;
            for door in self.doors.values() {
                self.until_done(door, "SetBusinessTime", &self.clock()?).await?;
            }
        }
        Ok(())
    }

    async fn act(&mut self, index: usize, act: &Act) -> Result<(), PlayError> {
        let method = self.method(&act.call)?;
        let request = self.request(index, act, method)?;
        let answer = self.until_done(&self.doors[&act.at], &act.call, &request).await?;
        if let Some(short) = &act.name {
            self.glossary.names.extend(names(short, &answer));
        }
        Ok(())
    }

    fn request(
        &self,
        index: usize,
        act: &Act,
        method: &MethodDescriptor,
    ) -> Result<DynamicMessage, PlayError> {
        let schema = method.input();
        let mut fields = act.request.clone().unwrap_or_else(|| json!({}));
        if let Some(record) = &act.record {
            let resource = resource_field(&schema).ok_or_else(|| PlayError::Method(act.call.clone()))?;
            let record = tagged(record, &self.story.scheme, act.flows());
            merge(&mut fields[&resource], json!({ "record": record }));
        }
        if schema.get_field_by_name("request_id").is_some() {
            fields["request_id"] = json!(format!("{}-{}", self.story.scheme, index + 1));
        }
        self.spelled(&schema, &fields, act)
    }

    fn spelled(
        &self,
        schema: &MessageDescriptor,
        fields: &Value,
        act: &Act,
    ) -> Result<DynamicMessage, PlayError> {
        let (call, at) = (|| act.call.clone(), || act.at.clone());
        let spelled = self.glossary.message(schema, fields);
        let spelled = spelled.map_err(|source| PlayError::Spelling { call: call(), at: at(), source })?;
        let message = DynamicMessage::deserialize(schema.clone(), spelled);
        message.map_err(|error| PlayError::Request { call: call(), at: at(), fault: error.to_string() })
    }

    /// Asks until the office has answered. The clock is set again before each new try: the office may have been away.
    async fn until_done(
        &self,
        door: &Door,
        call: &str,
        request: &DynamicMessage,
    ) -> Result<DynamicMessage, PlayError> {
        let method = self.method(call)?;
        let (clock, clock_method) = (self.clock()?, self.method("SetBusinessTime")?);
        let mut last = None;
        let patient = tokio::time::timeout(PATIENCE, async {
            loop {
                match door.call(method, request.clone()).await {
                    Err(status) if may_change(&status) => last = Some(status),
                    answer => return answer,
                }
                tokio::time::sleep(PAUSE).await;
                // It is tried again with the act itself.
                drop(door.call(clock_method, clock.clone()).await);
            }
        });
        let answer = patient.await.unwrap_or_else(|_| {
            Err(last.unwrap_or_else(|| Status::deadline_exceeded("the office did not answer")))
        });
        answer.map_err(|status| refused(call, &door.handle, &status))
    }

    /// The request that sets a business clock to today.
    fn clock(&self) -> Result<DynamicMessage, PlayError> {
        let schema = self.method("SetBusinessTime")?.input();
        let time = json!({ "time": format!("{}{HOUR}", self.today) });
        Ok(DynamicMessage::deserialize(schema, time).expect("a day of the story is an instant"))
    }

    fn method(&self, name: &str) -> Result<&MethodDescriptor, PlayError> {
        self.methods.get(name).ok_or_else(|| PlayError::Method(name.to_owned()))
    }
}

/// What an act made: the resource that was answered, or each of several under the name of its field.
fn names(short: &str, answer: &DynamicMessage) -> Vec<(String, String)> {
    let name_of = |message: &DynamicMessage| {
        message.get_field_by_name("name").and_then(|name| name.as_str().map(ToOwned::to_owned))
    };
    if let Some(name) = name_of(answer) {
        return vec![(short.to_owned(), name)];
    }
    let parts = answer.fields().filter_map(|(field, value)| {
        let name = value.as_message().and_then(name_of)?;
        Some((format!("{short}.{}", field.name()), name))
    });
    parts.collect()
}

/// Whether another try may be answered otherwise: what is on its way will arrive, and who is away will come back.
fn may_change(status: &Status) -> bool {
    let settled = [Code::InvalidArgument, Code::PermissionDenied, Code::Unauthenticated, Code::Unimplemented];
    !settled.contains(&status.code())
}

fn refused(call: &str, at: &str, status: &Status) -> PlayError {
    let (call, at, words) = (call.to_owned(), at.to_owned(), status.message().to_owned());
    PlayError::Refused { call, at, code: status.code(), words }
}

/// The field of a request that holds the resource, such as `need`.
fn resource_field(schema: &MessageDescriptor) -> Option<String> {
    let holds = |field: &prost_reflect::FieldDescriptor| {
        field.kind().as_message().is_some_and(|message| message.get_field_by_name("record").is_some())
    };
    schema.fields().find(holds).map(|field| field.name().to_owned())
}

/// The record with the flows that it belongs to, as external ids.
fn tagged<'a>(record: &Value, scheme: &str, flows: impl Iterator<Item = &'a str>) -> Value {
    let ids: Vec<Value> = flows.map(|flow| json!({ "scheme": scheme, "value": flow })).collect();
    let mut record = record.clone();
    merge(&mut record["common"], json!({ "external_ids": ids }));
    record
}

/// Adds these fields to an object, or makes it one.
fn merge(into: &mut Value, fields: Value) {
    let mut all = match into.take() {
        Value::Object(all) => all,
        _ => Map::new(),
    };
    if let Value::Object(fields) = fields {
        all.extend(fields);
    }
    *into = Value::Object(all);
}

#[cfg(test)]
mod tests {
    use prost_reflect::Value as Field;

    use super::*;

    #[test]
    fn a_request_holds_the_record_where_the_contract_wants_it() {
        let text = "{exercise: true, scheme: s, federation: f, offices: [{handle: aa, name: A, place: 'A,CN'}], \
            places: {}, flows: [{id: F1, what: w, state: open}], context: [], acts: [{flow: F1, on: 2020-02-02, at: aa, \
            call: CreateNeed, record: {title: masks, common: {incident: x}}, request: {draft: true}}]}";
        let story = Story::parse(text).unwrap();
        let player = Player::new(&story, []);
        let method = player.method("CreateNeed").unwrap();
        let request = player.request(0, &story.acts[0], method).unwrap();
        let json = serde_json::to_value(&request).unwrap();
        let expected = json!({ "draft": true, "requestId": "s-1", "need": { "record": {
            "title": [{ "language": "en", "text": "masks", "origin": "TEXT_ORIGIN_HUMAN" }],
            "common": { "incident": "x", "externalIds": [{ "scheme": "s", "value": "F1" }] } } } });
        assert_eq!(json, expected);
        assert!(matches!(request.get_field_by_name("draft").unwrap().as_ref(), Field::Bool(true)));
    }
}

//! What a coordinator expects of transport, as tables to read, and what must hold of every answer, as properties.

mod port;
mod properties;
mod table;

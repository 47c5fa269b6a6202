//! Evaluation of matching: problems to plan, strategies that plan them, and figures of what comes out.
//!
//! `problem` is what all strategies see; `generate` makes problems from a seed, `planted` makes some whose optimum is
//! known. `strategy` has the planner of the core and simple baselines behind one enum, `measure` turns moves into
//! figures, `network` writes a family as a flow problem for other solvers. `world` lets records change, as `revise` does, and
//! `twins` are two nodes that hear of it. `external` reads other people's tables and
//! replays them by date. Nothing here looks at a clock, and nothing judges.

pub mod draw;
pub mod external;
pub mod generate;
pub mod geography;
pub mod measure;
pub mod network;
pub mod planted;
pub mod problem;
pub mod records;
pub mod revise;
pub mod strategy;
pub mod twins;
pub mod world;

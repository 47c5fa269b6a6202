//! The evaluation of matching, checked: its figures against figures worked out by hand, its rules against the core's, and
//! its planted optima against every strategy.

mod digests;
mod external;
mod figures;
mod problems;

//! Who belongs to the federation: roster versions, members and their identity lanes.

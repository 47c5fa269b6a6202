//! Bounded lists: a vector whose length was checked once, when it was built.

use std::ops::Deref;

use crate::domain::field::FieldError;

/// A list of `MIN` to `MAX` values, in the order in which they were given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List<T, const MIN: usize, const MAX: usize>(Vec<T>);

impl<T, const MIN: usize, const MAX: usize> List<T, MIN, MAX> {
    /// Checks the length. Fails with the length that came.
    pub fn new(values: Vec<T>) -> Result<Self, FieldError> {
        if (MIN..=MAX).contains(&values.len()) {
            return Ok(Self(values));
        }
        Err(FieldError::of(format!("a list of {}", values.len()), format!("{MIN} to {MAX} entries")))
    }
}

impl<T, const MAX: usize> Default for List<T, 0, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MIN: usize, const MAX: usize> Deref for List<T, MIN, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T, const MIN: usize, const MAX: usize> IntoIterator for &'a List<T, MIN, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

//! photo/list
#[derive(Default)]
pub(crate) struct Cache;

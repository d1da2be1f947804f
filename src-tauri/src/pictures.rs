//! Pictures of local files, for the scheme `picture:`. Nothing is drawn yet: [`crate::rows::Row`] says of no item that it
//! has one, and a request is answered with "not found".

/// The picture of an item, by the id in the address.
pub(crate) fn picture(_id: &str) -> Option<Vec<u8>> {
    None
}

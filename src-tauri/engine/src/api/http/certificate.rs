//! A certificate that was refused, as people are told of it: which one, why, and who vouches for it. Its texts come from
//! whoever sits at the other end of the line, so they are made fit for a screen here.

use crate::failure::{Code, Failure};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, Error as TlsError};
use std::net::IpAddr;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::x509::X509Name;

/// Longer texts of a certificate are cut to this many characters.
const LONGEST_TEXT: usize = 120;

/// A certificate may hold hundreds of names; this many say whose it is.
const NAMES_SHOWN: usize = 3;

/// What a certificate says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Card {
    subject: String,
    issuer: String,
    names: Vec<String>,
    /// Epoch seconds.
    valid_from: i64,
    valid_until: i64,
}

/// Why a server's certificate was not accepted. Travels through the TLS and HTTP libraries as an opaque error and is
/// found again by its type.
#[derive(Debug, thiserror::Error)]
#[error("the certificate of {host}: {reason}; {}", .card.as_ref().map(Card::line).unwrap_or_default())]
pub(super) struct RefusedCertificate {
    host: String,
    code: Code,
    /// The verifier's own words, for the log.
    reason: TlsError,
    /// The one of the chain that is to blame; `None` where it cannot be read.
    card: Option<Card>,
    /// Who would have to be trusted.
    authority: Option<String>,
}

impl RefusedCertificate {
    /// Sorts a verifier's refusal. Platforms word theirs with more or less precision, so what the certificates
    /// themselves say decides where it can. `now` in epoch seconds.
    pub(super) fn new(
        reason: TlsError,
        server: &ServerName<'_>,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: i64,
    ) -> Self {
        let chain: Vec<Card> = std::iter::once(leaf).chain(others).filter_map(|der| Card::read(der)).collect();
        let outdated = chain.iter().find(|card| card.valid_until < now || card.valid_from > now);
        let early = outdated.is_some_and(|card| card.valid_from > now);
        let (code, to_blame) = match &reason {
            TlsError::InvalidCertificate(error) => match error {
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => {
                    (if early { Code::CertificateNotYetValid } else { Code::CertificateExpired }, outdated)
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    (Code::CertificateWrongHost, None)
                }
                CertificateError::UnknownIssuer => (Code::CertificateUnknownIssuer, None),
                _ => (Code::CertificateRefused, None),
            },
            // The verifier itself has nothing to go by.
            _ => (Code::CertificateUnknownIssuer, None),
        };
        Self {
            host: plain(&server.to_str()),
            code,
            authority: authority(&chain),
            card: to_blame.or(chain.first()).cloned(),
            reason,
        }
    }

    /// As people are told of it.
    pub(super) fn failure(&self) -> Failure {
        let unreadable = || "?".to_owned();
        let card = self.card.as_ref();
        Failure::new(self.code)
            .fact("host", &self.host)
            .fact("subject", card.map_or_else(unreadable, |card| card.subject.clone()))
            .fact("issuer", self.authority.clone().unwrap_or_else(unreadable))
            .fact("names", card.map_or_else(unreadable, Card::names))
            .fact("from", card.map_or_else(unreadable, |card| day(card.valid_from)))
            .fact("until", card.map_or_else(unreadable, |card| day(card.valid_until)))
            .caused_by(self)
    }
}

impl Card {
    fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        let validity = certificate.validity();
        Some(Self {
            subject: title(certificate.subject()),
            issuer: title(certificate.issuer()),
            names: names(&certificate),
            valid_from: validity.not_before.timestamp(),
            valid_until: validity.not_after.timestamp(),
        })
    }

    fn names(&self) -> String {
        if self.names.is_empty() {
            return self.subject.clone();
        }
        let shown: Vec<&str> = self.names.iter().take(NAMES_SHOWN).map(String::as_str).collect();
        let more = if self.names.len() > NAMES_SHOWN { ", …" } else { "" };
        shown.join(", ") + more
    }

    /// All of it, for the log.
    fn line(&self) -> String {
        let Self { subject, issuer, .. } = self;
        let (names, from, until) = (self.names(), day(self.valid_from), day(self.valid_until));
        format!("subject {subject}, issuer {issuer}, for {names}, valid from {from} until {until}")
    }
}

/// The end of the chain that starts at the first: the authority that is not among what was shown.
fn authority(chain: &[Card]) -> Option<String> {
    let mut last = chain.first()?;
    // Each may be used once, so that a ring comes to an end.
    for _ in 1..chain.len() {
        match chain.iter().find(|card| card.subject == last.issuer && card.subject != last.subject) {
            Some(next) => last = next,
            None => break,
        }
    }
    Some(last.issuer.clone())
}

/// A name as people know it: the common name and the organisation, or everything where there is neither.
fn title(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|it| it.as_str().ok());
    let organisation = name.iter_organization().next().and_then(|it| it.as_str().ok());
    match (common, organisation) {
        (Some(common), Some(organisation)) if common != organisation => plain(&format!("{common}, {organisation}")),
        (Some(only), _) | (None, Some(only)) => plain(only),
        (None, None) => plain(&name.to_string()),
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let named = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(plain(name)),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    });
    named.collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// The day in UTC.
fn day(epoch_s: i64) -> String {
    Timestamp::from_second(epoch_s).map_or_else(|_| "?".to_owned(), |at| at.to_zoned(TimeZone::UTC).date().to_string())
}

/// Without what would steer a terminal or turn a line around, and not for ever long.
pub(super) fn plain(text: &str) -> String {
    let steers = |c: &char| {
        c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    // Braces are how texts name their facts.
    let text: String = text.chars().filter(|c| !steers(c) && !matches!(c, '{' | '}')).take(LONGEST_TEXT).collect();
    if text.is_empty() { "?".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(subject: &str, issuer: &str) -> Card {
        Card { subject: subject.into(), issuer: issuer.into(), names: Vec::new(), valid_from: 0, valid_until: 0 }
    }

    #[test]
    fn the_authority_is_the_end_of_the_chain_that_was_shown() {
        assert_eq!(authority(&[]), None);
        assert_eq!(authority(&[card("host", "host")]).unwrap(), "host");
        assert_eq!(authority(&[card("host", "office"), card("office", "root")]).unwrap(), "root");
        assert_eq!(authority(&[card("host", "office"), card("other", "root")]).unwrap(), "office");
        assert_eq!(authority(&[card("host", "root"), card("root", "root")]).unwrap(), "root");
        assert!(authority(&[card("a", "b"), card("b", "a")]).is_some(), "a ring ends");
    }

    #[test]
    fn what_a_stranger_wrote_cannot_steer_a_terminal_or_grow() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c\n{until}"), "a[2Jbcuntil");
        assert_eq!(plain("\u{7}"), "?");
        assert_eq!(plain(&"x".repeat(10_000)).len(), LONGEST_TEXT);
    }

    #[test]
    fn many_names_are_cut_short_and_none_is_the_subject() {
        let mut it = card("Some box", "root");
        assert_eq!(it.names(), "Some box");
        it.names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(it.names(), "a, b, c, …");
    }
}

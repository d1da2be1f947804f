//! Many faults at random, for soak tests.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Endpoint, Fault};

/// Faults drawn at random from a seed, for soak tests: a probability for each kind, 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storm {
    /// 502, nothing done.
    pub bad_gateway: f64,
    /// 503 with `Retry-After: 1`, nothing done.
    pub unavailable: f64,
    /// 500 with an empty body, nothing done.
    pub server_error: f64,
    /// No answer, nothing done.
    pub lost_before_work: f64,
    /// No answer, all done.
    pub lost_after_work: f64,
    /// Cut within the request's body.
    pub cut_body: f64,
    /// 504, and all done.
    pub gateway_timeout: f64,
    /// A chunk is handled twice, two seconds apart.
    pub ghost: f64,
    /// A chunk gets no answer and is handled two seconds later.
    pub late: f64,
    /// A captive portal's page.
    pub portal: f64,
}

impl Default for Storm {
    fn default() -> Self {
        Self {
            bad_gateway: 0.03,
            unavailable: 0.02,
            server_error: 0.01,
            lost_before_work: 0.02,
            lost_after_work: 0.03,
            cut_body: 0.03,
            gateway_timeout: 0.01,
            ghost: 0.02,
            late: 0.01,
            portal: 0.0,
        }
    }
}

impl Storm {
    /// The faults that make it up.
    pub fn faults(&self) -> Vec<Fault> {
        let any = |chance| Fault::on(Endpoint::Any).chance(chance);
        let chunk = |chance| Fault::on(Endpoint::Chunk).chance(chance);
        let later = Duration::from_secs(2);
        [
            any(self.bad_gateway).answer(502, ""),
            any(self.unavailable).answer(503, "").header("Retry-After", "1"),
            chunk(self.server_error).answer(500, ""),
            any(self.lost_before_work).lose_answer_before_work(),
            any(self.lost_after_work).lose_answer_after_work(),
            chunk(self.cut_body).cut_body_after(32 * 1024),
            chunk(self.gateway_timeout).gateway_timeout_but_finish(),
            chunk(self.ghost).ghost_after(later),
            chunk(self.late).deliver_late(later),
            any(self.portal).answer_as_portal(),
        ]
        .into_iter()
        .filter(|fault| fault.chance.is_some_and(|chance| chance > 0.0))
        .collect()
    }
}

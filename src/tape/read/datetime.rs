//! A PyDateTime of JavaScript as `datetime.datetime` of ten bytes and a time zone.

use super::Reader;
use crate::value::{Buffer, Construct, Graph, Node, NodeId, datetime_fields};
use crate::{Error, Result};

impl Reader<'_> {
    /// `values` are microseconds beyond the milliseconds, fold and time zone.
    pub(super) fn datetime(&mut self, ms: f64, values: &[NodeId]) -> Result<Node> {
        let &[microsecond, fold, zone] = values else {
            return self.input.bad("a datetime");
        };
        let Some(fields) = fields_of(&self.graph, ms, microsecond, fold, zone) else {
            return Err(Error::UnsupportedValue {
                path: "$".into(),
                reason: "Python has no such datetime".into(),
            });
        };
        // Bytes of the engine's own, beside the tape's.
        self.graph.buffers.push(Buffer::held(fields.to_vec()));
        let fields = self
            .graph
            .push(Node::Bytes(self.graph.buffers.len() as u32 - 1));
        let args = [fields, zone];
        let is_naive = self.graph.node(zone) == Node::None;
        Ok(self.call_of(
            ["datetime", "datetime"],
            if is_naive { &args[..1] } else { &args },
        ))
    }
}

/// The fields that clocks of the zone show.
fn fields_of(
    graph: &Graph,
    ms: f64,
    microsecond: NodeId,
    fold: NodeId,
    zone: NodeId,
) -> Option<[u8; 10]> {
    let int = |id| match graph.node(id) {
        Node::Int(int) => Some(int),
        _ => None,
    };
    let microsecond = int(microsecond).filter(|us| (0..1000).contains(us))?;
    let local = microsecond + offset(graph, zone).unwrap_or(0);
    let mut fields = datetime_fields(ms + local.div_euclid(1000) as f64)?;
    let us = i64::from(fields[7]) << 16 | i64::from(fields[8]) << 8 | i64::from(fields[9]);
    let us = us + local.rem_euclid(1000);
    fields[7..].copy_from_slice(&[(us >> 16) as u8, (us >> 8) as u8, us as u8]);
    if int(fold)? == 1 {
        fields[2] |= 0x80;
    }
    Some(fields)
}

/// What a `datetime.timezone` is ahead of UTC, in microseconds.
fn offset(graph: &Graph, zone: NodeId) -> Option<i64> {
    let args_of = |id: NodeId, wanted: &[u8]| {
        let Node::Object(index) = graph.node(id) else {
            return None;
        };
        let object = &graph.objects[index as usize];
        let [module, name] = object.global.map(|id| graph.str(id).unwrap_or_default());
        let is_call = object.construct == Construct::Call;
        (is_call && module == b"datetime" && name == wanted).then(|| graph.children(object.args))
    };
    let delta = *args_of(zone, b"timezone")?.first()?;
    let &[days, seconds, us] = args_of(delta, b"timedelta")? else {
        return None;
    };
    let int = |id| match graph.node(id) {
        Node::Int(int) => Some(int),
        _ => None,
    };
    // A day at most, or it is no time zone.
    let seconds = int(days)?.checked_mul(86_400)?.checked_add(int(seconds)?)?;
    let total = seconds.checked_mul(1_000_000)?.checked_add(int(us)?)?;
    (total.unsigned_abs() <= 86_400_000_000).then_some(total)
}
